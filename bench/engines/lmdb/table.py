"""One table in LMDB: the primitives that every request is made of, with what each consumes.

A table is one LMDB database of items by primary key, and one for each index of its projected
entries. A write changes the table and its indexes in the same transaction. Reads and writes take
place inside a transaction that the caller opened; consumed units go to a `Meter`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bench.engines.lmdb import capacity, ordering
from bench.engines.lmdb.codec import Codec, stored_size
from bench.engines.lmdb.nested import NestedCodec
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    import lmdb

    from bench.engines.lmdb.capacity import Consistency
    from bench.engines.lmdb.itemsize import Attribute, Item
    from bench.engines.lmdb.schema import IndexSchema, TableSchema

    Transaction = lmdb.Transaction[bytes]

Condition = Callable[["Item | None"], bool]


def exists(item: Item | None) -> bool:
    """Condition: the item is there."""
    return item is not None


def absent(item: Item | None) -> bool:
    """Condition: the item is not there."""
    return item is None


@dataclass(slots=True)
class Meter:
    """Consumed capacity, cumulative; `requests` are the calls an application would make."""

    read_units: float = 0.0
    write_units: float = 0.0
    requests: int = 0

    def read(self, units: float) -> None:
        """Count one request that reads."""
        self.requests += 1
        self.read_units += units

    def write(self, units: float) -> None:
        """Count one request that writes."""
        self.requests += 1
        self.write_units += units


@dataclass(frozen=True, slots=True)
class IndexHandle:
    """One secondary index, open."""

    schema: IndexSchema
    database: lmdb._Database
    codec: Codec


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a write transaction: the item afterwards (None: deleted), and its condition."""

    key: bytes
    item: Item | None
    condition: Condition | None = None


class Table:
    """One table, open in this process."""

    def __init__(self, environment: lmdb.Environment, schema: TableSchema, *, create: bool) -> None:
        self.schema = schema
        self.codec = _codec(schema, schema.attributes)
        self.database = environment.open_db(b"t:" + schema.name.encode(), create=create)
        self.indexes = tuple(
            IndexHandle(
                index,
                environment.open_db(f"i:{schema.name}:{index.name}".encode(), create=create),
                _codec(schema, _index_names(schema, index)),
            )
            for index in schema.indexes
        )

    def get(
        self, txn: Transaction, key: bytes, meter: Meter, consistency: Consistency = "eventual"
    ) -> Item | None:
        """GetItem."""
        stored = txn.get(key, None, self.database)
        size = 0 if stored is None else stored_size(stored)
        meter.read(capacity.read_units(size, consistency))
        return None if stored is None else self.codec.decode(stored)

    def write(
        self, txn: Transaction, change: Change, meter: Meter, *, transactional: bool = False
    ) -> Item | None:
        """PutItem, UpdateItem or DeleteItem of a whole item; the item before.

        A condition that does not hold raises OperationFailed, and is paid for all the same.
        """
        old = txn.get(change.key, None, self.database)
        before = None if old is None else self.codec.decode(old)
        if change.condition is not None and not change.condition(before):
            size = None if old is None else stored_size(old)
            meter.write(capacity.write_units(size, None, transactional=transactional))
            raise OperationFailed("conditional-check-failed")
        new = None if change.item is None else self.codec.encode(change.item)
        units = self.replace(txn, change.key, old, new)
        meter.write(units * (capacity.TRANSACTION_FACTOR if transactional else 1))
        return before

    def transact(self, txn: Transaction, changes: Sequence[Change], meter: Meter) -> None:
        """TransactWriteItems: all or nothing; the caller aborts `txn` when this raises."""
        if len(changes) > capacity.TRANSACTION_ITEMS:
            raise OperationFailed(
                "transaction-too-large",
                f"{len(changes)} items; at most {capacity.TRANSACTION_ITEMS} in a transaction",
            )
        spent = Meter()
        failures = 0
        for change in changes:
            try:
                self.write(txn, change, spent, transactional=True)
            except OperationFailed as failure:
                if failure.kind != "conditional-check-failed":
                    raise
                failures += 1
        meter.write(spent.write_units)
        if failures:
            raise OperationFailed("transaction-cancelled", f"{failures} conditions did not hold")

    def replace(self, txn: Transaction, key: bytes, old: bytes | None, new: bytes | None) -> int:
        """Put (or delete) a stored item where `old` was, indexes too; write units of all."""
        if new is not None:
            txn.put(key, new, True, True, False, self.database)
        elif old is not None:
            txn.delete(key, b"", self.database)
        units = capacity.write_units(
            None if old is None else stored_size(old), None if new is None else stored_size(new)
        )
        if self.indexes:
            before = None if old is None else self.codec.decode(old)
            after = None if new is None else self.codec.decode(new)
            units += sum(self._index(txn, index, before, after) for index in self.indexes)
        return units

    def entry(
        self, index: IndexHandle, item: Mapping[str, Attribute]
    ) -> tuple[bytes, bytes] | None:
        """An item's key and stored entry in an index; None when it has none."""
        key = self.schema.index_key(index.schema, item)
        if key is None:
            return None
        return key, index.codec.encode(self.schema.projected(index.schema, item))

    def query(
        self, txn: Transaction, partition: Attribute, *, index: IndexHandle | None = None
    ) -> Iterator[bytes]:
        """Stored items (or entries) of one partition key, in the order of the sort key."""
        database = self.database if index is None else index.database
        prefix = ordering.partition(partition)
        return (value for _, value in walk(txn, database, prefix, stop=ordering.after(prefix)))

    def expire(self, txn: Transaction, now_s: int, *, limit: int = 1000) -> int:
        """Delete items whose time to live has passed, at most `limit`; this consumes nothing."""
        name = self.schema.time_to_live
        if name is None:
            return 0
        past = (
            (key, stored)
            for key, stored in walk(txn, self.database, b"")
            if isinstance(due := self.codec.decode(stored).get(name), int) and due < now_s
        )
        expired = list(islice(past, limit))
        for key, stored in expired:
            self.replace(txn, key, stored, None)
        return len(expired)

    def _index(
        self, txn: Transaction, index: IndexHandle, before: Item | None, after: Item | None
    ) -> int:
        old = None if before is None else self.entry(index, before)
        new = None if after is None else self.entry(index, after)
        if old is not None and (new is None or new[0] != old[0]):
            txn.delete(old[0], b"", index.database)
        if new is not None and new != old:
            txn.put(new[0], new[1], True, True, False, index.database)
        return capacity.index_write_units(
            None if old is None else stored_size(old[1]),
            None if new is None else stored_size(new[1]),
            same_key=old is not None and new is not None and old[0] == new[0],
            changed=old != new,
        )


def walk(
    txn: Transaction, database: lmdb._Database, start: bytes, *, stop: bytes | None = None
) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values from `start` on, in key order, below `stop`."""
    cursor = txn.cursor(database)
    if not cursor.set_range(start) if start else not cursor.first():
        return
    for key, value in cursor.iternext(True, True):
        if stop is not None and key >= stop:
            return
        yield key, value


def _codec(schema: TableSchema, names: tuple[str, ...]) -> Codec:
    """The stored form of items with these attributes."""
    if not schema.paths:
        return Codec(names)
    paths = dict(zip(schema.attributes, schema.paths, strict=True))
    return NestedCodec(names, [paths[name] for name in names])


def _index_names(schema: TableSchema, index: IndexSchema) -> tuple[str, ...]:
    """The declared attributes that an index's entries have, in the table's order."""
    if index.projection is None:
        return schema.attributes
    whole = dict.fromkeys(schema.attributes, 0)
    return tuple(schema.projected(index, whole))
