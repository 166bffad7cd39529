"""Reads by key: GetItem, and the same of many keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.engines.lmdb import capacity
from bench.engines.lmdb.api import compiled
from bench.engines.lmdb.api.answers import Consumed, Got, Several
from bench.engines.lmdb.api.errors import invalid
from bench.engines.lmdb.codec import stored_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    import lmdb

    from bench.engines.lmdb.api.requests import Get
    from bench.engines.lmdb.api.rules import Rules
    from bench.engines.lmdb.api.tables import OpenTable
    from bench.engines.lmdb.capacity import Consistency
    from bench.engines.lmdb.itemsize import Item

    Transaction = lmdb.Transaction[bytes]
    Tables = Mapping[str, OpenTable]

BATCH_KEYS = 100
BATCH_BYTES = 16 * 1024 * 1024
TRANSACTION_BYTES = 4 * 1024 * 1024


def get(txn: Transaction, table: OpenTable, request: Get) -> Got:
    """GetItem."""
    stored = table.space.get(txn, table.primary(request.key))
    factor = 1.0 if request.consistent else 0.5
    if stored is None:
        if request.projection is not None or request.names is not None:
            _project(request, table, {})
        return Got(None, Consumed(request.table, factor))
    consumed = Consumed(request.table, stored[0] * factor)  # byte 0: its blocks of 4 KiB
    item = table.codec.decode(stored)
    if request.projection is not None or request.names is not None:
        item = _project(request, table, item)
    return Got(item, consumed)


def batch(
    txn: Transaction, tables: Tables, requests: Sequence[Get], missing_blocks: int
) -> Several:
    """BatchGetItem: what goes beyond 16 MB of items is left unprocessed."""
    if not 0 < len(requests) <= BATCH_KEYS:
        raise invalid(f"BatchGetItem takes 1 to {BATCH_KEYS} keys")
    keys = _distinct(tables, requests, "Provided list of item keys contains duplicates")
    consumed = {request.table: Consumed(request.table) for request in requests}
    items: list[Item | None] = []
    unprocessed: list[int] = []
    left = BATCH_BYTES
    for place, (request, key) in enumerate(zip(requests, keys, strict=True)):
        table = tables[request.table]
        stored = table.space.get(txn, key)
        size = 0 if stored is None else stored_size(stored)
        if size > left:
            unprocessed.append(place)
            items.append(None)
            continue
        left -= size
        blocks = missing_blocks if stored is None else capacity.read_blocks(size)
        consumed[request.table].table_units += blocks * (1.0 if request.consistent else 0.5)
        items.append(
            None if stored is None else _project(request, table, table.codec.decode(stored))
        )
    return Several(consumed, tuple(items), tuple(unprocessed))


def transact(txn: Transaction, tables: Tables, requests: Sequence[Get], rules: Rules) -> Several:
    """TransactGetItems: all from one snapshot, at two units for each block of 4 KiB."""
    if not 0 < len(requests) <= rules.transaction_items:
        raise invalid(f"TransactGetItems takes 1 to {rules.transaction_items} keys")
    keys = _distinct(
        tables, requests, "Transaction request cannot include multiple operations on one item"
    )
    kind: Consistency = "transactional"
    consumed = {request.table: Consumed(request.table) for request in requests}
    items: list[Item | None] = []
    total = 0
    for request, key in zip(requests, keys, strict=True):
        table = tables[request.table]
        stored = table.space.get(txn, key)
        size = 0 if stored is None else stored_size(stored)
        total += size
        consumed[request.table].table_units += capacity.read_units(size, kind)
        items.append(
            None if stored is None else _project(request, table, table.codec.decode(stored))
        )
    if total > TRANSACTION_BYTES:
        raise invalid("The items of a transaction may have 4 MB in all")
    return Several(consumed, tuple(items))


def _distinct(tables: Tables, requests: Sequence[Get], problem: str) -> list[bytes]:
    """The keys of the requests; Refused when two are of one item."""
    keys = [tables[request.table].primary(request.key) for request in requests]
    named = {(request.table, key) for request, key in zip(requests, keys, strict=True)}
    if len(named) < len(keys):
        raise invalid(problem)
    return keys


def _project(request: Get, table: OpenTable, item: Item) -> Item:
    if request.projection is None and request.names is None:
        return item
    using = compiled.substitutions(request.names, None, table.key_names(None))
    project = compiled.projection(request.projection, using)
    using.check_all_used()
    return item if project is None else project(item)
