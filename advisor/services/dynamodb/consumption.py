"""What a workload consumes of a table: units per second, bytes, and the hottest partition."""

from __future__ import annotations

import math

from msgspec import Struct

from advisor import facts
from advisor.case import Case
from advisor.model import Utilisation
from advisor.services.dynamodb import accelerator
from advisor.sizing.envelope import envelopes
from advisor.sizing.load import GIB, at
from advisor.sizing.working_set import hottest_share
from workloads.spec.model import ANALYTIC_KINDS, KeyDistribution

# Stored beside every item, billed as storage and in no unit.
_ITEM_OVERHEAD_BYTES = 100.0


class Consumption(Struct, frozen=True, kw_only=True):
    """Units per second at the peak, their mean as a fraction of it, and storage.

    `read_requests_per_s` are reads at the peak before a cache takes `cached_share` of them.
    `held_share`: capacity that auto scaling holds on average, as a fraction of the peak.
    Writes and storage are those of the table and its indexes, `copies` times the table's own.
    """

    level: str
    item_bytes: float
    reads_per_s: float
    writes_per_s: float
    mean_share: float
    held_share: float
    late_share: float
    stored_gib_mean: float
    read_requests_per_s: float = 0.0
    cached_share: float = 0.0
    copies: float = 1.0


def consumption(case: Case, level: str = "value") -> Consumption:
    """Consumption at the low, expected (`value`) or high end of the demand."""
    items, series = case.demand.items, case.series
    followed = envelopes(series)
    held = {
        "low": followed.fast.mean_above(1.0, 0.0),
        "value": followed.slow.mean_above(1.0, 0.0),
        "high": followed.slow.mean_above(1.0, 0.0),
    }[level]
    item = at(items.item_bytes, level)
    growth = case.sizes.records_mean / max(case.sizes.records_now, 1.0)
    reads = sum(
        o.share * at(o.read_units, level) * (growth if o.kind in ANALYTIC_KINDS else 1.0)
        for o in items.operations
    )
    writes = sum(o.share * at(o.write_units, level) for o in items.operations)
    cached = accelerator.taken_off(case)
    copies = copies_of_items(case)
    requests = sum(o.share for o in items.operations if o.read_units.value > 0)
    return Consumption(
        level=level,
        item_bytes=item,
        reads_per_s=reads * series.peak_per_s * (1.0 - cached),
        writes_per_s=writes * series.peak_per_s * copies,
        mean_share=series.mean_per_s / series.peak_per_s,
        held_share=held,
        late_share=followed.late_share,
        stored_gib_mean=case.sizes.records_mean * (item + _ITEM_OVERHEAD_BYTES) / GIB * copies,
        read_requests_per_s=requests * series.peak_per_s,
        cached_share=cached,
        copies=copies,
    )


def copies_of_items(case: Case) -> float:
    """The table, and each index with whole items that every item has the key of."""
    return 1.0 + (case.workload.needs.indexes or 0) * facts.number(
        "dynamodb.gsi_write_amplification"
    )


def hot_partitions(case: Case, used: Consumption) -> tuple[tuple[Utilisation, ...], int]:
    """The hottest key against the limits of one partition, and the keys it must be spread over."""
    keys = case.filled.data.keys or KeyDistribution()
    share = hottest_share(keys, case.sizes.records_now)
    per_key = [o for o in case.demand.items.operations if o.kind not in ANALYTIC_KINDS]
    peak = case.series.peak_per_s
    asked = peak * share * (1.0 - used.cached_share)
    reads = sum(o.share * at(o.read_units, used.level) for o in per_key) * asked
    writes = sum(o.share * at(o.write_units, used.level) for o in per_key) * peak * share
    most_reads = facts.number("dynamodb.partition_read_units")
    most_writes = facts.number("dynamodb.partition_write_units")
    shards = max(1, math.ceil(max(reads / most_reads, writes / most_writes)))
    return (
        Utilisation(
            resource="reads of the hottest key",
            used=reads / shards,
            ceiling=most_reads,
            unit="units/s",
        ),
        Utilisation(
            resource="writes of the hottest key",
            used=writes / shards,
            ceiling=most_writes,
            unit="units/s",
        ),
        Utilisation(
            resource="item size",
            used=used.item_bytes,
            ceiling=facts.number("dynamodb.item_size_max") * 1024,
            unit="bytes",
        ),
    ), shards
