"""Values as text: SQL literals, the lines of LOAD DATA, and the rows of a text result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bench.engines.documents import Fields
from bench.engines.innodb.joining import Rows
from bench.engines.seam import Row, Value

if TYPE_CHECKING:
    import pyarrow as pa

SQL_TYPES = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "timestamp_us": "DATETIME(6)",
    "bool": "TINYINT(1)",
}
# The kind of a column of a result: a column's kind, or a document with these fields.
Kind = str | Fields
# Kinds of parameters and loaded columns that are text: a document is one.
TEXT = frozenset({"string", "document"})
# What LOAD DATA takes for a column's end, a row's end and an escape unless told otherwise.
_FIELD_END, _LINE_END, _ESCAPE = "\t", "\n", "\\"
_LOAD_SPECIAL = (_ESCAPE, _FIELD_END, _LINE_END)
_LITERAL_SPECIAL = (_ESCAPE, "'")
_LOAD_NULL = "\\N"


def lines(columns: Sequence[pa.Array], kinds: Sequence[str]) -> pa.Array:
    """One line of LOAD DATA a row, its end included."""
    import pyarrow.compute as pc

    rows = Rows(len(columns[0]))
    for position, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
        if position:
            rows.constant(_FIELD_END.encode())
        shown = escaped(column, _LOAD_SPECIAL) if kind in TEXT else plain(column, kind)
        rows.variable(pc.fill_null(shown, _LOAD_NULL) if shown.null_count else shown)
    rows.constant(_LINE_END.encode())
    return rows.joined()


def literals(column: pa.Array, kind: str) -> pa.Array:
    """SQL literals of a column's values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind in TEXT or kind == "timestamp_us":
        inner = escaped(column, _LITERAL_SPECIAL) if kind in TEXT else plain(column, kind)
        quote, none = pa.scalar("'"), pa.scalar("")
        shown = pc.binary_join_element_wise(quote, inner, quote, none)
    else:
        shown = plain(column, kind)
    return pc.fill_null(shown, "NULL") if shown.null_count else shown


def tuples(columns: Sequence[pa.Array], kinds: Sequence[str]) -> pa.Array:
    """Each row as a list of literals in brackets, as VALUES takes it."""
    rows = Rows(len(columns[0]))
    for position, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
        rows.constant(b"," if position else b"(")
        rows.variable(literals(column, kind))
    rows.constant(b")")
    return rows.joined()


def plain(column: pa.Array, kind: str) -> pa.Array:
    """Numbers, times and truth values in digits; null stays null."""
    import pyarrow as pa

    if kind == "bool":
        return column.cast(pa.uint8()).cast(pa.string())
    if kind == "timestamp_us":
        return column.cast(pa.int64()).cast(pa.timestamp("us")).cast(pa.string())
    return column.cast(pa.float64() if kind == "float64" else pa.int64()).cast(pa.string())


def escaped(column: pa.Array, special: Sequence[str]) -> pa.Array:
    """Text with a backslash before each special character; the backslash must be the first."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = column.cast(pa.string())
    data = column.buffers()[2]
    # A look at the bytes is far faster than replacing nothing.
    content = data.to_pybytes() if data is not None else b""
    for character in special:
        if character.encode() in content:
            column = pc.replace_substring(column, character, _ESCAPE + character)
    return column


_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def _moment(data: bytes) -> Value:
    return (datetime.fromisoformat(data.decode()) - _EPOCH) // _MICROSECOND


_DECODERS: dict[str, Callable[[bytes], Value]] = {
    "int64": int,
    "float64": float,
    "string": bytes.decode,
    "timestamp_us": _moment,
    "bool": lambda data: data != b"0",
}


def row(values: Sequence[bytes | None], kinds: Sequence[Kind]) -> Row:
    """A row of a text result, its columns of these kinds; a document becomes all its fields."""
    found: list[Value] = []
    for data, kind in zip(values, kinds, strict=True):
        if isinstance(kind, Fields):
            found += kind.row(data or b"")
        else:
            found.append(None if data is None else _DECODERS[kind](data))
    return tuple(found)
