"""Bulk loading: Arrow batches in, sorted append into LMDB.

Sizes of numbers and texts are computed for whole columns; only the packing of an item and the
append happen once per row. Nothing grows with the number of rows: a transaction per chunk, and
no waiting for the disk until the end.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import lmdb

from bench.engines.atrest import NotStorable
from bench.engines.lmdb import environment, ordering
from bench.engines.lmdb.codec import TOO_LARGE
from bench.engines.lmdb.columns import integers, plain
from bench.engines.lmdb.handle import packed
from bench.engines.lmdb.schema import design
from bench.engines.lmdb.table import IndexHandle, Table
from bench.engines.seam import Loaded, OperationFailed
from results.record import StoredPart
from workloads import datasets
from workloads.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.engines.lmdb.environment import Store
    from bench.engines.seam import LoadPlan


def load(store: Store, plan: LoadPlan) -> Loaded:
    """Put the plan's rows into an empty store; PlaceError when they do not fit."""
    start_s = time.perf_counter()
    try:
        with environment.using(replace(store, synchronous=False)) as opened:
            logical = sum(_load_tables(opened, plan))
            opened.sync(True)
    except lmdb.Error as error:
        if environment.is_full(error):
            raise environment.no_room(store) from error
        raise
    except OperationFailed as failure:
        if failure.kind == TOO_LARGE:
            raise NotStorable(f"{failure}, as in DynamoDB (400 KB, names included)") from failure
        raise InputError(f"the data set cannot be loaded: {failure}") from failure
    return Loaded(
        rows=plan.dataset.row_count(plan.dataset.tables[0].name, plan.records),
        logical_bytes=logical,
        stored_bytes=stored_bytes(store),
        seconds=time.perf_counter() - start_s,
        parts=stored_parts(store, plan),
    )


def stored_parts(store: Store, plan: LoadPlan) -> tuple[StoredPart, ...]:
    """Bytes of the pages of each table's and each index's database."""
    found = []
    with environment.using(store) as opened:
        for name, schema in design(plan.dataset).items():
            table = Table(opened, schema, create=False)
            databases: list[tuple[str | None, lmdb._Database]] = [(None, table.database)]
            databases += [(index.schema.name, index.database) for index in table.indexes]
            with opened.begin() as txn:
                for index, database in databases:
                    stat = txn.stat(database)
                    pages = stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"]
                    size = int(pages * stat["psize"])
                    found.append(StoredPart(table=name, index=index, stored_bytes=size))
    return tuple(found)


def stored_bytes(store: Store) -> int | None:
    """Bytes that the data file takes on the disk; None before there is one."""
    try:
        return store.data_file.stat().st_blocks * 512
    except FileNotFoundError:
        return None


def _load_tables(opened: lmdb.Environment, plan: LoadPlan) -> Iterator[int]:
    """Load every table; the logical bytes of each chunk."""
    dataset = plan.dataset
    counts = {t.name: dataset.row_count(t.name, plan.records) for t in dataset.tables}
    done = 0
    for name, schema in design(dataset).items():
        table = Table(opened, schema, create=True)
        for batch in datasets.chunks(
            dataset,
            name,
            plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
        ):
            yield append(opened, table, batch)
            done += batch.num_rows
            if plan.progress is not None:
                plan.progress(done, sum(counts.values()))


def append(opened: lmdb.Environment, table: Table, batch: pa.RecordBatch) -> int:
    """Write one chunk; the logical bytes in it."""
    keys, stored, logical = packed(table, batch)
    with opened.begin(write=True) as txn:
        _put(txn, table.database, keys, stored)
        for index in table.indexes:
            entries = sorted(_entries(table, index, batch, list(zip(keys, stored, strict=True))))
            if entries:
                _put(txn, index.database, *map(list, zip(*entries, strict=True)))
    return logical


def _put(
    txn: lmdb.Transaction[bytes],
    database: lmdb._Database,
    keys: Sequence[bytes],
    stored: Sequence[bytes],
) -> None:
    """Put items; at the end of the database where sorted keys belong there."""
    cursor = txn.cursor(database)
    at_end = not cursor.last() or cursor.key() < keys[0]
    rising = at_end and all(map(bytes.__lt__, keys, keys[1:]))
    cursor.putmulti(zip(keys, stored, strict=True), append=rising)


def _entries(
    table: Table, index: IndexHandle, batch: pa.RecordBatch, items: list[tuple[bytes, bytes]]
) -> Iterator[tuple[bytes, bytes]]:
    """Keys and stored forms of a chunk's entries in one index."""
    schema = index.schema
    names = [name for name in (schema.partition, schema.sort) if name is not None]
    named = [plain(batch.column(name)) for name in names]
    whole = schema.projection is None  # then an entry is stored exactly as the item is
    if whole and all(str(column.type) == "int64" and not column.null_count for column in named):
        prefixes = ordering.integer_keys(*map(integers, named))
        for prefix, (key, stored) in zip(prefixes, items, strict=True):
            yield prefix + key, stored
        return
    for _, stored in items:
        entry = table.entry(index, table.codec.decode(stored))
        if entry is not None:
            yield entry
