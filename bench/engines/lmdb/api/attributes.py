"""Which values items and keys may have."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from bench.engines.lmdb.api.errors import VALIDATION, KeyTypeRefused, invalid
from bench.engines.lmdb.itemsize import ITEM_LIMIT_BYTES, Attribute, Item, item_size, text_size

if TYPE_CHECKING:
    from bench.engines.lmdb.api.definitions import KeyAttribute

PARTITION_LIMIT_BYTES = 2048
SORT_LIMIT_BYTES = 1024
NESTING = 32
NAME_LIMIT_BYTES = 65_535
_DIGITS = 38
_HIGHEST, _LOWEST = 125, -130  # powers of ten: 9.9…E+125 and 1E-130 are the extremes


def checked(item: Mapping[str, Attribute]) -> Item:
    """The item as it is stored: numbers normal; Refused where a value is not one of DynamoDB's."""
    whole = {_name(name): _value(value, 1) for name, value in item.items()}
    if item_size(whole) > ITEM_LIMIT_BYTES:
        raise invalid("Item size has exceeded the maximum allowed size")
    return whole


def check_key(value: Attribute, key: KeyAttribute, *, sort: bool) -> None:
    """Raise Refused unless the value can be this key attribute."""
    if not _is_of(value, key.type):
        problem = f"Type mismatch for key attribute {key.name}: {key.type} is expected"
        if any(_is_of(value, kind) for kind in "SNB"):
            raise KeyTypeRefused(VALIDATION, problem)
        raise invalid(problem)
    if isinstance(value, str | bytes):
        size = text_size(value) if isinstance(value, str) else len(value)
        if not size:
            raise invalid(f"The value of key attribute {key.name} must not be empty")
        if size > (SORT_LIMIT_BYTES if sort else PARTITION_LIMIT_BYTES):
            raise invalid(
                "Partition key values may have 2048 bytes, sort key values 1024: "
                f"{key.name} has {size}"
            )


def normal(number: float | Decimal) -> int | Decimal:
    """A number as DynamoDB keeps it: 38 digits at most, no zeros at the end of decimals."""
    if isinstance(number, int) and -(10**18) < number < 10**18:
        return number
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if not exact.is_finite():
        raise invalid(f"{number} is not a number")
    if not exact:
        return 0
    sign, digits, exponent = exact.as_tuple()
    if not isinstance(exponent, int):
        raise invalid(f"{number} is not a number")
    last = len(digits)
    while digits[last - 1] == 0:
        last -= 1
    if last > _DIGITS:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    if exact.adjusted() > _HIGHEST:
        raise invalid("Number overflow: magnitude larger than the supported range")
    if exact.adjusted() < _LOWEST:
        raise invalid("Number underflow: magnitude smaller than the supported range")
    exponent += len(digits) - last
    if 0 <= exponent <= _DIGITS:
        whole: int = int("".join(map(str, digits[:last]))) * 10**exponent
        return -whole if sign else whole
    return Decimal((sign, digits[:last], exponent))


def _name(name: str) -> str:
    if not name or text_size(name) > NAME_LIMIT_BYTES:
        raise invalid("Attribute names must have 1 to 65535 bytes")
    return name


def _value(value: Attribute, depth: int) -> Attribute:
    kind = type(value)
    if kind is str or kind is bytes or kind is bool or value is None:
        return value
    if kind is int or isinstance(value, float | Decimal):
        return normal(value)
    if isinstance(value, set | frozenset):
        return _set(value)
    if depth >= NESTING:
        raise invalid("Nesting Levels have exceeded supported limits")
    if isinstance(value, dict):
        return {name: _value(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_value(part, depth + 1) for part in value]
    raise invalid(f"DynamoDB has no type for {kind.__name__}")


def _set(values: set[Attribute] | frozenset[Attribute]) -> frozenset[Attribute]:
    if not values:
        raise invalid("An AttributeValue may not contain an empty set")
    for kind in ("S", "B", "N"):
        if all(_is_of(value, kind) for value in values):
            # The service takes no empty text or binary in a set, though elsewhere it does.
            if kind != "N" and not all(values):
                raise invalid("One or more parameter values were invalid: empty member of a set")
            return frozenset(map(normal, values)) if kind == "N" else frozenset(values)
    raise invalid("A set's members are all texts, all numbers or all binaries")


def _is_of(value: Attribute, kind: str) -> bool:
    if kind == "S":
        return isinstance(value, str)
    if kind == "B":
        return isinstance(value, bytes)
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
