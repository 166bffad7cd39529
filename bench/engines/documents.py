"""Rows as JSON documents, for engines that keep them: made from Arrow columns, read back as rows.

What is in a document
    int64      a number
    float64    a number with the fewest digits that give the same double again. JSON has no NaN and
               no infinity, and stores of it no negative zero: these are the strings "NaN",
               "Infinity", "-Infinity" and "-0"
    string     a string
    timestamp  a string as RFC 3339 has it, in UTC, to the microsecond; years 1 to 9999
    bool, null true, false, null: a field without a value is there and is null
    nested     a field of an object, which may be in another one

The field of the key is in the document too, as an application that is given documents needs it. A
document repeats the names of its fields in every row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.engines.seam import Row, Value
from workloads.nesting import branch, found

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.seam import Column
    from workloads.nesting import Branch

KEY, DOCUMENT = "key", "doc"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What JSON wants escaped in a string.
_SPECIAL = '[\\x00-\\x1f"\\\\]'
_CONTROL = tuple(chr(code) for code in range(1, 32))


@dataclass(frozen=True, slots=True)
class Fields:
    """The columns a document holds, in the order of the table: the kind of a result column."""

    columns: tuple[Column, ...]

    def row(self, text: bytes | str) -> Row:
        """A document as a canonical row."""
        document = json.loads(text)
        return tuple(_value(found(document, c.path), c.kind) for c in self.columns)


def documents(arrays: Sequence[pa.Array], columns: Sequence[Column]) -> pa.Array:
    """One JSON text a row; `arrays` are the columns' values."""
    import pyarrow.compute as pc

    fields = branch(column.path for column in columns)
    values = [_json(array, column) for array, column in zip(arrays, columns, strict=True)]
    return pc.binary_join_element_wise(*_joined(_pieces(fields), values), "")


def _pieces(fields: Branch) -> list[str | int]:
    """An object as constant texts and the positions of the values between them."""
    made: list[str | int] = []
    before = "{"
    for name, below in fields:
        made.append(before + json.dumps(name, ensure_ascii=False) + ":")
        made += [below] if isinstance(below, int) else _pieces(below)
        before = ","
    return [*made, "}"]


def _joined(pieces: Sequence[str | int], values: Sequence[pa.Array]) -> list[Any]:
    """Neighbouring texts as one, and each position as its values."""
    made: list[Any] = []
    for piece in pieces:
        if isinstance(piece, int):
            made.append(values[piece])
        elif made and isinstance(made[-1], str):
            made[-1] += piece
        else:
            made.append(piece)
    return made


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
