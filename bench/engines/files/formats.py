"""Four file formats that hold the same rows exactly: how each is written, and counted.

    parquet  by column, compressed, with statistics of each row group
    ipc      Arrow's own buffers, by column, lightly compressed, without statistics
    csv      text by row; null is nothing and an empty text is two quotes, as RFC 4180 leaves room
             for and PostgreSQL's COPY has it
    ndjson   a JSON object a row

The two text formats hold a moment as its whole number of microseconds since 1970. Integers and
floats are written so that they read back bit by bit. Nested values are structs, in ndjson objects;
csv knows none, so there they are columns whose names are paths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa
import pyarrow.parquet as pq

from bench.engines.files import structs
from workloads import datasets
from workloads.datasets.seam import Table

ENCODED_ROWS = 4_096  # rows that are Python objects at a time
READ_BYTES = 1 << 20


class Writer(Protocol):
    """A file being written, as a context manager that ends it."""

    def write_batch(self, batch: pa.RecordBatch) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. `open` takes a path and a table, `rows` counts those of a whole file."""

    name: str
    suffix: str
    compression: str
    open: Callable[[Path, Table], Writer]
    rows: Callable[[Path, Table], int]


def schema(table: Table, form: str) -> pa.Schema:
    """The columns of a table as a format holds them."""
    full = datasets.schema(table)
    if form in TEXT:
        full = pa.schema([pa.field(f.name, _plain(f.type), f.nullable) for f in full])
    return full if form in FLAT else structs.schema(table, full)


def file_of(directory: Path, number: int, form: str) -> Path:
    """The file of a dataset's table by its position (a table's name need not suit a file)."""
    return directory / f"table-{number}{FORMATS[form].suffix}"


def part_of(directory: Path, number: int, form: str, part: int) -> Path:
    """One of the files of a table that is cut into several, by its place in the order of the key."""
    return directory / f"table-{number}.{part:04d}{FORMATS[form].suffix}"


def files_of(directory: Path, number: int, form: str) -> list[Path]:
    """The files of a table that are there now: the one, then its parts in the order of the key."""
    whole = file_of(directory, number, form)
    parts = directory.glob(f"table-{number}.*{FORMATS[form].suffix}")
    return [*([whole] if whole.exists() else []), *sorted(parts)]


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_timestamp(kind) else kind


def _parquet(path: Path, table: Table) -> Writer:
    names = [column.name for column in table.columns]
    writer = pq.ParquetWriter(
        path,
        schema(table, "parquet"),
        compression="zstd",
        sorting_columns=[pq.SortingColumn(names.index(table.key))],
    )
    return FormedWriter(writer, table, "parquet")


def _ipc(path: Path, table: Table) -> Writer:
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    writer = pa.ipc.new_file(str(path), schema(table, "ipc"), options=options)
    return FormedWriter(writer, table, "ipc")


def _csv(path: Path, table: Table) -> Writer:
    from pyarrow.csv import CSVWriter

    return FormedWriter(CSVWriter(path, schema(table, "csv")), table, "csv")


def _ndjson(path: Path, table: Table) -> Writer:
    return FormedWriter(LineWriter(path), table, "ndjson")


class FormedWriter:
    """A writer of batches that are brought into a format's form first: made plain, and nested."""

    def __init__(self, writer: Writer, table: Table, form: str) -> None:
        self._writer, self._table = writer, table
        self._plain = form in TEXT
        self._nested = table.nested and form not in FLAT

    def write_batch(self, batch: pa.RecordBatch) -> None:
        if self._plain:
            types = [pa.field(f.name, _plain(f.type), f.nullable) for f in batch.schema]
            batch = batch.cast(pa.schema(types))
        self._writer.write_batch(structs.nested(batch, self._table) if self._nested else batch)

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.__exit__(kind, error, trace)


class LineWriter:
    """JSON objects, a line each."""

    def __init__(self, path: Path) -> None:
        from msgspec.json import Encoder

        self._file = path.open("wb")
        self._encode = Encoder().encode_lines

    def write_batch(self, batch: pa.RecordBatch) -> None:
        for start in range(0, batch.num_rows, ENCODED_ROWS):
            self._file.write(self._encode(batch.slice(start, ENCODED_ROWS).to_pylist()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _parquet_rows(path: Path, table: Table) -> int:  # noqa: ARG001 - one of the shapes
    return int(pq.read_metadata(path).num_rows)


def _ipc_rows(path: Path, table: Table) -> int:  # noqa: ARG001 - one of the shapes
    with pa.memory_map(str(path)) as file:
        return int(pa.ipc.open_file(file).count_rows())


def _csv_rows(path: Path, table: Table) -> int:
    from pyarrow import csv

    options = csv.ConvertOptions(include_columns=[table.key])
    parsing = csv.ParseOptions(newlines_in_values=True)
    with csv.open_csv(path, parse_options=parsing, convert_options=options) as batches:
        return sum(int(batch.num_rows) for batch in batches)


def _ndjson_rows(path: Path, table: Table) -> int:  # noqa: ARG001 - one of the shapes
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(READ_BYTES), b""))


TEXT = frozenset({"csv", "ndjson"})
FLAT = frozenset({"csv"})
FORMATS = {
    form.name: form
    for form in (
        Format("parquet", ".parquet", "zstd", _parquet, _parquet_rows),
        Format("ipc", ".arrow", "lz4", _ipc, _ipc_rows),
        Format("csv", ".csv", "none", _csv, _csv_rows),
        Format("ndjson", ".ndjson", "none", _ndjson, _ndjson_rows),
    )
}
