"""Operands with names and values put in, and what must hold of them before any item is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.paths import MISSING, Path, reader, resolved, written
from bench.engines.lmdb.expressions.substitutions import Substitutions
from bench.engines.lmdb.expressions.syntax import Call, Operand, PathNode, ValueNode
from bench.engines.lmdb.expressions.values import SIZED, size, type_of
from bench.engines.lmdb.itemsize import Attribute, Item

PREDICATES = {  # functions that are conditions, and their number of operands
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
UPDATE_FUNCTIONS = {"if_not_exists": 2, "list_append": 2}
FUNCTIONS = {**PREDICATES, **UPDATE_FUNCTIONS, "size": 1}


class Term(NamedTuple):  # made for every request: half the time of a frozen dataclass
    """One operand. `read` gives its value in an item, MISSING when it has none.

    `path` is there when it is a document path; `kind` is the type that is known of it beforehand:
    that of a value put in, or N for `size()`.
    """

    read: Callable[[Item], Attribute]
    position: int
    path: Path | None = None
    kind: str | None = None
    literal: Attribute = MISSING

    def require(self, kinds: Iterable[str], operator: str) -> None:
        """Raise ValidationFailed when the type that is known beforehand is none of `kinds`."""
        if self.kind is not None and self.kind not in kinds:
            raise wrong_type(operator, self.kind, self.position)


def wrong_type(operator: str, kind: str, position: int) -> ValidationFailed:
    """The failure of an operand that has a type the operator or function does not take."""
    return ValidationFailed(
        "Incorrect operand type for operator or function; "
        f"operator or function: {operator}, operand type: {kind}",
        position,
    )


def misused(call: Call) -> ValidationFailed:
    """The failure of a function that may not stand where it does."""
    return ValidationFailed(
        "The function is not allowed to be used this way in an expression; "
        f"function: {call.function}",
        call.position,
    )


def check_call(call: Call, *, allowed: Iterable[str], where: str) -> None:
    """Raise ValidationFailed for an unknown function, one of elsewhere, or too few operands."""
    if call.function not in FUNCTIONS:
        raise ValidationFailed(
            f"Invalid function name; function: {call.function}",
            call.position,
        )
    if call.function not in allowed:
        raise ValidationFailed(
            f"The function is not allowed in {where}; function: {call.function}",
            call.position,
        )
    if len(call.arguments) != FUNCTIONS[call.function]:
        raise ValidationFailed(
            "Incorrect number of operands for operator or function; operator or function: "
            f"{call.function}, number of operands: {len(call.arguments)}",
            call.position,
        )


def path_term(node: PathNode, using: Substitutions) -> Term:
    """A document path as an operand."""
    path = resolved(node, using)
    return Term(reader(path), node.position, path=path)


def value_term(node: ValueNode, using: Substitutions) -> Term:
    """A value put in as an operand."""
    value = using.value(node.name, node.position)
    return Term(lambda _: value, node.position, kind=type_of(value), literal=value)


def condition_term(node: Operand, using: Substitutions) -> Term:
    """An operand of a condition: a path, a value or `size()`."""
    if isinstance(node, PathNode):
        return path_term(node, using)
    if isinstance(node, ValueNode):
        return value_term(node, using)
    if not isinstance(node, Call):
        raise ValidationFailed("Syntax error", node.position)
    check_call(node, allowed=(*PREDICATES, "size"), where="a condition expression")
    if node.function != "size":
        raise misused(node)
    inner = condition_term(node.arguments[0], using)
    inner.require(SIZED, "size")
    return Term(_sized(inner.read), node.position, kind="N")


def _sized(read: Callable[[Item], Attribute]) -> Callable[[Item], Attribute]:
    def measured(item: Item) -> Attribute:
        value = read(item)
        found = None if value is MISSING else size(value)
        return MISSING if found is None else found

    return measured


def require_path(term: Term, function: str) -> Path:
    """The path of a term that must be one."""
    if term.path is None:
        raise ValidationFailed(
            f"Operator or function requires a document path; operator or function: {function}",
            term.position,
        )
    return term.path


def require_distinct(operator: str, first: Term, others: Iterable[Term]) -> None:
    """Raise ValidationFailed when another operand is the same document path as the first."""
    if first.path is not None and any(first.path == other.path for other in others):
        raise ValidationFailed(
            "The first operand must be distinct from the remaining operands for this operator or "
            f"function; operator: {operator}, first operand: {written(first.path)}",
            first.position,
        )
