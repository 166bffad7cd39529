"""Key condition expressions: which part of which partition a Query reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.engines.lmdb.expressions.conditions import check_bounds
from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.keyrange import KeyRange
from bench.engines.lmdb.expressions.operands import Term, check_call, condition_term
from bench.engines.lmdb.expressions.paths import resolved, written
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
    PathNode,
    Some,
)
from bench.engines.lmdb.expressions.values import ORDERED

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_CONDITIONS_LIMIT = 2

# the key's name, the condition on it (a comparator, BETWEEN, begins_with), its values, its position
_Found = tuple[str, str, tuple[Any, ...], int]


def key_range(
    node: Condition, *, partition_key: str, sort_key: str | None, using: Substitutions
) -> KeyRange:
    """The range that a key condition selects. Raises ValidationFailed where DynamoDB refuses it."""
    found: dict[str, _Found] = {}
    parts = list(_parts(node))
    for part in parts:
        key, *_, position = one = _condition_on_key(part, using)
        if key in found:
            raise ValidationFailed(
                "KeyConditionExpressions must only contain one condition per key", position
            )
        found[key] = one
    if len(parts) > _CONDITIONS_LIMIT:
        raise ValidationFailed("Conditions can be of length 1 or 2 only")
    for key, (*_, position) in found.items():
        if key not in (partition_key, sort_key):
            raise ValidationFailed(
                f"Query condition missed key schema element; {key} is no key", position
            )
    if partition_key not in found:
        raise ValidationFailed(f"Query condition missed key schema element: {partition_key}")
    _, how, values, position = found[partition_key]
    if how != "=":
        raise ValidationFailed(
            f"Query key condition not supported; {how} on the partition key", position
        )
    if sort_key is None or sort_key not in found:
        return KeyRange(partition=values[0])
    _, how, bounds, _ = found[sort_key]
    return _range(values[0], how, bounds)


def _range(partition: Any, how: str, values: tuple[Any, ...]) -> KeyRange:
    first = values[0]
    if how == "=":
        return KeyRange(partition=partition, lower=first, upper=first)
    if how in ("<", "<="):
        return KeyRange(partition=partition, upper=first, upper_inclusive=how == "<=")
    if how in (">", ">="):
        return KeyRange(partition=partition, lower=first, lower_inclusive=how == ">=")
    if how == "BETWEEN":
        return KeyRange(partition=partition, lower=first, upper=values[1])
    return KeyRange(partition=partition, lower=first, prefix=first)


def _parts(node: Condition) -> Iterator[Comparison | Between | Call]:
    """The conditions that a key condition joins by AND."""
    if isinstance(node, Every):
        for part in node.conditions:
            yield from _parts(part)
    elif isinstance(node, Some):
        raise _unsupported("OR", None)
    elif isinstance(node, Not):
        raise _unsupported("NOT", None)
    elif isinstance(node, Membership):
        raise _unsupported("IN", node.position)
    else:
        yield node


def _unsupported(operator: str, position: int | None) -> ValidationFailed:
    return ValidationFailed(
        f"Invalid operator used in KeyConditionExpression: {operator}", position
    )


def _condition_on_key(node: Comparison | Between | Call, using: Substitutions) -> _Found:
    if isinstance(node, Comparison):
        return _compared(node, using)
    if isinstance(node, Between):
        key = _key_first("BETWEEN", node.operand, node.position, using)
        lower = _value(node.lower, using, "BETWEEN")
        upper = _value(node.upper, using, "BETWEEN")
        check_bounds(lower, upper)
        return key, "BETWEEN", (lower.literal, upper.literal), node.position
    check_call(node, allowed=("begins_with", "size"), where="a key condition expression")
    if node.function != "begins_with":
        raise _unsupported(node.function, node.position)
    key = _key_first("begins_with", node.arguments[0], node.position, using)
    prefix = _value(node.arguments[1], using, "begins_with")
    prefix.require("SB", "begins_with")
    return key, "begins_with", (prefix.literal,), node.position


def _compared(node: Comparison, using: Substitutions) -> _Found:
    if node.comparator == "<>":
        raise _unsupported("<>", node.position)
    how: str = node.comparator
    left, right = node.left, node.right
    if isinstance(right, PathNode) and not isinstance(left, PathNode):
        left, right, how = right, left, _MIRRORED[how]
    if not isinstance(left, PathNode):
        raise ValidationFailed(
            "Invalid condition in KeyConditionExpression: No key attribute specified",
            node.position,
        )
    return _key(left, using), how, (_value(right, using, how).literal,), node.position


def _key_first(operator: str, operand: Operand, position: int, using: Substitutions) -> str:
    if not isinstance(operand, PathNode):
        raise ValidationFailed(
            f"Invalid condition in KeyConditionExpression: {operator} operator must have the key "
            "attribute as its first operand",
            position,
        )
    return _key(operand, using)


def _key(node: PathNode, using: Substitutions) -> str:
    """The name of a key attribute; what else the table has cannot be in a key condition."""
    path = resolved(node, using)
    if len(path) != 1:
        raise ValidationFailed(
            f"Query condition missed key schema element; {written(path)} is no key", node.position
        )
    return str(path[0])


def _value(node: Operand, using: Substitutions, operator: str) -> Term:
    """The value that a key is compared with."""
    if isinstance(node, PathNode):
        raise ValidationFailed(
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
            "condition",
            node.position,
        )
    if isinstance(node, Call):
        raise ValidationFailed(
            "KeyConditionExpressions cannot contain nested operations", node.position
        )
    term = condition_term(node, using)
    term.require(ORDERED, operator)
    return term
