"""Rows as JSON documents: each table is (key bigint, doc jsonb), every column a field of `doc`.

What is in a document
    int64      a number; jsonb keeps numbers as `numeric`, so all 64 bits are there
    float64    a number with the fewest digits that give the same double again. JSON has no NaN and
               no infinity and jsonb no negative zero: these are the strings "NaN", "Infinity",
               "-Infinity" and "-0", which a cast to `double precision` reads
    string     a string. Jsonb cannot hold the character NUL; neither can PostgreSQL's `text`
    timestamp  a string as RFC 3339 has it, in UTC, to the microsecond; years 1 to 9999
    bool, null true, false, null: a field without a value is there and is null

Jsonb orders the fields of a document by itself and keeps one of each name. The field of the key is
in the document too, as an application that is given documents needs it.

Statements
    read, range, join   SELECT doc: the application takes the document apart
    one field           doc ->> 'field', cast to the field's type, text compared by code point
    update              SET doc = doc || jsonb_build_object('field', value): the whole document is
                        written again, as PostgreSQL does with every changed row
    insert              the document as the client made it
Indexes: the key, and a b-tree on the expression of the filtered field (of another table: on the
reference to the main one), which is smaller and answers equality faster than a GIN index on all
fields; `bench run` records it.

At rest a document repeats the names of its fields in every row; from about 2 kB on PostgreSQL
compresses it and moves it out of the row (TOAST).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.engines.seam import Row, Value

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.seam import Column

KEY, DOCUMENT = "key", "doc"
# Binary jsonb is this version number and the text of the document.
_VERSION = b"\1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What JSON wants escaped in a string.
_SPECIAL = '[\\x00-\\x1f"\\\\]'
_CONTROL = tuple(chr(code) for code in range(1, 32))


@dataclass(frozen=True, slots=True)
class Fields:
    """The columns a document holds, in the order of the table: the kind of a result column."""

    columns: tuple[Column, ...]

    def row(self, data: bytes) -> Row:
        """A document in jsonb's binary form as a canonical row."""
        found = json.loads(data[1:])
        return tuple(_value(found[column.name], column.kind) for column in self.columns)


def documents(arrays: Sequence[pa.Array], columns: Sequence[Column]) -> pa.Array:
    """One document a row in jsonb's binary form; `arrays` are the columns' values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    pieces: list[Any] = []
    before = "{"
    for array, column in zip(arrays, columns, strict=True):
        pieces += [before + json.dumps(column.name, ensure_ascii=False) + ":", _json(array, column)]
        before = ","
    pieces[0] = _VERSION.decode() + pieces[0]
    joined = pc.binary_join_element_wise(*pieces, "}", "")
    return joined.cast(pa.binary())


def _json(array: pa.Array, column: Column) -> pa.Array:
    """Each value as JSON text, `null` where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.kind == "string":
        made = _quoted(_escaped(array.cast(pa.string())))
    elif column.kind == "timestamp_us":
        utc = array.cast(pa.timestamp("us", tz="UTC"))
        made = _quoted(pc.replace_substring(utc.cast(pa.string()), " ", "T"))
    elif column.kind == "float64":
        made = _float_text(array.cast(pa.float64()))
    else:
        made = array.cast(pa.string())
    return made.fill_null("null") if made.null_count else made


def _quoted(texts: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise('"', texts, '"', "")


def _escaped(texts: pa.Array) -> pa.Array:
    """JSON's escapes, where there is anything to escape."""
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(texts, _SPECIAL)).as_py():
        return texts
    texts = pc.replace_substring(texts, "\\", "\\\\")
    texts = pc.replace_substring(texts, '"', '\\"')
    if pc.any(pc.match_substring_regex(texts, "[\\x00-\\x1f]")).as_py():
        for character in _CONTROL:
            texts = pc.replace_substring(texts, character, f"\\u{ord(character):04x}")
    return texts


def _float_text(values: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    made = values.cast(pa.string())
    negative_zero = pc.and_(pc.equal(values, 0.0), pc.equal(pc.divide(1.0, values), float("-inf")))
    for which, text in (
        (pc.is_nan(values), '"NaN"'),
        (pc.equal(values, float("inf")), '"Infinity"'),
        (pc.equal(values, float("-inf")), '"-Infinity"'),
        (negative_zero, '"-0"'),
    ):
        if pc.any(which).as_py():
            made = pc.if_else(which, pa.scalar(text), made)
    return made


def _value(found: Any, kind: str) -> Value:
    """A field as JSON has it in canonical form."""
    if found is None:
        return None
    if kind == "timestamp_us":
        return (datetime.fromisoformat(found) - _EPOCH) // _MICROSECOND
    if kind == "float64":
        return float(found)
    value: Value = found
    return value
