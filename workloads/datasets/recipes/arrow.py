"""Arrow arrays straight from numpy buffers.

`pyarrow.array`, `pyarrow.scalar` and `Array.to_numpy` import pandas the first time they are called,
which costs a fresh process half a second and 40 MB; these do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Present = npt.NDArray[np.bool_]


def bitmap(flags: Present) -> pa.Buffer:
    """One bit a flag, as Arrow packs them."""
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def numbers(values: npt.NDArray[Any], *, present: Present | None = None) -> pa.Array:
    """An array of numpy's own number type; values are null where not `present`."""
    validity = None if present is None else bitmap(present)
    kind = pa.from_numpy_dtype(values.dtype)
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [validity, data])


def moments(values: npt.NDArray[np.int64]) -> pa.Array:
    """Microseconds since 1970 in UTC."""
    return numbers(values).view(pa.timestamp("us", tz="UTC"))


def flags(values: Present) -> pa.Array:
    """An array of true and false."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, bitmap(values)])


def texts(values: Sequence[str]) -> pa.Array:
    """An array of a few texts, from Python's."""
    encoded = [value.encode() for value in values]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(value) for value in encoded], out=offsets[1:])
    return text_array(offsets, b"".join(encoded))


def text_array(offsets: npt.NDArray[np.int32], data: bytes | npt.NDArray[np.uint8]) -> pa.Array:
    """An array of texts whose UTF-8 bytes lie one after another; text i ends at offsets[i + 1]."""
    buffers = (pa.py_buffer(offsets), pa.py_buffer(data))
    return pa.StringArray.from_buffers(len(offsets) - 1, *buffers)


def whole_numbers(array: pa.Array) -> npt.NDArray[np.int64]:
    """The values of an array of int64 or of moments that has no nulls, without a copy."""
    values = np.frombuffer(array.buffers()[1], dtype=np.int64)
    return values[array.offset : array.offset + len(array)]
