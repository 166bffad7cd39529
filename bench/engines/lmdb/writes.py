"""The requests that write, as an application of DynamoDB would send them.

    insert             PutItem, on condition that the key is new
    update             UpdateItem, on condition that the item exists; several: TransactWriteItems
    read-modify-write  GetItem (strongly consistent), then UpdateItem on condition that the item
                       is still as it was read; both again when it is not
    delete             DeleteItem that returns the item

Every call is one LMDB transaction, and with durability `full` it returns when the commit is on
disk. Writers of all processes take turns: LMDB has one writer at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import lmdb
import numpy as np

from bench.engines.lmdb import capacity
from bench.engines.lmdb.codec import stored_size
from bench.engines.lmdb.environment import failed
from bench.engines.lmdb.handle import Handle, bucketed_keys, new_rows, packed
from bench.engines.seam import OperationFailed, Row
from bench.engines.selection import index
from workloads.stream import column_token, extra_keys_of

if TYPE_CHECKING:
    from workloads.spec.model import Operation
    from workloads.stream import Batch

    Changes = list[tuple[int, Any]]

_ATTEMPTS = 100  # of an optimistic write before it counts as failed
_CHECK_FAILED = "conditional-check-failed"


class Insert:
    """PutItem of a new item."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[bytes, bytes]]:
        made = new_rows(self._handle.plan, batch.key[index(rows)])
        keys, stored, _ = packed(self._handle.main, made)
        return list(zip(keys, stored, strict=True))

    def call(self, argument: tuple[bytes, bytes]) -> int:
        key, stored = argument
        table, meter = self._handle.main, self._handle.meter
        try:
            with self._handle.environment.begin(table.database, write=True) as txn:
                old = txn.get(key)
                if old is not None:
                    meter.write(capacity.write_units(stored_size(old), None))
                    raise OperationFailed(_CHECK_FAILED, "the key exists")
                meter.write(table.replace(txn, key, None, stored))
        except lmdb.Error as error:
            raise failed(error) from error
        return 1

    def answer(self, raw: int) -> list[Row]:
        return [(raw,)]


class Update:
    """UpdateItem, or TransactWriteItems of several. The raw answer is the number changed."""

    def __init__(self, handle: Handle, operation: Operation) -> None:
        self._handle = handle
        self._targets = _Targets(handle, operation)
        self.call = self._one if self._targets.items == 1 else self._several

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[Any, Changes]]:
        return self._targets.encode(batch, rows)

    def _one(self, argument: tuple[list[bytes], Changes]) -> int:
        (key,), changes = argument
        table, meter = self._handle.main, self._handle.meter
        try:
            with self._handle.environment.begin(table.database, write=True) as txn:
                old = txn.get(key)
                if old is None:  # the condition fails, and is paid for
                    meter.write(capacity.write_units(None, None))
                    return 0
                meter.write(table.replace(txn, key, old, table.codec.edit(old, changes)))
        except lmdb.Error as error:
            raise failed(error) from error
        return 1

    def _several(self, argument: tuple[list[bytes], Changes]) -> int:
        keys, changes = argument
        try:
            with self._handle.environment.begin(self._handle.main.database, write=True) as txn:
                return _transact(self._handle, txn, keys, changes)
        except lmdb.Error as error:
            raise failed(error) from error

    def answer(self, raw: int) -> list[Row]:
        return [(raw,)]


class ReadModifyWrite:
    """GetItem, then a conditional UpdateItem (of several: TransactWriteItems).

    The raw answer is the item as it was read.
    """

    def __init__(self, handle: Handle, operation: Operation) -> None:
        self._handle = handle
        self._targets = _Targets(handle, operation)
        self._several = self._targets.items > 1

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[bytes, Any]]:
        keys = bucketed_keys(batch.key[index(rows)])
        return list(zip(keys, self._targets.encode(batch, rows), strict=True))

    def call(self, argument: tuple[bytes, tuple[list[bytes], Changes]]) -> bytes | None:
        key, (keys, changes) = argument
        table, meter, begin = self._handle.main, self._handle.meter, self._handle.environment.begin
        try:
            for _ in range(_ATTEMPTS):
                with begin(table.database) as snapshot:
                    read = snapshot.get(key)
                size = 0 if read is None else stored_size(read)
                meter.read(capacity.read_units(size, "strong"))
                if read is None and not self._several:
                    return None
                with begin(table.database, write=True) as txn:
                    if txn.get(key) == read:
                        if self._several:
                            _transact(self._handle, txn, keys, changes)
                        elif read is not None:
                            changed = table.codec.edit(read, changes)
                            meter.write(table.replace(txn, key, read, changed))
                        return read
                meter.write(capacity.write_units(size, None, transactional=self._several))
        except lmdb.Error as error:
            raise failed(error) from error
        raise OperationFailed(_CHECK_FAILED, f"the item changed {_ATTEMPTS} times meanwhile")

    def answer(self, raw: bytes | None) -> list[Row]:
        return [] if raw is None else [tuple(self._handle.main.codec.values(raw)[1:])]


class Delete:
    """DeleteItem; the raw answer is the number deleted."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[bytes]:
        return bucketed_keys(batch.key[index(rows)])

    def call(self, key: bytes) -> int:
        table = self._handle.main
        try:
            with self._handle.environment.begin(table.database, write=True) as txn:
                old = txn.get(key)
                self._handle.meter.write(table.replace(txn, key, old, None))
        except lmdb.Error as error:
            raise failed(error) from error
        return int(old is not None)

    def answer(self, raw: int) -> list[Row]:
        return [(raw,)]


def _transact(
    handle: Handle, txn: lmdb.Transaction[bytes], keys: Sequence[bytes], changes: Changes
) -> int:
    """TransactWriteItems on condition that each item exists; the number changed.

    Where some are missing it is cancelled, and sent again without them: the reasons of a
    cancellation name them. Both attempts are paid for.
    """
    if len(keys) > capacity.TRANSACTION_ITEMS:
        raise OperationFailed(
            "transaction-too-large",
            f"{len(keys)} items; at most {capacity.TRANSACTION_ITEMS} in a transaction",
        )
    table, meter = handle.main, handle.meter
    before = [txn.get(key) for key in keys]
    present = [(key, old) for key, old in zip(keys, before, strict=True) if old is not None]
    if len(present) < len(keys):
        sizes = (None if old is None else stored_size(old) for old in before)
        meter.write(sum(capacity.write_units(n, None, transactional=True) for n in sizes))
    units = sum(
        table.replace(txn, key, old, table.codec.edit(old, changes)) for key, old in present
    )
    if present:
        meter.write(units * capacity.TRANSACTION_FACTOR)
    return len(present)


class _Targets:
    """What an update writes where: the keys of each operation, and positions with new values."""

    def __init__(self, handle: Handle, operation: Operation) -> None:
        self.items = operation.atomic_with or 1
        self._plan = handle.plan
        roles = handle.plan.dataset.roles
        self._columns = roles.update_columns if operation.all_fields else (roles.update_column,)
        self._positions = [handle.main.codec.names.index(name) for name in self._columns]

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[list[bytes], Changes]]:
        keys, tokens = batch.key[index(rows)], batch.token[index(rows)]
        if self.items > 1:
            extra = extra_keys_of(keys, tokens, self.items, self._plan.records)
            matrix = np.sort(np.column_stack([keys, extra]), axis=1)
        else:
            matrix = keys[:, None]
        flat, width = bucketed_keys(matrix.ravel()), matrix.shape[1]
        groups = [flat[start : start + width] for start in range(0, len(flat), width)]
        return list(zip(groups, self._changes(tokens.tolist()), strict=True))

    def _changes(self, tokens: list[int]) -> list[Changes]:
        by_column = [
            self._plan.dataset.new_values(
                name,
                [column_token(token, place) for token in tokens],
                record_size_bytes=self._plan.record_size_bytes,
            )
            for place, name in enumerate(self._columns)
        ]
        rows = zip(*by_column, strict=True)
        return [list(zip(self._positions, new, strict=True)) for new in rows]
