"""Condition and filter expressions as functions of an item.

What is known before an item is seen is checked when the function is made, as DynamoDB does: a value
of a type that an operator does not take is an error, an attribute of such a type makes the
condition false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.operands import (
    PREDICATES,
    Term,
    check_call,
    condition_term,
    misused,
    require_distinct,
    require_path,
    wrong_type,
)
from bench.engines.lmdb.expressions.paths import MISSING
from bench.engines.lmdb.expressions.substitutions import Substitutions
from bench.engines.lmdb.expressions.syntax import (
    Between,
    Call,
    Comparison,
    Condition,
    Every,
    Membership,
    Not,
    Operand,
    Some,
)
from bench.engines.lmdb.expressions.values import (
    ORDERED,
    SETS,
    TYPES,
    comparable,
    equal,
    type_of,
)
from bench.engines.lmdb.itemsize import Attribute, Item

Test = Callable[[Item], bool]

_ORDERINGS: dict[str, Callable[[Attribute, Attribute], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compiled(node: Condition, using: Substitutions) -> Test:
    """A condition as a function of an item. Raises ValidationFailed for what cannot be right."""
    if isinstance(node, Comparison):
        return _comparison(node, using)
    if isinstance(node, Every):
        return _every([compiled(part, using) for part in node.conditions])
    if isinstance(node, Some):
        return _some([compiled(part, using) for part in node.conditions])
    if isinstance(node, Not):
        inner = compiled(node.condition, using)
        return lambda item: not inner(item)
    if isinstance(node, Between):
        return _between(node, using)
    if isinstance(node, Membership):
        return _membership(node, using)
    return _predicate(node, using)


def _every(tests: Sequence[Test]) -> Test:
    def holds(item: Item) -> bool:
        for test in tests:  # noqa: SIM110 - a generator would add a call for each condition
            if not test(item):
                return False
        return True

    return holds


def _some(tests: Sequence[Test]) -> Test:
    def holds(item: Item) -> bool:
        for test in tests:  # noqa: SIM110 - a generator would add a call for each condition
            if test(item):
                return True
        return False

    return holds


def _comparison(node: Comparison, using: Substitutions) -> Test:
    left, right = condition_term(node.left, using), condition_term(node.right, using)
    require_distinct(node.comparator, left, (right,))
    read_left, read_right = left.read, right.read
    if node.comparator == "=":
        return lambda item: _same(read_left(item), read_right(item))
    if node.comparator == "<>":
        return lambda item: not _same(read_left(item), read_right(item))
    left.require(ORDERED, node.comparator)
    right.require(ORDERED, node.comparator)
    in_order = _ORDERINGS[node.comparator]
    return lambda item: _ordered(read_left(item), read_right(item), in_order)


def _same(left: Attribute, right: Attribute) -> bool:
    """Equality of operands: what is missing equals nothing, not even what is missing too."""
    return left is not MISSING and right is not MISSING and equal(left, right)


def _ordered(
    left: Attribute, right: Attribute, in_order: Callable[[Attribute, Attribute], bool]
) -> bool:
    """Whether two operands of one ordered type are in that order; false for all others."""
    if left is MISSING or right is MISSING:
        return False
    kind = type_of(left)
    if kind not in ORDERED or kind != type_of(right):
        return False
    return in_order(comparable(left), comparable(right))


def _between(node: Between, using: Substitutions) -> Test:
    first = condition_term(node.operand, using)
    lower, upper = condition_term(node.lower, using), condition_term(node.upper, using)
    require_distinct("BETWEEN", first, (lower, upper))
    for term in (first, lower, upper):
        term.require(ORDERED, "BETWEEN")
    check_bounds(lower, upper)
    read, read_lower, read_upper = first.read, lower.read, upper.read

    def holds(item: Item) -> bool:
        value = read(item)
        return _ordered(read_lower(item), value, operator.le) and _ordered(
            value, read_upper(item), operator.le
        )

    return holds


def check_bounds(lower: Term, upper: Term) -> None:
    """Raise ValidationFailed when bounds that are values have two types or the wrong order."""
    if lower.literal is MISSING or upper.literal is MISSING:
        return
    if lower.kind != upper.kind:
        raise ValidationFailed(
            "The BETWEEN operator requires same data type for lower and upper bounds; "
            f"lower bound operand: {lower.kind}, upper bound operand: {upper.kind}",
            lower.position,
        )
    if comparable(lower.literal) > comparable(upper.literal):
        raise ValidationFailed(
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            f"lower bound operand: {lower.literal!r}, upper bound operand: {upper.literal!r}",
            lower.position,
        )


def _membership(node: Membership, using: Substitutions) -> Test:
    first = condition_term(node.operand, using)
    options = [condition_term(option, using) for option in node.options]
    require_distinct("IN", first, options)
    read, readers = first.read, [option.read for option in options]

    def holds(item: Item) -> bool:
        value = read(item)
        return any(_same(value, read_option(item)) for read_option in readers)

    return holds


def _predicate(node: Call, using: Substitutions) -> Test:
    check_call(node, allowed=(*PREDICATES, "size"), where="a condition expression")
    if node.function == "size":
        raise misused(node)
    return _PREDICATES[node.function](node.arguments, using)


def _terms(function: str, arguments: Sequence[Operand], using: Substitutions) -> tuple[Term, Term]:
    first, second = (condition_term(argument, using) for argument in arguments)
    require_distinct(function, first, (second,))
    return first, second


def _attribute_exists(arguments: Sequence[Operand], using: Substitutions) -> Test:
    term = condition_term(arguments[0], using)
    require_path(term, "attribute_exists")
    read = term.read
    return lambda item: read(item) is not MISSING


def _attribute_not_exists(arguments: Sequence[Operand], using: Substitutions) -> Test:
    term = condition_term(arguments[0], using)
    require_path(term, "attribute_not_exists")
    read = term.read
    return lambda item: read(item) is MISSING


def _attribute_type(arguments: Sequence[Operand], using: Substitutions) -> Test:
    first, second = _terms("attribute_type", arguments, using)
    if second.literal is MISSING or second.kind != "S":
        raise wrong_type("attribute_type", second.kind or "document path", second.position)
    wanted = second.literal
    if wanted not in TYPES:
        raise ValidationFailed(
            f"Invalid attribute type name found; type: {wanted}, "
            f"valid types: {{{', '.join(sorted(TYPES))}}}",
            second.position,
        )
    read = first.read

    def holds(item: Item) -> bool:
        value = read(item)
        return value is not MISSING and type_of(value) == wanted

    return holds


def _begins_with(arguments: Sequence[Operand], using: Substitutions) -> Test:
    first, second = _terms("begins_with", arguments, using)
    first.require("SB", "begins_with")
    second.require("SB", "begins_with")
    read, read_prefix = first.read, second.read

    def holds(item: Item) -> bool:
        value, prefix = read(item), read_prefix(item)
        if value is MISSING or prefix is MISSING:
            return False
        kind = type_of(value)
        if kind not in ("S", "B") or kind != type_of(prefix):
            return False
        return bool(comparable(value).startswith(comparable(prefix)))

    return holds


def _contains(arguments: Sequence[Operand], using: Substitutions) -> Test:
    first, second = _terms("contains", arguments, using)
    read, read_part = first.read, second.read

    def holds(item: Item) -> bool:
        whole, part = read(item), read_part(item)
        return whole is not MISSING and part is not MISSING and _has(whole, part)

    return holds


def _has(whole: Attribute, part: Attribute) -> bool:
    """Whether a string or binary has a part, or a list or set a member."""
    kind = type_of(whole)
    if kind in ("S", "B"):
        return kind == type_of(part) and comparable(part) in comparable(whole)
    if kind == "L" or kind in SETS:
        return any(equal(member, part) for member in whole)
    return False


_PREDICATES: dict[str, Callable[[Sequence[Operand], Substitutions], Test]] = {
    "attribute_exists": _attribute_exists,
    "attribute_not_exists": _attribute_not_exists,
    "attribute_type": _attribute_type,
    "begins_with": _begins_with,
    "contains": _contains,
}
