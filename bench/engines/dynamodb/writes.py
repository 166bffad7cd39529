"""The requests that write.

    insert             PutItem, on condition that the key is new
    update             UpdateItem, on condition that the item exists; several: TransactWriteItems
    read-modify-write  GetItem (strongly consistent), then UpdateItem on condition that what it
                       replaces is still as it was read; both again when it is not
    delete             DeleteItem that returns the item

A condition that does not hold is paid for, and the refusal does not say how much: it is counted
by DynamoDB's rule, the size of the item that is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.engines.dynamodb.link import CHECK_FAILED, Cancelled
from bench.engines.dynamodb.reads import TOTAL, fixed_get
from bench.engines.dynamodb.session import Handle
from bench.engines.lmdb import capacity
from bench.engines.lmdb.itemsize import item_size
from bench.engines.seam import OperationFailed, Row
from bench.engines.selection import index
from workloads.datasets import canonical
from workloads.stream import column_token, extra_keys_of

if TYPE_CHECKING:
    from bench.engines.dynamodb.items import Form, Item
    from workloads.spec.model import Operation
    from workloads.stream import Batch

    Arguments = dict[str, Any]
    # Position of a column and its new value.
    Changes = list[tuple[int, Any]]

_ATTEMPTS = 100  # of an optimistic write before it counts as failed


class Insert:
    """PutItem of a new item."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._fixed = {
            "TableName": handle.main.name,
            "ConditionExpression": "attribute_not_exists(#k)",
            "ExpressionAttributeNames": {"#k": handle.main.schema.partition},
            **TOTAL,
        }

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[int, Arguments]]:
        plan, main = self._handle.plan, self._handle.main
        keys = batch.key[index(rows)]
        made = plan.dataset.rows_at(
            main.table.name, keys, seed=plan.seed, record_size_bytes=plan.record_size_bytes
        )
        items = [self._fixed | {"Item": main.item(row)} for row in canonical(made)]
        return list(zip(keys.tolist(), items, strict=True))

    def call(self, argument: tuple[int, Arguments]) -> int:
        key, arguments = argument
        handle = self._handle
        try:
            handle.meter.write(handle.put(arguments))
        except OperationFailed as failure:
            if failure.kind == CHECK_FAILED:  # by the one that is there, taken to be as large
                size = item_bytes(handle.main, arguments["Item"])
                handle.meter.write_units += capacity.write_units(size, None)
            raise
        handle.highest_key = max(handle.highest_key, key)
        return 1

    def answer(self, raw: int) -> list[Row]:
        return [(raw,)]


class Update:
    """UpdateItem, or TransactWriteItems of several. The raw answer is the number changed."""

    def __init__(self, handle: Handle, operation: Operation) -> None:
        self._handle = handle
        self._targets = _Targets(handle, operation)
        self.call = self._one if self._targets.items == 1 else self._several

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        made = self._targets.encode(batch, rows)
        if self._targets.items > 1:
            return made
        return [setting(self._handle.main, keys[0], changes) | TOTAL for keys, changes in made]

    def _one(self, arguments: Arguments) -> int:
        meter = self._handle.meter
        try:
            meter.write(self._handle.update(arguments))
        except OperationFailed as failure:
            if failure.kind != CHECK_FAILED:
                raise
            meter.write_units += capacity.write_units(None, None)
            return 0
        return 1

    def _several(self, argument: tuple[list[int], Changes]) -> int:
        keys, changes = argument
        main = self._handle.main
        return transact(self._handle, [setting(main, key, changes) for key in keys])

    def answer(self, raw: int) -> list[Row]:
        return [(raw,)]


class ReadModifyWrite:
    """GetItem, then a conditional UpdateItem (of several: TransactWriteItems).

    The raw answer is the item as it was read.
    """

    def __init__(self, handle: Handle, operation: Operation) -> None:
        self._handle = handle
        self._targets = _Targets(handle, operation)
        self._fixed = fixed_get(handle, strong=True)

    def encode(
        self, batch: Batch, rows: Sequence[int]
    ) -> list[tuple[int, tuple[list[int], Changes]]]:
        keys = batch.key[index(rows)].tolist()
        return list(zip(keys, self._targets.encode(batch, rows), strict=True))

    def call(self, argument: tuple[int, tuple[list[int], Changes]]) -> Item | None:
        key, (keys, changes) = argument
        handle, main = self._handle, self._handle.main
        several = self._targets.items > 1
        for _ in range(_ATTEMPTS):
            answer = handle.get(self._fixed | {"Key": main.key(key)})
            handle.meter.read(answer)
            read: Item | None = answer.get("Item")
            if read is None and not several:
                return None
            try:
                if several:
                    transact(
                        handle,
                        [setting(main, k, changes, read if k == key else None) for k in keys],
                        unchanged=None if read is None else keys.index(key),
                    )
                elif read is not None:
                    handle.meter.write(handle.update(setting(main, key, changes, read) | TOTAL))
                return read
            except OperationFailed as failure:
                if failure.kind != CHECK_FAILED:
                    raise
                size = None if read is None else item_bytes(main, read)
                handle.meter.write_units += capacity.write_units(size, None, transactional=several)
        raise OperationFailed(CHECK_FAILED, f"the item changed {_ATTEMPTS} times meanwhile")

    def answer(self, raw: Item | None) -> list[Row]:
        return [] if raw is None else [self._handle.main.row(raw)]


class Delete:
    """DeleteItem; the raw answer is the number deleted."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._fixed = {"TableName": handle.main.name, "ReturnValues": "ALL_OLD", **TOTAL}

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Arguments]:
        key = self._handle.main.key
        return [self._fixed | {"Key": key(number)} for number in batch.key[index(rows)].tolist()]

    def call(self, arguments: Arguments) -> int:
        answer = self._handle.delete(arguments)
        self._handle.meter.write(answer)
        return int(bool(answer.get("Attributes")))

    def answer(self, raw: int) -> list[Row]:
        return [(raw,)]


def setting(form: Form, key: int, changes: Changes, read: Item | None = None) -> Arguments:
    """Arguments of UpdateItem that set columns (null: removed) of an item that exists.

    `read`: the item as it was read; what is replaced must still be so.
    """
    names = {"#k": form.schema.partition}
    values: dict[str, Any] = {}
    sets, removes, conditions = [], [], ["attribute_exists(#k)"]
    for number, (place, value) in enumerate(changes):
        name, used = form.named(place, f"#{number}")
        names |= used
        if value is None:
            removes.append(name)
        else:
            sets.append(f"{name} = :{number}")
            values[f":{number}"] = form.value(place, value)
        if read is None:
            continue
        before = form.attribute(read, place)
        if before is not None:
            conditions.append(f"{name} = :old{number}")
            values[f":old{number}"] = before
        else:
            conditions.append(f"attribute_not_exists({name})")
    expression = [f"SET {', '.join(sets)}"] * bool(sets)
    expression += [f"REMOVE {', '.join(removes)}"] * bool(removes)
    return {
        "TableName": form.name,
        "Key": form.key(key),
        "UpdateExpression": " ".join(expression),
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        **({"ExpressionAttributeValues": values} if values else {}),
    }


def transact(handle: Handle, updates: list[Arguments], *, unchanged: int | None = None) -> int:
    """TransactWriteItems of updates of items that exist; the number changed.

    Where some are missing it is cancelled, and sent again without them: the reasons of a
    cancellation name them. Both attempts are paid for; what the first cost is not said, and is
    taken to be what the second cost and the least for each that is missing. At the position
    `unchanged` a condition that does not hold says that the item is another now, and is raised.
    """
    if len(updates) > capacity.TRANSACTION_ITEMS:
        raise OperationFailed(
            "transaction-too-large",
            f"{len(updates)} items; at most {capacity.TRANSACTION_ITEMS} in a transaction",
        )
    left = list(enumerate(updates))
    cancelled, missing_units = 0, 0
    while left:
        try:
            answer = handle.transact_write(
                {"TransactItems": [{"Update": update} for _, update in left], **TOTAL}
            )
        except Cancelled as failure:
            if failure.kind != "transaction-cancelled":
                raise
            missing = {
                place
                for (place, _), reason in zip(left, failure.reasons, strict=True)
                if reason.get("Code") == "ConditionalCheckFailed"
            }
            if unchanged in missing:
                raise OperationFailed(CHECK_FAILED, "the item changed meanwhile") from failure
            if not missing:
                raise
            cancelled += 1
            missing_units += len(missing) * capacity.write_units(None, None, transactional=True)
            left = [each for each in left if each[0] not in missing]
            continue
        units = handle.meter.write(answer)
        handle.meter.write_units += cancelled * units
        break
    handle.meter.write_units += missing_units
    return len(left)


def item_bytes(form: Form, item: Mapping[str, Any]) -> int:
    """Size of an item by DynamoDB's rules; the bucket is an attribute like others."""
    present = form.plain(item)
    if form.schema.partition not in present:
        present[form.schema.partition] = int(item[form.schema.partition]["N"])
    return item_size(present)


class _Targets:
    """What an update writes where: the keys of each operation, and positions with new values."""

    def __init__(self, handle: Handle, operation: Operation) -> None:
        self.items = operation.atomic_with or 1
        self._plan = handle.plan
        roles = handle.plan.dataset.roles
        self._columns = roles.update_columns if operation.all_fields else (roles.update_column,)
        self._places = [handle.main.columns.index(name) for name in self._columns]

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[list[int], Changes]]:
        keys, tokens = batch.key[index(rows)], batch.token[index(rows)]
        matrix = keys[:, None]
        if self.items > 1:
            extra = extra_keys_of(keys, tokens, self.items, self._plan.records)
            matrix = np.sort(np.column_stack([keys, extra]), axis=1)
        return list(zip(matrix.tolist(), self._changes(tokens.tolist()), strict=True))

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
        return [list(zip(self._places, new, strict=True)) for new in rows]
