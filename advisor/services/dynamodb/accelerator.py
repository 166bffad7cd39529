"""DAX in front of a table: the share of reads it takes, its nodes, and how fast it answers.

Its nodes hold the hottest items. A read of one of them costs the table nothing; for the 99th
percentile to be such a read, nearly all reads must be.
"""

from __future__ import annotations

import math

from advisor import cost
from advisor.case import Case
from advisor.evidence import assumed_quantity
from advisor.facts.assumptions import assumption
from advisor.model import HOURS_PER_MONTH, Component, Quantity
from advisor.sizing.load import GIB
from advisor.sizing.working_set import hot_records
from workloads.spec.model import KeyDistribution

TAKEN_OFF = 0.9  # of the reads: what the bill counts on, whatever else is kept
FAST = 0.99  # of the reads: then one at the 99th percentile is answered from memory


def wanted(case: Case) -> bool:
    """Whether the same items are read again and again."""
    return bool(case.workload.needs.hot_reads)


def is_fast(case: Case) -> bool:
    """Whether reads are wanted faster than the table itself answers them."""
    objective_s = case.workload.latency.read_p99_s
    return objective_s is not None and objective_s < table_read_p99().value


def table_read_p99() -> Quantity:
    """The 99th percentile of a read of the table itself."""
    return assumed_quantity("dynamodb.read_p99", scale=1e-3, unit="s")


def read_p99(case: Case) -> Quantity:
    """The 99th percentile of reads, from the nodes where they hold nearly all that is read."""
    if wanted(case) and is_fast(case):
        return assumed_quantity("dynamodb.dax_read_p99", scale=1e-3, unit="s")
    return table_read_p99()


def taken_off(case: Case) -> float:
    """The share of reads that costs the table nothing, 0..1."""
    return TAKEN_OFF if wanted(case) else 0.0


def nodes(case: Case, item_bytes: float, reads_per_s: float) -> list[Component]:
    """The nodes, one in each of three zones, more where memory or reads ask for it.

    `reads_per_s` are requests at the peak. Where the hot items do not fit a small node, or the
    reads are too many for small ones, large ones are priced by the memory of the first large class.
    """
    if not wanted(case):
        return []
    keys = case.filled.data.keys or KeyDistribution()
    share = FAST if is_fast(case) else TAKEN_OFF
    hot = hot_records(keys, case.sizes.records_mean, share)
    hot_gib = hot * case.sizes.records_mean * item_bytes / GIB
    least = assumption("dynamodb.dax_nodes").value
    small = (
        hot_gib <= assumption("dynamodb.dax_small_gib").value
        and reads_per_s <= least * assumption("dynamodb.dax_small_reads").value
    )
    count, name, price = least, "DAX nodes dax.t3.small", "dynamodb_prices.dax_t3_small"
    if not small:
        shards = math.ceil(hot_gib / assumption("dynamodb.dax_large_gib").value)
        busy = math.ceil(reads_per_s / assumption("dynamodb.dax_large_reads").value)
        count = max(least * max(shards, 1), float(busy))
        name, price = "DAX nodes, in dax.r5.large", "dynamodb_prices.dax_r5_large"
    return [
        cost.line(
            name,
            "hours",
            count * HOURS_PER_MONTH,
            price,
            case.region,
            note=f"{count:g} nodes, {hot_gib:.3g} GiB of hot items, which get "
            f"{100 * share:g} % of the reads; {100 * TAKEN_OFF:g} % are taken off the table's",
        )
    ]
