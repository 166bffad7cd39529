"""Values in the binary form of prepared statements, in and out.

Formats: MySQL source documentation, "Binary Protocol Resultset" and "COM_STMT_EXECUTE". Numbers
are little-endian; text and dates are preceded by their length.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.engines.documents import Fields
from bench.engines.innodb.joining import Rows, fixed_width
from bench.engines.innodb.text import TEXT, Kind
from bench.engines.seam import Row, Value

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

# Type codes of parameters: LONGLONG, DOUBLE, VAR_STRING, DATETIME, TINY.
TYPE_CODES = {
    "int64": 8,
    "float64": 5,
    "string": 253,
    "document": 253,
    "timestamp_us": 12,
    "bool": 1,
}
_DATETIME_BYTES = 11
_SHORT, _MEDIUM = 251, 65_536  # lengths from which on the length takes 3 and 4 bytes


def parameters(columns: Sequence[pa.Array], kinds: Sequence[str], count: int) -> Rows:
    """What COM_STMT_EXECUTE holds behind its head: which are null, the types, the values."""
    import numpy as np

    rows = Rows(count)
    if not columns:
        return rows
    rows.variable(fixed_width(_nulls(columns, count)))
    rows.fixed("u1", 1)  # types follow
    for kind in kinds:
        rows.fixed("<u2", TYPE_CODES[kind])
    for column, kind in zip(columns, kinds, strict=True):
        values = _values(column, kind)
        if not column.null_count:
            rows.extend(values)
            continue
        import pyarrow as pa
        import pyarrow.compute as pc

        absent = pa.scalar(b"", pa.binary())
        present = pa.array(np.asarray(column.is_valid()))
        rows.variable(pc.if_else(present, values.joined(), absent))
    return rows


def _nulls(columns: Sequence[pa.Array], count: int) -> npt.NDArray[np.uint8]:
    """Bit i of each row: parameter i is null."""
    import numpy as np

    bits = np.zeros((count, len(columns)), dtype=np.uint8)
    for position, column in enumerate(columns):
        if column.null_count:
            bits[:, position] = np.asarray(column.is_null()).astype(np.uint8)
    return np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little"))


def _values(column: pa.Array, kind: str) -> Rows:
    """The values of a column; anything where it is null."""
    import numpy as np
    import pyarrow as pa

    rows = Rows(len(column))
    if kind in TEXT:
        data = column.cast(pa.string()).fill_null("")
        rows.variable(_lengths(data))
        rows.variable(data)
    elif kind == "timestamp_us":
        rows.variable(_moments(np.asarray(column.cast(pa.int64()).fill_null(0))))
    elif kind == "bool":
        rows.fixed("u1", np.asarray(column.fill_null(False).cast(pa.uint8())))
    elif kind == "float64":
        rows.fixed("<f8", np.asarray(column.cast(pa.float64()).fill_null(0)))
    else:
        rows.fixed("<i8", np.asarray(column.cast(pa.int64()).fill_null(0)))
    return rows


def _lengths(data: pa.Array) -> pa.Array:
    """The length of each text, itself of variable length: 1 byte, or 3, or 4."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = np.asarray(pc.binary_length(data)).astype(np.uint32)
    matrix = np.zeros((len(lengths), 4), dtype=np.uint8)
    short, medium = lengths < _SHORT, lengths < _MEDIUM
    matrix[:, 0] = np.where(short, lengths, np.where(medium, 0xFC, 0xFD))
    for place in (1, 2, 3):
        matrix[:, place] = (lengths >> np.uint32(8 * (place - 1))) & np.uint32(0xFF)
    widths = np.where(short, 1, np.where(medium, 3, 4))
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(widths, out=offsets[1:])
    kept = matrix[np.arange(4) < widths[:, None]]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(kept)]
    return pa.Array.from_buffers(pa.binary(), len(lengths), buffers)


def _moments(microseconds: npt.NDArray[np.int64]) -> pa.Array:
    """DATETIME values of microseconds since 1970 in UTC: length, then the parts of the date."""
    import numpy as np

    seconds, micros = np.divmod(microseconds, 1_000_000)
    days, of_day = np.divmod(seconds, 86_400)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month_numbers = months.astype(np.int64)
    record = np.empty(
        len(microseconds),
        dtype=[
            ("length", "u1"), ("year", "<u2"), ("month", "u1"), ("day", "u1"),
            ("hour", "u1"), ("minute", "u1"), ("second", "u1"), ("micros", "<u4"),
        ],
    )  # fmt: skip
    record["length"] = _DATETIME_BYTES
    record["year"] = 1970 + month_numbers // 12
    record["month"] = 1 + month_numbers % 12
    record["day"] = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    record["hour"] = of_day // 3600
    record["minute"] = of_day // 60 % 60
    record["second"] = of_day % 60
    record["micros"] = micros
    return fixed_width(record.view(np.uint8).reshape(len(record), -1))


_DECODED = tuple[Value, int]
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_INT64 = struct.Struct("<q").unpack_from
_FLOAT64 = struct.Struct("<d").unpack_from
_DATETIME = struct.Struct("<HBBBBBI").unpack


def row(body: bytes, kinds: Sequence[Kind]) -> Row:
    """A row packet of a result set, its columns of these kinds; a document becomes all its fields."""
    nulls_end = 1 + (len(kinds) + 9) // 8
    place = nulls_end
    values: list[Value] = []
    for position, kind in enumerate(kinds):
        bit = position + 2
        if body[1 + bit // 8] >> (bit % 8) & 1:
            values.append(None)
            continue
        if isinstance(kind, Fields):
            text, place = _string(body, place)
            values += kind.row(str(text))
            continue
        value, place = _DECODERS[kind](body, place)
        values.append(value)
    return tuple(values)


def length_at(body: bytes, place: int) -> tuple[int, int]:
    """A length-encoded integer, and where it ends."""
    first = body[place]
    width = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first, 0)
    if not width:
        return first, place + 1
    return int.from_bytes(body[place + 1 : place + 1 + width], "little"), place + 1 + width


def _int64(body: bytes, place: int) -> _DECODED:
    return _INT64(body, place)[0], place + 8


def _float64(body: bytes, place: int) -> _DECODED:
    return _FLOAT64(body, place)[0], place + 8


def _bool(body: bytes, place: int) -> _DECODED:
    return body[place] != 0, place + 1


def _string(body: bytes, place: int) -> _DECODED:
    length, start = length_at(body, place)
    return body[start : start + length].decode(), start + length


def _moment(body: bytes, place: int) -> _DECODED:
    """Trailing parts that are zero are left out."""
    length, start = length_at(body, place)
    parts: tuple[Any, ...] = _DATETIME(body[start : start + length].ljust(_DATETIME_BYTES, b"\0"))
    return (datetime(*parts) - _EPOCH) // _MICROSECOND, start + length


_DECODERS: dict[str, Callable[[bytes, int], _DECODED]] = {
    "int64": _int64,
    "float64": _float64,
    "string": _string,
    "timestamp_us": _moment,
    "bool": _bool,
}
