"""One write: its condition, the item afterwards, the indexes' entries, and what all that consumes.

Sources of the rules for indexes: Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes
in DynamoDB", "Provisioned throughput considerations" (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from bench.engines.lmdb import capacity
from bench.engines.lmdb.api import attributes, compiled
from bench.engines.lmdb.api.answers import Consumed
from bench.engines.lmdb.api.definitions import index_keys
from bench.engines.lmdb.api.errors import CONDITION, Refused, invalid
from bench.engines.lmdb.api.requests import Check, Delete, Put, Update, Write
from bench.engines.lmdb.codec import stored_size
from bench.engines.lmdb.itemsize import ITEM_LIMIT_BYTES, item_size

if TYPE_CHECKING:
    import lmdb

    from bench.engines.lmdb.api.requests import ReturnValues
    from bench.engines.lmdb.api.rules import Rules
    from bench.engines.lmdb.api.tables import OpenIndex, OpenTable
    from bench.engines.lmdb.itemsize import Item

    Transaction = lmdb.Transaction[bytes]

_RETURNED: dict[type, frozenset[str]] = {
    Put: frozenset({"NONE", "ALL_OLD"}),
    Delete: frozenset({"NONE", "ALL_OLD"}),
    Update: frozenset({"NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"}),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A write made ready outside of a transaction: everything that needs no item is checked.

    `after` gives the item afterwards from the item before (None: none). `change`
    is that of an update.
    """

    request: Write
    table: OpenTable
    key: bytes
    meets: Callable[[Item | None], bool] | None
    after: Callable[[Item | None], Item | None]
    change: compiled.Change | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The item before and after one write, and what it consumed."""

    before: Item | None
    after: Item | None
    consumed: Consumed


def plan(request: Write, table: OpenTable) -> Plan:
    """Make a write ready; Refused when it can be told from the request alone."""
    returned = _RETURNED.get(type(request))
    if not isinstance(request, Check) and returned and request.return_values not in returned:
        raise invalid("Return values set to invalid value")
    values = getattr(request, "values", None)
    using = compiled.substitutions(request.names, values, table.key_names(None))
    if isinstance(request, Put):
        item = attributes.checked(request.item)
        key = table.located(item)
        check_whole_size(table, item, _entries(table, item, key))
        meets = compiled.condition(request.condition, using)
        made = Plan(request, table, key, meets, lambda before: item)  # noqa: ARG005
    elif isinstance(request, Delete):
        meets = compiled.condition(request.condition, using)
        key = table.primary(request.key)
        made = Plan(request, table, key, meets, lambda before: None)  # noqa: ARG005
    elif isinstance(request, Check):
        meets = compiled.condition(request.condition, using)
        made = Plan(request, table, table.primary(request.key), meets, lambda before: before)
    elif isinstance(request, Update):
        made = _update(request, table, using)
    else:
        assert_never(request)
    using.check_all_used()
    return made


def carry_out(txn: Transaction, planned: Plan, rules: Rules) -> Outcome:
    """Write. Refused when the condition does not hold or the new item cannot be: then nothing
    was written."""
    table, key = planned.table, planned.key
    stored = table.space.get(txn, key)
    before = None if stored is None else table.codec.decode(stored)
    if planned.meets is not None and not planned.meets(before):
        shown = before if planned.request.old_on_failure else None
        raise Refused(CONDITION, "The conditional request failed", item=shown)
    after = planned.after(before)
    consumed = Consumed(table.definition.name)
    if isinstance(planned.request, Check):
        size = 0 if stored is None else stored_size(stored)
        consumed.table_units = float(max(1, -(-size // rules.check_block_bytes)))
        return Outcome(before, after, consumed)
    replace(txn, table, key, (before, after), consumed, rules)
    if rules.index_key_swaps_count and before is not None and after is not None:
        _count_swaps(table, before, after, consumed)
    return Outcome(before, after, consumed)


def replace(
    txn: Transaction,
    table: OpenTable,
    key: bytes,
    items: tuple[Item | None, Item | None],
    consumed: Consumed,
    rules: Rules,
) -> None:
    """Put the item after in place of the item before (None: none), in the indexes too."""
    before, after = items
    sizes: list[int | None] = [None, None]
    if before is not None:
        sizes[0] = item_size(before)
    entries = {} if after is None else _entries(table, after, key)
    if after is not None:
        check_whole_size(table, after, entries)
    if after is not None:
        stored = table.codec.encode(after)
        sizes[1] = stored_size(stored)
        table.space.put(txn, key, stored)
    elif before is not None:
        table.space.delete(txn, key)
    consumed.table_units += capacity.write_units(*sizes)
    if not table.indexes:
        return
    olds = {} if before is None else _entries(table, before, key)
    for name, index in table.indexes.items():
        overhead = rules.local_entry_overhead_bytes if index.definition.local else 0
        units = _replace_entry(txn, index, (olds.get(name), entries.get(name)), overhead)
        if units:
            consumed.index(name, float(units), local=index.definition.local)


def returned(outcome: Outcome, planned: Plan) -> Item | None:
    """The attributes that `return_values` asks for; None when there are none.

    UPDATED_OLD and UPDATED_NEW are as DynamoDB Local gives them: the whole of each top-level
    attribute of which the update names something that is there.
    """
    request = planned.request
    wanted: ReturnValues = "NONE" if isinstance(request, Check) else request.return_values
    if wanted == "ALL_OLD":
        return outcome.before
    if wanted == "ALL_NEW":
        return outcome.after
    if wanted == "NONE":
        return None
    if planned.change is None:
        return None
    old, new = planned.change.touched(outcome.before, outcome.after or {})
    return (old if wanted == "UPDATED_OLD" else new) or None


def _update(request: Update, table: OpenTable, using: compiled.Using) -> Plan:
    key = table.primary(request.key)
    meets = compiled.condition(request.condition, using)
    base = dict(attributes.checked(request.key))
    if request.update is None:
        return Plan(request, table, key, meets, lambda before: before or base)
    keys = frozenset(request.key)
    change = compiled.update(request.update, keys, using)

    def after(before: Item | None) -> Item | None:
        return attributes.checked(change.apply(before, base))

    return Plan(request, table, key, meets, after, change)


def _entries(table: OpenTable, item: Item, primary: bytes) -> dict[str, tuple[bytes, Item]]:
    """Key and attributes of the item's entry in each index that has one."""
    found = {}
    for name, index in table.indexes.items():
        key = table.located_in(index, item, primary)
        if key is not None:
            found[name] = key, index.entry(item)
    return found


def _count_swaps(table: OpenTable, before: Item, after: Item, consumed: Consumed) -> None:
    """Count indexes of which the item had one key attribute alone, and has the other one now."""
    for name, index in table.indexes.items():
        keys = {key.name for key in index_keys(index.definition)}
        had, has = keys & before.keys(), keys & after.keys()
        if had and has and not had & has:
            units = capacity.write_units(item_size(index.entry(before)), None)
            consumed.index(name, float(units), local=index.definition.local)


def check_whole_size(
    table: OpenTable, item: Item, entries: Mapping[str, tuple[bytes, Item]]
) -> None:
    """Refused when an item and its entries in local indexes are more than 400 KB.

    Source: Amazon DynamoDB Developer Guide, "Service, account, and table quotas", item size for
    tables with local secondary indexes (read 2026-11).
    """
    local = [e for name, (_, e) in entries.items() if table.indexes[name].definition.local]
    if local and item_size(item) + sum(map(item_size, local)) > ITEM_LIMIT_BYTES:
        raise invalid("Item size has exceeded the maximum allowed size")


def _replace_entry(
    txn: Transaction,
    index: OpenIndex,
    entries: tuple[tuple[bytes, Item] | None, tuple[bytes, Item] | None],
    overhead_bytes: int,
) -> int:
    """Write units of one index when its entry changes from the first to the second."""
    old, new = entries
    if old is None and new is None:
        return 0
    same_key = old is not None and new is not None and old[0] == new[0]
    changed = not same_key or old != new
    if old is not None and not same_key:
        index.space.delete(txn, old[0])
    sizes: list[int | None] = [None, None]
    if old is not None:
        sizes[0] = item_size(old[1]) + overhead_bytes
    if new is not None:
        stored = index.codec.encode(new[1])
        sizes[1] = stored_size(stored) + overhead_bytes
        if changed:
            index.space.put(txn, new[0], stored)
    return capacity.index_write_units(*sizes, same_key=same_key, changed=changed)
