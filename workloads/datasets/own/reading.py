"""A person's CSV or Parquet file as a stream of Arrow batches; memory does not grow with the file.

A CSV file is read as text: what its columns hold is decided over the whole file (`inference`), not
by the first block. Delimiter and heading are found by looking at the first lines.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workloads.errors import InputError
from workloads.spec.faults import printable, shown

CSV_ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".psv")
PARQUET_ENDINGS = (".parquet", ".parq", ".pq")
DELIMITERS = (",", "\t", ";", "|")
HEAD_BYTES = 256 << 10
BLOCK_BYTES = 1 << 20
BATCH_ROWS = 16_384
MOST_COLUMNS = 500
GZIPPED = b"\x1f\x8b"
HINT = "a CSV file (gzipped or not) with a heading, in UTF-8, or a Parquet file"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a file is: its columns as they are called in it, and how it was read.

    typed  its columns have types of their own (Parquet)
    said   remarks for a person
    """

    path: Path
    names: tuple[str, ...]
    form: str
    typed: bool
    said: tuple[str, ...] = ()
    delimiter: str = ","
    heading: bool = True

    def batches(self) -> Iterator[Any]:
        """The rows, as record batches with columns in the order of `names`.

        InputError for a fault of the file.
        """
        return _parquet_batches(self) if self.typed else _csv_batches(self)


def opened(path: Path) -> Source:
    """Look at a file. InputError when there is none, or it is of no form that can be read."""
    try:
        if path.is_dir():
            raise InputError(f"{_named(path)} is a directory, not a data file", hint=HINT)
        with path.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError as cause:
        raise InputError(f"there is no data file {_named(path)}", hint=HINT) from cause
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or "not a path"
        raise InputError(f"{_named(path)} cannot be read: {reason}", hint=HINT) from cause
    if not start:
        raise InputError(f"{_named(path)} is empty", hint=HINT)
    ending = path.name.lower().removesuffix(".gz")
    if start == b"PAR1":
        return _parquet(path)
    if ending.endswith(PARQUET_ENDINGS):
        raise InputError(f"{_named(path)} is no Parquet file, in spite of its name", hint=HINT)
    if not ending.endswith(CSV_ENDINGS):
        known = ", ".join((*CSV_ENDINGS, *PARQUET_ENDINGS))
        raise InputError(f"{_named(path)}: its ending tells no known form", hint=f"known: {known}")
    return _csv(path)


def _named(path: Path) -> str:
    return printable(str(path))


def _csv(path: Path) -> Source:
    lines = _first_lines(path)
    if not lines:
        raise InputError(f"{_named(path)} holds nothing but blank lines", hint=HINT)
    delimiter = max(DELIMITERS, key=lambda mark: _steadiness(lines, mark))
    try:
        first = next(csv.reader(lines, delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        raise InputError(f"{_named(path)}, line 1: {error}", hint=HINT) from error
    heading = not any(NUMBER.fullmatch(cell.strip()) or not cell.strip() for cell in first)
    heading = heading and len({cell.strip() for cell in first}) == len(first)
    if not heading and not any(NUMBER.match(cell.strip()) for cell in first):
        raise _wrong_heading(path, first)
    names = tuple(first) if heading else tuple(f"column_{n}" for n in range(1, len(first) + 1))
    if len(names) > MOST_COLUMNS:
        found = f"{_named(path)}: {len(names)} columns"
        raise InputError(found, hint=f"at most {MOST_COLUMNS}")
    said = () if heading else (f"no heading in the first line: columns are called {names[0]} …",)
    mark = "tabs" if delimiter == "\t" else f"'{delimiter}'"
    return Source(
        path=path, names=names, form=f"CSV with {mark}", typed=False, said=said,
        delimiter=delimiter, heading=heading,
    )  # fmt: skip


def _wrong_heading(path: Path, names: list[str]) -> InputError:
    """Of a first line without numbers, dates or times, in which names are missing or double."""
    said = [name.strip() for name in names]
    at = next(at for at, name in enumerate(said) if not name or name in said[:at])
    what = f"is called {shown(said[at])}, as another is" if said[at] else "has no name"
    return InputError(
        f"{_named(path)}, line 1: column {at + 1} of the heading {what}",
        hint="give each column a name of its own; where the first line is data, put a heading "
        "above it",
    )


def _first_lines(path: Path) -> list[str]:
    """The first lines that are not blank; without the last, which may be cut."""
    try:
        with _bytes_of(path) as file:
            head = file.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{_named(path)} cannot be read: {reason}", hint=HINT) from error
    if b"\0" in head:
        raise InputError(f"{_named(path)} is not text", hint=HINT)
    lines = head.decode("utf-8-sig", "replace").splitlines(keepends=True)
    whole = lines if len(head) < HEAD_BYTES or len(lines) == 1 else lines[:-1]
    return [line for line in whole if line.strip()][:50]


def _bytes_of(path: Path) -> Any:
    with path.open("rb") as file:
        packed = file.read(2) == GZIPPED
    return gzip.open(path) if packed else path.open("rb")


def _steadiness(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How well a delimiter cuts the lines: lines with as many cells as the first, and cells."""
    try:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return 0, 0
    if not counts or counts[0] < 2:
        return 0, 0
    return counts.count(counts[0]), counts[0]


def _csv_batches(source: Source) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    path = source.path
    read = arrow_csv.ReadOptions(
        column_names=list(source.names),
        skip_rows=int(source.heading),
        block_size=BLOCK_BYTES,
        use_threads=False,
    )
    parse = arrow_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True)
    convert = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(source.names, pa.string()), strings_can_be_null=False
    )
    try:
        with _bytes_of(path) as file:
            reader = arrow_csv.open_csv(
                file, read_options=read, parse_options=parse, convert_options=convert
            )
            yield from reader
    except (pa.ArrowException, OSError, EOFError, zlib.error) as error:
        raise _of_csv(error, source) from error


def _of_csv(error: Exception, source: Source) -> InputError:
    """What pyarrow says of a CSV file, as a person reads it."""
    text, path = str(error).replace("\n", " "), _named(source.path)
    if "UTF8" in text or "UTF-8" in text:
        return InputError(
            f"{path} is not text in UTF-8", hint="iconv -f latin1 -t utf-8 FILE > OTHER, say"
        )
    if "straddling" in text:
        return InputError(
            f"{path}: a value is longer than {BLOCK_BYTES >> 20} MiB", hint="is a quote not closed?"
        )
    match = re.search(r"Expected (\d+) columns, got (\d+)", text)
    if match:
        row = re.search(r"Row #(\d+)", text)
        where = f", line {row.group(1)}" if row else ""
        line = text.rpartition(": ")[2]
        return InputError(
            f"{path}{where}: {match[2]} values where there are {match[1]} columns: {shown(line)}",
            hint="as many values in each line as in the first; values with a delimiter in quotes",
        )
    if isinstance(error, OSError) and error.strerror:
        return InputError(f"{path} cannot be read: {error.strerror}", hint=HINT)
    if "Empty CSV" in text:
        return InputError(f"{path} holds no rows", hint=HINT)
    return InputError(f"{path} cannot be read: {printable(text[:200])}", hint=HINT)


def _parquet(path: Path) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        reason = printable(str(error).splitlines()[0][:200])
        raise InputError(
            f"{_named(path)} cannot be read as Parquet: {reason}", hint=HINT
        ) from error
    kept = [field for field in schema if _is_kept(field.type)]
    left = [
        f"column {shown(f.name)} is left out: it holds {f.type}" for f in schema if f not in kept
    ]
    names = tuple(field.name for field in kept)
    if not names or len(names) > MOST_COLUMNS or len(set(names)) < len(names):
        found = f"{len(names)} columns that can be used" if len(set(names)) == len(names) else "two"
        raise InputError(
            f"{_named(path)}: {found} of one name"
            if found == "two"
            else f"{_named(path)}: {found}",
            hint=f"1 to {MOST_COLUMNS} columns of numbers, text, truth values or times",
        )
    return Source(path=path, names=names, form="Parquet", typed=True, said=tuple(left))


def _is_kept(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_kept(kind.value_type)
    tests = (
        types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_string,
        types.is_large_string, types.is_string_view, types.is_date, types.is_timestamp, types.is_null,
    )  # fmt: skip
    return any(test(kind) for test in tests)


def _parquet_batches(source: Source) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(source.path, pre_buffer=False, buffer_size=1 << 20) as file:
            yield from file.iter_batches(
                batch_size=BATCH_ROWS, columns=list(source.names), use_threads=False
            )
    except (pa.ArrowException, OSError) as error:
        reason = printable(str(error).splitlines()[0][:200])
        found = f"{_named(source.path)} cannot be read as Parquet: {reason}"
        raise InputError(found, hint=HINT) from error
