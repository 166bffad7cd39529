"""The main table as several files, the oldest first: a file is what is dropped, or added, at once.

drop     delete the files all of whose keys are lower
rewrite  write the files that hold lower keys anew, without them: what one file needs
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bench.engines.files import formats, reading
from bench.engines.retention import synchronised
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.engines.seam import LoadPlan
    from workloads.datasets.seam import Table

_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the main table: its name, how many rows, and the first key after them."""

    name: str
    rows: int
    stop: int


def drop_below(
    directory: Path, parts: tuple[Part, ...], key: int
) -> tuple[tuple[Part, ...], int, float]:
    """Delete what lies below the key as a whole: what is left, rows that went, seconds."""
    gone = [part for part in parts if part.stop <= key]
    begin_s = time.perf_counter()
    for part in gone:
        (directory / part.name).unlink()
    synchronised((directory,))
    seconds = time.perf_counter() - begin_s
    return tuple(p for p in parts if p not in gone), sum(p.rows for p in gone), seconds


def rewrite_below(
    directory: Path, parts: tuple[Part, ...], table: Table, form: str, key: int
) -> tuple[tuple[Part, ...], int, float]:
    """Take the rows with lower keys out of the files: what is left, rows that went, seconds."""
    kept, gone = [], 0
    begin_s = time.perf_counter()
    for number, part in enumerate(parts):
        first = parts[number - 1].stop if number else None
        if first is not None and first >= key:
            kept.append(part)
            continue
        path = directory / part.name
        left = (
            batch.filter(pc.greater_equal(batch.column(table.key), key))
            for batch in reading.batches(path, table, form)
        )
        rows = _written(path, table, form, left)
        gone += part.rows - rows
        kept.append(Part(part.name, rows, part.stop))
    return tuple(kept), gone, time.perf_counter() - begin_s


def add_part(
    directory: Path, plan: LoadPlan, form: str, *, number: int, first_key: int, rows: int
) -> tuple[Part, float]:
    """Write the next records as a file of their own; seconds."""
    table, stop = plan.dataset.tables[0], first_key + rows
    begin_s = time.perf_counter()
    path = formats.part_of(directory, 0, form, number)
    made = (
        plan.dataset.rows(
            table.name,
            start,
            min(start + _BATCH_ROWS, stop),
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
        )
        for start in range(first_key, stop, _BATCH_ROWS)
    )
    _written(path, table, form, made)
    return Part(path.name, rows, stop), time.perf_counter() - begin_s


def empty_part(directory: Path, table: Table, form: str, *, number: int, stop: int) -> Part:
    """A file without rows, so that the table is there when all is gone."""
    path = formats.part_of(directory, 0, form, number)
    _written(path, table, form, [])
    return Part(path.name, 0, stop)


def _written(path: Path, table: Table, form: str, batches: Iterable[pa.RecordBatch]) -> int:
    """Write a file that appears whole or not at all; its rows."""
    part, rows = path.with_suffix(".part"), 0
    try:
        with formats.FORMATS[form].open(part, table) as writer:
            for batch in batches:
                if batch.num_rows:
                    writer.write_batch(batch)
                    rows += batch.num_rows
        synchronised((part,))
        part.replace(path)
        synchronised((path.parent,))
    except OSError as error:
        raise PlaceError(
            f"the {form} files cannot be written: {error.strerror}",
            hint="free some disk space, or put the working directory on another disk",
        ) from error
    return rows
