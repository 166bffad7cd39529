"""Columns of Arrow batches as item values and their DynamoDB sizes, whole columns at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.engines.lmdb import itemsize

if TYPE_CHECKING:
    import numpy.typing as npt

    Sizes = npt.NDArray[np.int64]

_EXACT_FLOAT = 2.0**53
_MOST_DECIMALS = 12


def plain(column: pa.Array) -> pa.Array:
    """The column in the types that items hold: moments are whole microseconds."""
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", tz=column.type.tz)).view(pa.int64())
    return column


def attribute_sizes(name: str, column: pa.Array) -> tuple[Sizes, int]:
    """For a column of `plain`: each row's attribute size (name and value, 0 for null), bytes,
    and the logical bytes of the whole column (8 for a number, 1 for a flag)."""
    present = column.is_valid().to_numpy(zero_copy_only=False)
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        sizes = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        sizes = sizes.astype(np.int64)
        logical = int(sizes.sum())
    elif pa.types.is_boolean(kind):
        sizes = np.ones(len(column), dtype=np.int64)
        logical = int(present.sum())
    else:
        numbers = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
        floating = pa.types.is_floating(kind)
        sizes = float_sizes(numbers) if floating else itemsize.integer_sizes(numbers)
        logical = 8 * int(present.sum())
    return np.where(present, sizes + itemsize.text_size(name), 0), logical


def row_sizes(
    columns: Mapping[str, pa.Array], paths: Iterable[Sequence[str]] = ()
) -> tuple[Sizes, int]:
    """Each row's size as attributes of an item, bytes, and the logical bytes of all columns.

    `columns`: of `plain`. `paths`: where some of them are values in maps, all paths of the item:
    a map takes bytes of its own, and one for each thing in it.
    """
    nested = {".".join(path): path for path in paths if len(path) > 1}
    sizes = np.zeros(len(next(iter(columns.values()))), dtype=np.int64)
    logical = 0
    for name, column in columns.items():
        path = nested.get(name, (name,))
        column_sizes, column_logical = attribute_sizes(path[-1], column)
        sizes += column_sizes
        logical += column_logical
        if len(path) > 1:
            sizes += itemsize.ELEMENT_BYTES * (column_sizes > 0)
    maps = {tuple(path[:end]) for path in nested.values() for end in range(1, len(path))}
    for inner in maps:
        sizes += itemsize.text_size(inner[-1]) + itemsize.CONTAINER_BYTES
        sizes += itemsize.ELEMENT_BYTES * (len(inner) > 1)
    return sizes, logical


def float_sizes(numbers: npt.NDArray[np.float64]) -> Sizes:
    """`itemsize.number_size` of each of many floating-point numbers.

    A number that is a whole number of 1/100^k has the size of that whole number, as pairs of
    digits are counted from the point and zero pairs at the ends are not.
    """
    sizes = np.zeros(len(numbers), dtype=np.int64)
    left = np.arange(len(numbers))
    for decimals in range(0, _MOST_DECIMALS + 1, 2):
        scale = 10.0**decimals
        with np.errstate(over="ignore"):  # what overflows does not fit
            whole = np.rint(numbers[left] * scale)
        fits = (np.abs(whole) < _EXACT_FLOAT / 10) & (whole / scale == numbers[left])
        sizes[left[fits]] = itemsize.integer_sizes(whole[fits].astype(np.int64))
        left = left[~fits]
        if not len(left):
            return sizes
    sizes[left] = [itemsize.number_size(number) for number in numbers[left].tolist()]
    return sizes


def integers(column: pa.Array) -> npt.NDArray[np.int64]:
    """A column without nulls as int64."""
    numbers: npt.NDArray[np.int64] = column.to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64, copy=False)


def values(column: pa.Array) -> list[Any]:
    """A column of `plain` as Python values, None for null."""
    numeric = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if numeric and not column.null_count:
        numbers: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return numbers
    listed: list[Any] = column.to_pylist()
    return listed
