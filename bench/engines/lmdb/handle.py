"""What a session's requests share: the open tables, the dataset, and the meter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from bench.engines.lmdb import itemsize, ordering
from bench.engines.lmdb.columns import integers, plain, row_sizes, values
from bench.engines.lmdb.schema import BUCKET_ROWS
from bench.engines.lmdb.table import Meter, Table

if TYPE_CHECKING:
    import lmdb
    import numpy.typing as npt

    from bench.engines.lmdb.capacity import Consistency
    from workloads.datasets.seam import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which logical rows are in the store, and how they are read; picklable."""

    dataset: Dataset
    records: int
    seed: int
    record_size_bytes: float | None
    consistency: Consistency


@dataclass(slots=True, kw_only=True)
class Handle:
    """One session's view of the store. `taps` add what fast paths count by themselves."""

    environment: lmdb.Environment
    plan: Plan
    main: Table
    child: Table | None
    tables: dict[str, Table]
    meter: Meter = field(default_factory=Meter)
    taps: list[Any] = field(default_factory=list)


def packed(table: Table, batch: pa.RecordBatch) -> tuple[list[bytes], list[bytes], int]:
    """Rows of a table as primary keys and stored items, and the logical bytes in them."""
    schema = table.schema
    columns = {name: plain(batch.column(name)) for name in batch.schema.names}
    sizes = np.zeros(batch.num_rows, dtype=np.int64)
    listed: list[list[Any]] = []
    if schema.bucketed and schema.sort is not None:
        keys = integers(columns[schema.sort])
        bucket = keys // BUCKET_ROWS
        sizes += itemsize.integer_sizes(bucket) + itemsize.text_size(schema.partition)
        listed.append(bucket.tolist())
        primary = bucketed_keys(keys)
    else:
        primary = ordering.integer_keys(integers(columns[schema.partition]))
    item_sizes, logical = row_sizes(columns, schema.paths)
    sizes += item_sizes
    listed += [values(column) for column in columns.values()]
    rows = list(zip(*listed, strict=True))
    return primary, table.codec.pack_plain(rows, sizes.tolist()), logical


def bucketed_keys(keys: npt.NDArray[np.int64]) -> list[bytes]:
    """Primary keys of main items."""
    return ordering.integer_keys(keys // BUCKET_ROWS, keys)


def new_rows(plan: Plan, keys: npt.NDArray[np.int64]) -> pa.RecordBatch:
    """The main rows of these keys, in this order."""
    return plan.dataset.rows_at(
        plan.dataset.tables[0].name, keys, seed=plan.seed, record_size_bytes=plan.record_size_bytes
    )
