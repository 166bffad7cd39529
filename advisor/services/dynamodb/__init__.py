"""Amazon DynamoDB: on-demand, provisioned with or without auto scaling, Standard or Standard-IA.

Capacity set by hand is set for the peak, with the margin that auto scaling keeps above the load:
it is never cheaper by the hour, and has nothing that must follow.
"""

from __future__ import annotations

from advisor import facts
from advisor.case import Case
from advisor.cost import total
from advisor.evidence import assumed_quantity
from advisor.model import Excuse, Follow, Option, Plan
from advisor.services.dynamodb import accelerator
from advisor.services.dynamodb.bill import (
    AUTOSCALING,
    IA,
    ON_DEMAND,
    PROVISIONED,
    STANDARD,
    components,
    held_units,
)
from advisor.services.dynamodb.consumption import Consumption, consumption, hot_partitions
from advisor.services.service import Service
from advisor.sizing.choice import nearest_first, order

NAME = "dynamodb"
MODES = (ON_DEMAND, AUTOSCALING, PROVISIONED)
TABLE_CLASSES = (STANDARD, IA)
_KB = 1024.0  # the limit of 400 KB is counted in units of 1,024 bytes


def plans(case: Case) -> list[Plan | Excuse]:
    """A plan for each capacity mode and table class, or why items cannot hold the workload."""
    used = consumption(case)
    excuse = _impossible(case, used)
    if excuse is not None:
        return [excuse]
    found = [_plan(case, used, mode, kind) for mode in MODES for kind in TABLE_CLASSES]
    return [*sorted(found, key=order)]


def _impossible(case: Case, used: Consumption) -> Excuse | None:
    most = facts.number("dynamodb.item_size_max") * _KB
    if used.item_bytes > most:
        return Excuse(
            service=NAME,
            option=None,
            reason=f"an item of {used.item_bytes:,.0f} B exceeds the limit of {most:,.0f} B",
            bottleneck="item size",
        )
    together = facts.number("dynamodb.transaction_items")
    largest = max((o.rows for o in case.demand.items.operations if o.in_transaction), default=0.0)
    if largest > together:
        return Excuse(
            service=NAME,
            option=None,
            reason=f"{largest:g} records change at once, a transaction takes {together:g} items",
            bottleneck="transaction",
        )
    return None


def _plan(case: Case, used: Consumption, mode: str, table_class: str) -> Plan:
    bill = components(case, used, mode, table_class)
    low, high = (
        total(components(case, consumption(case, level), mode, table_class))
        for level in ("low", "high")
    )
    partitions, shards = hot_partitions(case, used)
    global_tables = _regions(case) > 1
    return Plan(
        option=Option(
            service=NAME,
            deployment="global-tables" if global_tables else "one-region",
            capacity_mode=mode,
            table_class=table_class,
            storage_gib=round(used.stored_gib_mean, 1),
        ),
        components=tuple(bill),
        utilisation=nearest_first(partitions),
        read_p99_s=accelerator.read_p99(case) if used.reads_per_s else None,
        write_p99_s=assumed_quantity("dynamodb.write_p99", scale=1e-3, unit="s")
        if used.writes_per_s
        else None,
        features=_features(case, shards, table_class),
        notes=_notes(case, used, mode, shards),
        low_usd=low,
        high_usd=high,
        follows=_follows(used) if mode == AUTOSCALING else (),
    )


def _follows(used: Consumption) -> tuple[Follow, ...]:
    """The units that auto scaling holds, as the bill has them."""
    return tuple(
        Follow(
            unit=f"{said} units",
            component=f"{said} capacity units",
            peak=per_s,
            floor=1.0,
            mean=held_units(per_s, used),
        )
        for said, per_s in (("read", used.reads_per_s), ("write", used.writes_per_s))
        if per_s > 0
    )


def _regions(case: Case) -> int:
    return max(len(case.workload.needs.regions or ()), 1)


def _features(case: Case, shards: int, table_class: str) -> tuple[str, ...]:
    found: list[str] = []
    if table_class == IA:
        found.append(IA)
    if case.filled.retention.backup_s:
        found.append("pitr")
    if case.filled.retention.live_s:
        found.append("ttl")
    if accelerator.wanted(case):
        found.append("dax")
    if shards > 1:
        found.append("write-sharding")
    return tuple(found)


def _notes(case: Case, used: Consumption, mode: str, shards: int) -> tuple[str, ...]:
    notes = ["reads are eventually consistent; strongly consistent ones take twice the units"]
    notes.append("the free 25 GB and 25 units of an account are marked, not taken off")
    indexes = case.workload.needs.indexes
    if indexes is None:
        notes.append(
            "priced without indexes: each that has an item's key is written and stored too "
            "(needs.indexes)"
        )
    elif indexes:
        notes.append(
            f"{indexes:,} {'index' if indexes == 1 else 'indexes'} with whole items: writes and "
            f"storage are paid {used.copies:g} times"
        )
    most = facts.number("dynamodb.gsi_default")
    if indexes is not None and indexes > most:
        notes.append(f"above the default quota of {most:g} indexes a table: ask for more")
    if shards > 1:
        notes.append(f"the hottest key must be spread over {shards} keys (write sharding)")
    if mode == AUTOSCALING and used.late_share > 0.001:
        notes.append(
            f"{100 * used.late_share:.2g} % of requests come before auto scaling has followed; "
            "burst capacity takes some of them, the rest are throttled"
        )
    quota = facts.number("dynamodb.table_read_units_default")
    # the quota is of a table or of an index, each by itself
    if max(used.reads_per_s, used.writes_per_s / used.copies) > quota:
        notes.append(f"above the default quota of {quota:,.0f} units/s a table: ask for more")
    return tuple(notes)


SERVICE = Service(name=NAME, title="Amazon DynamoDB", plans=plans)
