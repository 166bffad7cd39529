"""DynamoDB's types of values, and how values of them compare."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bench.engines.lmdb.itemsize import Attribute

TYPES = frozenset(("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"))
ORDERED = frozenset("SNB")  # a value of one of these types is less or more than another
SETS = frozenset(("SS", "NS", "BS"))
SIZED = frozenset(("S", "B", "L", "M")) | SETS

_TYPE_OF: dict[type, str] = {
    str: "S",
    int: "N",
    float: "N",
    Decimal: "N",
    bool: "BOOL",
    bytes: "B",
    bytearray: "B",
    memoryview: "B",
    type(None): "NULL",
    list: "L",
    tuple: "L",
    dict: "M",
}


def type_of(value: Attribute) -> str:
    """DynamoDB's name of a value's type. Raises TypeError for what is no DynamoDB value.

    >>> [type_of(value) for value in ("a", 1, True, None, {1, 2}, {b"x"})]
    ['S', 'N', 'BOOL', 'NULL', 'NS', 'BS']
    """
    found = _TYPE_OF.get(type(value))
    if found is not None:
        return found
    if isinstance(value, set | frozenset):
        return type_of(next(iter(value), "")) + "S"
    for python, name in _TYPE_OF.items():
        if isinstance(value, python) and python is not int:
            return name
    if isinstance(value, int):  # after bool, which is an int as well
        return "N"
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def exact(number: int | float | Decimal) -> int | Decimal:
    """A number that compares by its decimal digits: DynamoDB has no binary fractions."""
    return Decimal(repr(number)) if isinstance(number, float) else number


def members(values: Any) -> frozenset[Any]:
    """The members of a set, so that equal ones are equal in Python."""
    return frozenset(exact(v) if isinstance(v, float) else v for v in values)


def equal(left: Attribute, right: Attribute) -> bool:
    """Whether two values have the same type and the same value, at any depth.

    >>> equal(1, 1.0), equal(1, True), equal({"a": [1]}, {"a": [True]}), equal(0.1, Decimal("0.1"))
    (True, False, False, True)
    """
    kind = type_of(left)
    if kind != type_of(right):
        return False
    if kind == "N":
        return bool(exact(left) == exact(right))
    if kind == "L":
        return len(left) == len(right) and all(map(equal, left, right))
    if kind == "M":
        return left.keys() == right.keys() and all(equal(v, right[k]) for k, v in left.items())
    if kind == "NS":
        return members(left) == members(right)
    return bool(left == right)


def comparable(value: Attribute) -> Any:
    """What Python orders as DynamoDB orders the value; the value has one of the ORDERED types.

    Strings order by UTF-8 bytes, which is the order of their code points; binary by unsigned bytes.
    """
    if isinstance(value, float):
        return Decimal(repr(value))
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


def size(value: Attribute) -> int | None:
    """What `size()` says of a value, None for a type that has no size.

    A string's is its number of UTF-16 code units, as DynamoDB Local counts.

    >>> size("né"), size("😀"), size(b"abc"), size({"a": 1}), size(7)
    (2, 2, 3, 1, None)
    """
    kind = type_of(value)
    if kind == "S":
        return len(value) if value.isascii() else len(value.encode("utf-16-le")) // 2
    if kind == "B":
        return memoryview(value).nbytes
    return len(value) if kind in SIZED else None
