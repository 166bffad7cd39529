"""Files back as flat Arrow batches, with pyarrow alone: in the parent process, and for pandas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.engines.files import structs
from bench.engines.files.formats import schema
from workloads.datasets.seam import Table

BLOCK_BYTES = 16 << 20  # of text read at a time, and so the longest line


def read(path: Path, table: Table, form: str) -> pa.Table:
    """A whole file, every column of the type it was written from, nested values by their paths."""
    return structs.flat(_read(path, table, form), table)


def batches(path: Path, table: Table, form: str) -> Iterator[pa.RecordBatch]:
    """The rows of a file in their order, not all in memory at a time but for NDJSON."""
    for batch in _batches(path, table, form):
        yield from structs.flat(pa.Table.from_batches([batch]), table).to_batches()


def _read(path: Path, table: Table, form: str) -> pa.Table:
    from pyarrow import csv, feather, json

    if form == "parquet":
        return pq.read_table(path, use_threads=False)
    if form == "ipc":
        return feather.read_table(path, memory_map=True, use_threads=False)
    if form == "csv":
        return csv.read_csv(
            path,
            read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=_as_written(table),
        )
    return json.read_json(
        path,
        read_options=json.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=json.ParseOptions(explicit_schema=schema(table, form)),
    )


def _batches(path: Path, table: Table, form: str) -> Iterator[pa.RecordBatch]:
    from pyarrow import csv

    if form == "parquet":
        with pq.ParquetFile(path) as parquet:
            yield from parquet.iter_batches(use_threads=False)
    elif form == "ipc":
        with pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped) as ipc:
            for number in range(ipc.num_record_batches):
                yield ipc.get_batch(number)
    elif form == "csv":
        if path.stat().st_size:
            with csv.open_csv(
                path,
                read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
                parse_options=csv.ParseOptions(newlines_in_values=True),
                convert_options=_as_written(table),
            ) as found:
                yield from found
    elif path.stat().st_size:
        yield from _read(path, table, form).to_batches()


def _as_written(table: Table) -> object:
    """How CSV's texts are read: null is nothing, an empty text two quotes."""
    from pyarrow import csv

    return csv.ConvertOptions(
        column_types=schema(table, "csv"),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
