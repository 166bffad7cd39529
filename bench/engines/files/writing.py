"""Writes a dataset as files, chunk by chunk: memory does not grow with the number of rows.

Only pyarrow is used: the parent process never imports what reads the files, as the threads of
that would not survive a fork.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bench.engines.files.ageing import Part
from bench.engines.files.formats import FORMATS, file_of, part_of
from bench.engines.retention import bounds
from bench.engines.seam import Loaded
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.engines.seam import LoadPlan

ROW_GROUP_ROWS = 65_536  # large enough for scans, small enough to prune for points
ROW_GROUP_BYTES = 32 << 20  # of logical rows: what is in memory while writing
NUMBER_BYTES = 8


def write(directory: Path, plan: LoadPlan, form: str, *, parts: int = 0) -> Loaded:
    """Write every table anew; each file appears whole or not at all.

    The main table becomes one file, or `parts` of them, cut by key.
    """
    start_s = time.perf_counter()
    dataset = plan.dataset
    size_bytes = plan.record_size_bytes or dataset.default_record_size_bytes()
    rows = max(1, min(ROW_GROUP_ROWS, int(ROW_GROUP_BYTES / size_bytes)))
    total = sum(dataset.row_count(table.name, plan.records) for table in dataset.tables)
    done, logical = 0, 0
    try:
        _clear(directory)
        for number, table in enumerate(dataset.tables):
            count = dataset.row_count(table.name, plan.records)
            for whole, start, stop in _files(directory, number, form, count, parts):
                part = whole.with_suffix(".part")
                with FORMATS[form].open(part, table) as writer:
                    for first in range(start, stop, rows):
                        batch = dataset.rows(
                            table.name,
                            first,
                            min(first + rows, stop),
                            seed=plan.seed,
                            record_size_bytes=plan.record_size_bytes,
                        )
                        writer.write_batch(batch)
                        logical += logical_bytes(batch)
                        done += batch.num_rows
                        if plan.progress is not None:
                            plan.progress(done, total)
                _synchronised(part)
                part.replace(whole)
        _synchronised(directory)
    except OSError as error:
        raise PlaceError(
            f"the {form} files cannot be written: {error.strerror}",
            hint="free some disk space, or put the working directory on another disk",
        ) from error
    return Loaded(
        rows=dataset.row_count(dataset.tables[0].name, plan.records),
        logical_bytes=logical,
        stored_bytes=stored_bytes(directory),
        seconds=time.perf_counter() - start_s,
    )


def _files(
    directory: Path, number: int, form: str, rows: int, parts: int
) -> list[tuple[Path, int, int]]:
    """The files of a table, each with its first row and the one after its last."""
    if number or not parts:
        return [(file_of(directory, number, form), 0, rows)]
    edges = (0, *(bounds(rows, parts) or (rows,)))
    return [
        (part_of(directory, number, form, part), edges[part], edges[part + 1])
        for part in range(len(edges) - 1)
    ]


def parts(directory: Path, form: str, rows: int, count: int) -> tuple[Part, ...]:
    """The files into which `write` has cut the main table of so many rows; none: it is one."""
    if not count:
        return ()
    return tuple(
        Part(path.name, stop - start, stop)
        for path, start, stop in _files(directory, 0, form, rows, count)
    )


def stored_bytes(directory: Path) -> int:
    """Bytes of all files."""
    return sum(file.stat().st_size for file in directory.glob("table-*"))


def logical_bytes(batch: pa.RecordBatch) -> int:
    """The sum of the values' bytes: UTF-8 of text, 8 of a number or moment, 1 of a flag."""
    total = 0
    for column in batch.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            total += pc.sum(pc.binary_length(column)).as_py() or 0
        else:
            width = 1 if pa.types.is_boolean(column.type) else NUMBER_BYTES
            total += width * (len(column) - column.null_count)
    return total


def _clear(directory: Path) -> None:
    """Remove files of a loading before, and what one that was interrupted left."""
    for old in directory.glob("table-*"):
        old.unlink()


def _synchronised(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
