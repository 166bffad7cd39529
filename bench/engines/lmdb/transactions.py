"""Transactions of several requests, as an application of DynamoDB would send them.

What is written is one TransactWriteItems, what is read by key one TransactGetItems: both cost
twice what the requests alone cost, and an item that is written twice is paid for once. A range is a
strongly consistent Query of each bucket it touches, beside the transaction: DynamoDB has none
inside. Of another table than the main one, whose partitions have no order, a range asks for each
of its keys.

Everything runs in one LMDB transaction, so that each request sees what those before it wrote; one
that only reads takes a snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import lmdb

from bench.engines.lmdb import capacity, ordering
from bench.engines.lmdb.codec import stored_size
from bench.engines.lmdb.environment import failed
from bench.engines.lmdb.handle import bucketed_keys, packed
from bench.engines.lmdb.schema import BUCKET_ROWS
from bench.engines.lmdb.table import walk
from bench.engines.requests import formed
from bench.engines.seam import OperationFailed, Row
from bench.engines.selection import index
from workloads.transactions import Part, Transactions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from bench.engines.lmdb.handle import Handle
    from bench.engines.lmdb.table import Table
    from workloads.spec.model import Operation
    from workloads.stream import Batch


@dataclass(slots=True)
class Bill:
    """Capacity of one transaction. `written`: size before and after of each item written."""

    get_units: float = 0.0
    query_units: float = 0.0
    index_units: int = 0
    written: dict[tuple[str, bytes], tuple[int | None, int | None]] = field(default_factory=dict)

    def write(self, table: Table, key: bytes, old: bytes | None, new: bytes | None) -> None:
        """Count a write of an item; a second one of the same item changes only its end."""
        place = (table.schema.name, key)
        before = None if old is None else stored_size(old)
        first = self.written[place][0] if place in self.written else before
        self.written[place] = (first, None if new is None else stored_size(new))

    @property
    def write_units(self) -> int:
        units = sum(capacity.write_units(*sizes) for sizes in self.written.values())
        return (units + self.index_units) * capacity.TRANSACTION_FACTOR


class Transaction:
    """Several requests, all or nothing. The raw answer is the list of their raw answers."""

    def __init__(self, handle: Handle, operation: Operation) -> None:
        items = operation.records_written
        if items > capacity.TRANSACTION_ITEMS:
            raise OperationFailed(
                "transaction-too-large",
                f"{items} items; at most {capacity.TRANSACTION_ITEMS} in a transaction",
            )
        plan = handle.plan
        self._handle = handle
        self._writes = operation.is_write
        self._meant = Transactions(
            operation=operation,
            dataset=plan.dataset,
            records=plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
        )
        self._steps = [
            _STEPS[part.step.kind](handle, self._meant, part) for part in self._meant.parts
        ]

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[Any, ...]]:
        columns = [step.encode(batch, rows) for step in self._steps]
        return list(zip(*columns, strict=True))

    def call(self, arguments: tuple[Any, ...]) -> list[Any]:
        bill = Bill()
        try:
            with self._handle.environment.begin(write=self._writes) as txn:
                return [
                    step.call(txn, argument, bill)
                    for step, argument in zip(self._steps, arguments, strict=True)
                ]
        except lmdb.Error as error:
            raise failed(error) from error
        finally:  # a transaction that is cancelled is paid for too
            self._charge(bill)

    def answer(self, raw: list[Any]) -> list[Row]:
        return [
            row for step, part in zip(self._steps, raw, strict=True) for row in step.answer(part)
        ]

    def _charge(self, bill: Bill) -> None:
        meter = self._handle.meter
        if bill.get_units:
            meter.read(bill.get_units)
        if bill.query_units:
            meter.read(bill.query_units)
        if bill.written:
            meter.write(bill.write_units)


class _Step:
    """One request of a transaction; `place` is the position of its one column, if it has one."""

    def __init__(self, handle: Handle, meant: Transactions, part: Part) -> None:
        table, column = meant.table(part), meant.column(part)
        self.table: Table = handle.tables[table.name]
        self.database = self.table.database
        self.meant, self.part = meant, part
        names = self.table.codec.names
        self.first = len(names) - len(table.columns)  # the bucket is no column
        self.place = None if column is None else names.index(column.name)

    def keys(self, numbers: npt.NDArray[np.int64]) -> list[bytes]:
        if self.table.schema.bucketed:
            return bucketed_keys(numbers)
        return ordering.integer_keys(numbers)

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        return self.keys(self.meant.keys(self.part, batch, index(rows)))

    def row(self, stored: bytes) -> Row:
        """What a read or a range of rows returns of an item."""
        values = self.table.codec.values(stored)
        return tuple(values[self.first :]) if self.place is None else (values[self.place],)

    def replace(
        self,
        txn: lmdb.Transaction[bytes],
        key: bytes,
        change: tuple[bytes | None, bytes | None],
        bill: Bill,
    ) -> None:
        """Put (or delete) an item, and count it."""
        old, new = change
        bill.write(self.table, key, old, new)
        units = self.table.replace(txn, key, old, new)
        sizes = (None if each is None else stored_size(each) for each in change)
        bill.index_units += units - capacity.write_units(*sizes)

    def answer(self, raw: Any) -> list[Row]:
        return [(raw,)]


class _Read(_Step):
    def call(self, txn: lmdb.Transaction[bytes], key: bytes, bill: Bill) -> bytes | None:
        stored = txn.get(key, None, self.database)
        size = 0 if stored is None else stored_size(stored)
        bill.get_units += capacity.read_units(size, "transactional")
        return stored

    def answer(self, raw: bytes | None) -> list[Row]:
        return [] if raw is None else [self.row(raw)]


class _Update(_Step):
    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        new = self.meant.new_values(self.part, batch, index(rows))
        return list(zip(super().encode(batch, rows), new, strict=True))

    def call(self, txn: lmdb.Transaction[bytes], argument: tuple[bytes, Any], bill: Bill) -> int:
        key, value = argument
        old = txn.get(key, None, self.database)
        if old is None:
            bill.write(self.table, key, None, None)
            return 0
        if self.part.step.add:
            before = self.table.codec.values(old)[self.place or 0]
            value = None if before is None else before + value
        new = self.table.codec.edit(old, [(self.place or 0, value)])
        self.replace(txn, key, (old, new), bill)
        return 1


class _Insert(_Step):
    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        made = self.meant.new_rows(self.part, batch, index(rows))
        keys, stored, _ = packed(self.table, made)
        return list(zip(keys, stored, strict=True))

    def call(self, txn: lmdb.Transaction[bytes], argument: tuple[bytes, bytes], bill: Bill) -> int:
        key, new = argument
        old = txn.get(key, None, self.database)
        if old is not None:
            bill.write(self.table, key, old, old)
            raise OperationFailed("conditional-check-failed", "the key exists")
        self.replace(txn, key, (None, new), bill)
        return 1


class _Delete(_Step):
    def call(self, txn: lmdb.Transaction[bytes], key: bytes, bill: Bill) -> int:
        old = txn.get(key, None, self.database)
        self.replace(txn, key, (old, None), bill)
        return int(old is not None)


class _Range(_Step):
    """The argument is the first key, the key behind the last one, and the buckets in between."""

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        numbers = self.meant.keys(self.part, batch, index(rows))
        ends = numbers + self.part.limit
        buckets = (ends - 1) // BUCKET_ROWS - numbers // BUCKET_ROWS + 1
        return list(zip(self.keys(numbers), self.keys(ends), buckets.tolist(), strict=True))

    def call(
        self, txn: lmdb.Transaction[bytes], argument: tuple[bytes, bytes, int], bill: Bill
    ) -> list[bytes]:
        start, stop, buckets = argument
        found = list(walk(txn, self.database, start, stop=stop))
        strong = capacity.READ_FACTOR["strong"]
        if not self.table.schema.bucketed:
            sizes = [stored_size(stored) for _, stored in found]
            absent = self.part.limit - len(found)
            bill.query_units += (sum(map(capacity.read_blocks, sizes)) + absent) * strong
        else:
            for number in range(buckets):
                bucket = [s for k, s in found if _bucket(k) == _bucket(start) + number]
                bill.query_units += capacity.page_blocks(map(stored_size, bucket)) * strong
        return [stored for _, stored in found]

    def answer(self, raw: list[bytes]) -> list[Row]:
        return formed([self.row(stored) for stored in raw], self.part.form)


def _bucket(key: bytes) -> int:
    """The bucket of a main item's primary key, in some numbering."""
    return int.from_bytes(key[: ordering.INTEGER_BYTES - 1], "big")


_STEPS: dict[str, Callable[[Handle, Transactions, Part], Any]] = {
    "read": _Read,
    "update": _Update,
    "insert": _Insert,
    "delete": _Delete,
    "range": _Range,
}
