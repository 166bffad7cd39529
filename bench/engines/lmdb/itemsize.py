"""How large an item is by DynamoDB's rules: names and values with each type's overhead.

An item is a mapping from name to value. DynamoDB's types are Python's: S str, N int, float or
Decimal, B bytes, BOOL bool, NULL None, L list, M dict, SS/NS/BS set or frozenset.

Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats" (read 2026-11): a string
is its UTF-8 bytes; a number takes 1 byte for two significant digits and 1 byte more; Boolean and
null 1 byte; a list or map 3 bytes and 1 byte for each element. The guide's "approximately" for
numbers is made exact as public calculators do: digits are paired from the decimal point (base
100), zero pairs at both ends are trimmed, a negative number takes 1 byte more, at most 21 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ITEM_LIMIT_BYTES = 400 * 1024
STORAGE_OVERHEAD_BYTES = 100  # billed storage per item, not part of its size
_NUMBER_LIMIT_BYTES = 21
CONTAINER_BYTES = 3
ELEMENT_BYTES = 1

Attribute = Any  # the types named above, nested in lists and dicts
Item = dict[str, Attribute]


def text_size(text: str) -> int:
    """Bytes of the UTF-8 form."""
    return len(text) if text.isascii() else len(text.encode())


def number_size(number: int | float | Decimal) -> int:
    """Bytes of a number.

    >>> number_size(0), number_size(27), number_size(-27), number_size(1200), number_size(Decimal("1.234"))
    (1, 2, 3, 2, 4)
    """
    if not number:
        return 1
    if isinstance(number, int):
        rest = abs(number)
        while not rest % 100:
            rest //= 100
        return min((len(str(rest)) + 1) // 2 + 1 + (number < 0), _NUMBER_LIMIT_BYTES)
    _, digits, exponent = Decimal(repr(number) if isinstance(number, float) else number).as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{number} is not a DynamoDB number")
    last = len(digits)
    while digits[last - 1] == 0:
        last -= 1
    lowest = exponent + len(digits) - last  # power of ten of the last digit that is not 0
    highest = exponent + len(digits) - 1
    pairs = highest // 2 - lowest // 2 + 1
    return min(pairs + 1 + (number < 0), _NUMBER_LIMIT_BYTES)


def value_size(value: Attribute) -> int:
    """Bytes of one value, without its name.

    >>> value_size("é"), value_size(True), value_size([]), value_size({"a": [1, None]})
    (2, 1, 3, 13)
    """
    if isinstance(value, str):
        return text_size(value)
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int | float | Decimal):
        return number_size(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return len(value)
    if isinstance(value, set | frozenset):
        return sum(map(value_size, value))
    if isinstance(value, dict):
        inner = sum(text_size(name) + value_size(part) for name, part in value.items())
        return CONTAINER_BYTES + inner + ELEMENT_BYTES * len(value)
    if isinstance(value, list | tuple):
        return CONTAINER_BYTES + sum(map(value_size, value)) + ELEMENT_BYTES * len(value)
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def item_size(item: Mapping[str, Attribute]) -> int:
    """Bytes of an item: every name and every value.

    >>> item_size({"shirt-color": "R", "shirt-size": "M"})
    23
    """
    return sum(text_size(name) + value_size(value) for name, value in item.items())


def integer_sizes(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """`number_size` of each of many integers."""
    import numpy as np

    rest = np.abs(numbers).astype(np.uint64)  # the lowest int64 wraps to its own magnitude
    sizes = 1 + (numbers < 0).astype(np.int64)
    sizes[numbers == 0] = 1
    while True:
        trailing = (rest != 0) & (rest % np.uint64(100) == 0)
        if not trailing.any():
            break
        rest[trailing] //= np.uint64(100)
    powers = np.array([100**n for n in range(10)], dtype=np.uint64)
    sizes += np.searchsorted(powers, rest, side="right")
    return sizes
