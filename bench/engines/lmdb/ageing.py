"""Old items out, new items in, holes away, copies: what retention asks of the store.

Which items are old follows from the key, as keys are given out in the order of time. DynamoDB finds
them by an attribute that holds the second of expiry; what deleting them takes is the same.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import lmdb
import numpy as np

from bench.engines.lmdb import environment
from bench.engines.lmdb.environment import Store, failed, using
from bench.engines.lmdb.handle import Plan, bucketed_keys
from bench.engines.lmdb.loading import append
from bench.engines.lmdb.schema import design
from bench.engines.lmdb.table import Table, walk
from bench.engines.retention import Contents, synchronised

if TYPE_CHECKING:
    from bench.engines.lmdb.table import Transaction

# Items of one commit: what a BatchWriteItem takes, and one sweep of the time to live.
WAYS = {"ttl": 1_000, "delete": 25}
# Rows that are put in with one commit.
_BATCH_ROWS = 10_000
_DATA_FILE = "data.mdb"


def remove_below(store: Store, plan: Plan, way: str, key: int) -> tuple[int, float, float]:
    """Delete the items of the main table with lower keys: how many, seconds, write units.

    Each deletion that an application asks for consumes what its item is large; what the time to
    live deletes consumes nothing.
    """
    end = bucketed_keys(np.array([key], dtype=np.int64))[0]
    items, units = 0, 0
    begin_s = time.perf_counter()
    try:
        with using(store) as opened:
            table = Table(opened, next(iter(design(plan.dataset).values())), create=False)
            while True:
                with opened.begin(write=True) as txn:
                    due = list(islice(walk(txn, table.database, b"", stop=end), WAYS[way]))
                    units += sum(table.replace(txn, at, stored, None) for at, stored in due)
                items += len(due)
                if len(due) < WAYS[way]:
                    break
    except lmdb.Error as error:
        raise failed(error) from error
    return items, time.perf_counter() - begin_s, float(units if way == "delete" else 0)


def put_next(store: Store, plan: Plan, *, first_key: int, rows: int) -> float:
    """Put these records in, a commit a batch; seconds."""
    main, stop = plan.dataset.tables[0], first_key + rows
    begin_s = time.perf_counter()
    try:
        with using(store) as opened:
            table = Table(opened, design(plan.dataset)[main.name], create=False)
            for start in range(first_key, stop, _BATCH_ROWS):
                batch = plan.dataset.rows(
                    main.name,
                    start,
                    min(start + _BATCH_ROWS, stop),
                    seed=plan.seed,
                    record_size_bytes=plan.record_size_bytes,
                )
                append(opened, table, batch)
    except lmdb.Error as error:
        raise failed(error) from error
    return time.perf_counter() - begin_s


def contents(store: Store, plan: Plan) -> Mapping[str, Contents]:
    """Every item and every entry of the indexes, hashed in the order of the keys."""
    found = {}
    try:
        with using(store) as opened:
            tables = {
                name: Table(opened, schema, create=False)
                for name, schema in design(plan.dataset).items()
            }
            with opened.begin() as txn:
                for name, table in tables.items():
                    digest = hashlib.blake2b(digest_size=16)
                    rows = _hashed(txn, table.database, digest)
                    for index in table.indexes:
                        _hashed(txn, index.database, digest)
                    found[name] = Contents(rows, digest.hexdigest())
    except lmdb.Error as error:
        raise failed(error) from error
    return found


def copy(store: Store, into: Path, *, compacting: bool) -> float:
    """Copy the store while others use it; seconds until the copy is on the disk."""
    begin_s = time.perf_counter()
    try:
        with using(store) as opened:
            opened.copy(str(into), compact=compacting)
    except lmdb.Error as error:
        raise failed(error) from error
    synchronised((into / _DATA_FILE, into))
    return time.perf_counter() - begin_s


def compact(store: Store) -> None:
    """Put a copy without free pages in the place of the store, which nobody may have open."""
    spare = store.path.with_name(f"{store.path.name}-compact")
    spare.mkdir(mode=0o700)
    try:
        copy(store, spare, compacting=True)
        environment.remove(store)
        (spare / _DATA_FILE).replace(store.data_file)
        synchronised((store.path,))
    finally:
        shutil.rmtree(spare)


def _hashed(txn: Transaction, database: lmdb._Database, digest: hashlib.blake2b) -> int:
    """Add all of a database to a digest; how many entries there were."""
    count = 0
    for key, value in walk(txn, database, b""):
        digest.update(len(key).to_bytes(2, "little") + key + len(value).to_bytes(4, "little"))
        digest.update(value)
        count += 1
    return count
