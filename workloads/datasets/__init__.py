"""Generators of logical rows: each module in this folder is one dataset, found by its name.

A dataset module defines `DATASET` (see `seam`) and bears the dataset's name. Importing it is
cheap: numpy and pyarrow come in only when rows are made.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from workloads.datasets.seam import Column, Dataset, Roles, Table
from workloads.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from workloads.spec.model import Workload

__all__ = [
    "DEFAULT",
    "Column",
    "Dataset",
    "Roles",
    "Table",
    "canonical",
    "chunks",
    "get",
    "names",
    "of",
    "schema",
]

DEFAULT = "records"
NOT_DATASETS = frozenset({"seam"})
CHUNK_BYTES = 8 << 20  # of one batch: large enough to be vectorised, small enough to be no burden
CHUNK_ROWS = 65_536


def names() -> tuple[str, ...]:
    """Names of all datasets, sorted; imports none of them."""
    found = (m.name for m in pkgutil.iter_modules(__path__) if not m.ispkg)
    return tuple(sorted(name for name in found if name not in NOT_DATASETS))


def get(name: str) -> Dataset:
    """The dataset of this name; InputError names the nearest when there is none."""
    if name not in names():
        import difflib

        near = difflib.get_close_matches(name, names(), n=1)
        guess = f"did you mean '{near[0]}'? " if near else ""
        raise InputError(
            f"there is no dataset '{name}'", hint=f"{guess}datasets: {', '.join(names())}"
        )
    dataset: Dataset = importlib.import_module(f"{__name__}.{name}").DATASET
    return dataset


def of(workload: Workload) -> Dataset:
    """The dataset of a workload: its own file's, else the one it names, else the default."""
    from workloads.spec.sources import data_path

    path = data_path(workload)
    if path is None:
        return get(workload.data.dataset or DEFAULT)
    from workloads.datasets.own import of_file

    return of_file(path, key=workload.data.key)


def table_of(dataset: Dataset, name: str) -> Table:
    """The table of this name in a dataset; InputError when it has none."""
    for table in dataset.tables:
        if table.name == name:
            return table
    known = ", ".join(table.name for table in dataset.tables)
    raise InputError(f"dataset '{dataset.name}' has no table '{name}'", hint=f"tables: {known}")


def schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table's rows; timestamps are microseconds in UTC."""
    import pyarrow as pa

    types = {
        "int64": pa.int64(),
        "float64": pa.float64(),
        "string": pa.string(),
        "timestamp_us": pa.timestamp("us", tz="UTC"),
        "bool": pa.bool_(),
    }
    return pa.schema(
        [pa.field(column.name, types[column.kind], column.nullable) for column in table.columns]
    )


def canonical(
    batch: pa.RecordBatch | pa.Table,
) -> list[tuple[int | float | str | bool | None, ...]]:
    """Rows as canonical tuples: int, float, str, bool, None; a timestamp is its microseconds."""
    import pyarrow as pa

    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for column in batch.columns
    ]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def chunks(
    dataset: Dataset,
    table: str,
    records: int,
    *,
    seed: int,
    record_size_bytes: float | None = None,
    size: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """All rows of `table`, in order, when the main table holds `records` rows.

    `size` is rows a batch; by default as many as make about 8 MiB (at most 65,536), so memory
    does not depend on the number of rows.
    """
    total = dataset.row_count(table, records)
    if size is None:
        row_bytes = record_size_bytes or dataset.default_record_size_bytes()
        size = max(1, min(CHUNK_ROWS, int(CHUNK_BYTES / row_bytes)))
    for start in range(0, total, size):
        stop = min(start + size, total)
        yield dataset.rows(table, start, stop, seed=seed, record_size_bytes=record_size_bytes)
