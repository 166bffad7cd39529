"""Bytes of many rows at once: pieces of equal or varying width, joined row by row by Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa


class Rows:
    """`count` rows in the making. Neighbouring pieces of fixed width become one numpy record."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pieces: list[Any] = []
        self._run: list[tuple[str, Any]] = []

    def fixed(self, form: str, values: object) -> None:
        """Add a value of fixed width (numpy's name for it) to each row; one for all, or many."""
        self._run.append((form, values))

    def constant(self, data: bytes) -> None:
        """Add the same bytes to each row."""
        if data:
            self._flush()
            self._pieces.append(data)

    def variable(self, values: pa.Array) -> None:
        """Add bytes of each row's own length; a binary or string array without nulls."""
        import pyarrow as pa

        self._flush()
        self._pieces.append(values if pa.types.is_binary(values.type) else values.cast(pa.binary()))

    def extend(self, rows: Rows) -> None:
        """Add all pieces of other rows, as many as these."""
        rows._flush()
        self._flush()
        self._pieces += rows._pieces

    def joined(self) -> pa.Array:
        """One binary value a row."""
        import pyarrow as pa
        import pyarrow.compute as pc

        self._flush()
        if len(self._pieces) == 1 and not isinstance(self._pieces[0], bytes):
            return self._pieces[0]
        none = pa.scalar(b"", pa.binary())
        if all(isinstance(piece, bytes) for piece in self._pieces):
            return pa.repeat(pa.scalar(b"".join(self._pieces), pa.binary()), self.count)
        arguments = [pa.scalar(p, pa.binary()) if isinstance(p, bytes) else p for p in self._pieces]
        return pc.binary_join_element_wise(*arguments, none)

    def _flush(self) -> None:
        import numpy as np

        if not self._run:
            return
        record = np.empty(
            self.count, dtype=[(f"f{i}", form) for i, (form, _) in enumerate(self._run)]
        )
        for i, (_, values) in enumerate(self._run):
            record[f"f{i}"] = values
        self._pieces.append(fixed_width(record.view(np.uint8).reshape(self.count, -1)))
        self._run.clear()


def fixed_width(matrix: npt.NDArray[np.uint8]) -> pa.Array:
    """A contiguous byte matrix as a binary array with one value a row; shares the memory."""
    import numpy as np
    import pyarrow as pa

    count, width = matrix.shape
    offsets = np.arange(0, count * width + 1, width, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(matrix)]
    return pa.Array.from_buffers(pa.binary(), count, buffers)


def payload(rows: pa.Array) -> memoryview:
    """The values of a binary array without nulls, one behind the other, without a copy."""
    first = rows.offset
    offsets = memoryview(rows.buffers()[1]).cast("i")
    return memoryview(rows.buffers()[2])[offsets[first] : offsets[first + len(rows)]]


def logical_bytes(columns: Sequence[pa.Array]) -> int:
    """The sum of the values' bytes: 8 a number or time, 1 a truth value, a string's UTF-8."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            total += pc.sum(pc.binary_length(column)).as_py() or 0
        else:
            width = 1 if pa.types.is_boolean(column.type) else 8
            total += width * (len(column) - column.null_count)
    return total
