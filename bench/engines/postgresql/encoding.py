"""Arrow columns to PostgreSQL's binary form, and back; no loop over rows on the way in.

One encoder serves COPY BINARY and the Bind message, because both hold a row as: the number of
values (int16), then for each value its length (int32, -1 for null) and its bytes, all big-endian.
Neighbouring columns of fixed width become one numpy record; the records and the strings' own
buffers are then joined row by row by Arrow.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bench.engines.documents import Fields
from bench.engines.postgresql.documents import VERSION_BYTES, documents
from bench.engines.seam import Row, Value

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from workloads.datasets.seam import Column

# The kind of a column of a result: a key of SQL_TYPES, or a document with these fields.
Kind = str | Fields

# Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL's timestamps begin.
EPOCH_US = 946_684_800_000_000
EPOCH_DAYS = 10_957

SQL_TYPES = {
    "int32": "integer",
    "int64": "bigint",
    "float64": "double precision",
    "decimal": "numeric(15, 2)",
    "date": "date",
    "string": "text",
    "timestamp_us": "timestamptz",
    "bool": "boolean",
    "int64[]": "bigint[]",
    "jsonb": "jsonb",
}
# pg_type.oid of each; these are fixed for built-in types.
OIDS = {
    "int64": 20,
    "float64": 701,
    "string": 25,
    "timestamp_us": 1184,
    "bool": 16,
    "int64[]": 1016,
    "jsonb": 3802,
}
_FIXED = {
    "int32": ">i4",
    "int64": ">i8",
    "float64": ">f8",
    "date": ">i4",
    "timestamp_us": ">i8",
    "bool": "u1",
}
_NULL = b"\xff\xff\xff\xff"
# The sign of a numeric below zero.
_NEGATIVE = 0x4000

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"


def binary_rows(columns: Sequence[pa.Array], kinds: Sequence[str]) -> pa.Array:
    """One binary value a row: what COPY BINARY and Bind call a row of these columns.

    columns  equally long arrays; `int64[]` columns hold values that `key_arrays` encoded, `jsonb`
             columns what `documents` made
    kinds    of each column, keys of SQL_TYPES
    """
    import pyarrow as pa

    rows = _Rows(len(columns[0]))
    rows.fixed(">i2", len(columns))
    for column, kind in zip(columns, kinds, strict=True):
        if kind in _FIXED:
            _add_fixed(rows, column, kind)
        elif kind == "decimal":
            _add_decimal(rows, column)
        else:
            data = column.cast(pa.string()) if kind == "string" else column
            _add_variable(rows, data)
    return rows.joined()


def stored_rows(
    arrays: Sequence[pa.Array], columns: Sequence[Column], stored: Sequence[tuple[str, str]]
) -> pa.Array:
    """Rows of a table in binary, in the form it is stored in.

    arrays, columns  the values and what they are
    stored           name and kind of each column the table really has (`Layout.stored`)
    """
    kinds = [kind for _, kind in stored]
    if "jsonb" in kinds:
        arrays = [arrays[0], documents(arrays, columns)]
    return binary_rows(arrays, kinds)


def key_arrays(keys: npt.NDArray[np.int64]) -> pa.Array:
    """Each row of a matrix of keys (n > 0 columns) as the bytes of a one-dimensional bigint[]."""
    import numpy as np

    count, width = keys.shape
    record = np.empty(
        count, dtype=[("head", ">i4", 5), ("items", [("n", ">i4"), ("v", ">i8")], width)]
    )
    record["head"] = (1, 0, OIDS["int64"], width, 1)  # dimensions, has nulls, type, length, base
    record["items"]["n"] = 8
    record["items"]["v"] = keys
    return fixed_width(record.view(np.uint8).reshape(count, -1))


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


class _Rows:
    """Pieces of rows in the making: arrays of equal length, and constants."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pieces: list[Any] = []
        self._run: list[tuple[str, Any]] = []

    def fixed(self, form: str, values: object) -> None:
        """Add a value of fixed width (numpy's name for it) to each row; one for all, or many."""
        self._run.append((form, values))

    def variable(self, values: pa.Array) -> None:
        """Add bytes of each row's own length."""
        self._flush()
        self._pieces.append(values)

    def joined(self) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        self._flush()
        if len(self._pieces) == 1:
            return self._pieces[0]
        return pc.binary_join_element_wise(*self._pieces, pa.scalar(b"", pa.binary()))

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


def _add_fixed(rows: _Rows, column: pa.Array, kind: str) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    form = _FIXED[kind]
    width = int(form[-1])
    values = _numbers(column, kind)
    if not column.null_count:
        rows.fixed(">i4", width)
        rows.fixed(form, values)
        return
    present = _Rows(len(column))
    present.fixed(">i4", width)
    present.fixed(form, values)
    null = pa.scalar(_NULL, pa.binary())
    rows.variable(pc.if_else(column.is_valid(), present.joined(), null))


def _numbers(column: pa.Array, kind: str) -> npt.NDArray[Any]:
    """Values of a fixed-width column as numpy has them; anything where null."""
    import numpy as np
    import pyarrow as pa

    if kind == "bool":
        return np.asarray(column.fill_null(False).cast(pa.uint8()))
    if kind == "timestamp_us":
        return np.asarray(column.cast(pa.int64()).fill_null(0)) - EPOCH_US
    if kind in ("int32", "date"):
        days = np.asarray(column.cast(pa.int32()).fill_null(0))
        return days - EPOCH_DAYS if kind == "date" else days
    return np.asarray(column.cast(pa.int64() if kind == "int64" else pa.float64()).fill_null(0))


def _add_decimal(rows: _Rows, column: pa.Array) -> None:
    """Add decimals of 15 digits, two of them behind the point, none null.

    A numeric is sent as the number of its digits to the base of 10,000, the power of the first, a
    sign, the decimal places that are shown, and the digits. The server drops zeros in front, so
    every value may have five digits: four for up to 13 decimal ones, one for the hundredths.
    """
    import numpy as np

    # 128 bits each, the low half first; 15 digits fit into that
    words = np.frombuffer(column.buffers()[1], dtype="<i8").reshape(-1, 2)
    hundredths = words[column.offset : column.offset + len(column), 0]
    amount = np.abs(hundredths)
    whole, rest = amount // 100, amount % 100 * 100
    rows.fixed(">i4", 18)
    for number in (5, 3):
        rows.fixed(">i2", number)
    rows.fixed(">u2", np.where(hundredths < 0, _NEGATIVE, 0))
    rows.fixed(">i2", 2)
    for power in (10**12, 10**8, 10**4, 1):
        rows.fixed(">i2", whole // power % 10_000)
    rows.fixed(">i2", rest)


def _add_variable(rows: _Rows, column: pa.Array) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = np.asarray(pc.binary_length(column).fill_null(-1))
    rows.fixed(">i4", lengths)
    data = column.cast(pa.binary())
    rows.variable(data.fill_null(b"") if data.null_count else data)


_INT64 = struct.Struct(">q").unpack
_FLOAT64 = struct.Struct(">d").unpack


def _int64(data: bytes) -> Value:
    value: int = _INT64(data)[0]
    return value


def _float64(data: bytes) -> Value:
    value: float = _FLOAT64(data)[0]
    return value


def _timestamp_us(data: bytes) -> Value:
    value: int = _INT64(data)[0] + EPOCH_US
    return value


_DECODERS: dict[str, Callable[[bytes], Value]] = {
    "int64": _int64,
    "float64": _float64,
    "string": bytes.decode,
    "timestamp_us": _timestamp_us,
    "bool": lambda data: data != b"\0",
}


def decoded(rows: Sequence[Sequence[bytes | None]], kinds: Sequence[Kind]) -> list[Row]:
    """Binary values of result rows as canonical rows; a document becomes all its fields."""
    if any(isinstance(kind, Fields) for kind in kinds):
        return [_opened(row, kinds) for row in rows]
    decoders = [_DECODERS[kind] for kind in kinds if isinstance(kind, str)]
    return [
        tuple(
            None if data is None else decode(data)
            for data, decode in zip(row, decoders, strict=True)
        )
        for row in rows
    ]


def _opened(row: Sequence[bytes | None], kinds: Sequence[Kind]) -> Row:
    values: list[Value] = []
    for data, kind in zip(row, kinds, strict=True):
        if isinstance(kind, Fields):
            values += kind.row((data or b"")[VERSION_BYTES:])
        else:
            values.append(None if data is None else _DECODERS[kind](data))
    return tuple(values)
