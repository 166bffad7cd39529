"""Records as lines of JSON that table libraries read in one call.

Table libraries infer the types of columns from a part of the file, and a column that is empty
there and filled elsewhere fails or is silently emptied: polars looks at the first hundred lines,
pyarrow at each mebibyte. Therefore floats always have a decimal point; the lines are ordered so
that the first few together fill every column that any line fills; and a file stays below a
mebibyte. Each record carries its id, and the reader sorts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import msgspec

from results.record import Record
from results.series import thinned

MOST_FILE_BYTES = 1_000_000
# What the decoders raise for bytes that are not JSON of the wanted form; the last for deep nesting.
NOT_DECODED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@cache
def decoder() -> msgspec.json.Decoder[Record]:
    """The strict decoder of current records; made once, as making it costs milliseconds."""
    return msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """One line without its end. ValueError when the record does not keep to its own types.

    Numbers come out in the declared type: an integer given for seconds is written as a float.
    A value that JSON lacks (NaN, infinity) is not measured, None.
    """
    draft = msgspec.json.encode(replace(record, series=thinned(record.series)))
    try:
        return msgspec.json.encode(decoder().decode(draft))
    except msgspec.ValidationError as error:
        raise ValueError(f"record {record.id} cannot be written: {error}") from error


def document(lines: Sequence[bytes]) -> bytes:
    """A file of all lines, those that fill the columns first, otherwise in the given order."""
    return b"".join(line + b"\n" for line in _filling_first(lines))


def _filling_first(lines: Sequence[bytes]) -> list[bytes]:
    """Greedy cover: next comes the line that fills most columns that none before it fills."""
    columns = [_columns(line) for line in lines]
    covered: set[str] = set()
    order: dict[int, None] = {}
    while lines:
        gains = [len(names - covered) for names in columns]
        best = max(range(len(lines)), key=gains.__getitem__)
        if not gains[best]:
            break
        order[best] = None
        covered |= columns[best]
    order |= dict.fromkeys(range(len(lines)))
    return [lines[at] for at in order]


@lru_cache(maxsize=8_192)
def _columns(line: bytes) -> frozenset[str]:
    """Dotted names of the columns that a line fills; a list fills what its members fill."""
    return frozenset(_filled(msgspec.json.decode(line), ""))


def _filled(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _filled(part, f"{name}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from _filled(part, f"{name}[]")
    elif value is not None:
        yield name
