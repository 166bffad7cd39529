"""Whole-table questions on a columnar copy beside the store: plans without them, with the copy.

Where such questions may be answered by a copy (`advisor.rules.whole_table.kept_apart`), every service is
planned twice: with the questions, and without them but with the copy on the bill. The cheaper
plan is taken, so that a few more questions never change a bill by a step; where they are too
frequent or must be fresh, there are no plans with a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from advisor import cost
from advisor.case import Case
from advisor.facts.assumptions import assumption
from advisor.model import Component, Excuse, Plan
from advisor.rules.analytics.aggregates_beside import COPY
from workloads.spec.model import ANALYTIC_KINDS, Workload

GIB = 2.0**30
NOTE = (
    "scans and aggregates run on a columnar copy: its storage is in the total, refreshing it and "
    "computing its answers are not"
)
SERVED = (
    "scans and aggregates are answered by the store itself: a columnar copy beside it would not "
    "make it cheaper"
)


def remaining(workload: Workload) -> Workload | None:
    """The workload without its whole-table questions; None when nothing would be left.

    Its traffic is still that of all operations: the case is thinned by what left.
    """
    kept = tuple(o for o in workload.operations if o.kind not in ANALYTIC_KINDS and o.weight > 0)
    return replace(workload, operations=kept) if kept else None


def with_copy(case: Case, outcomes: Sequence[Plan | Excuse]) -> list[Plan | Excuse]:
    """The plans of a case without whole-table questions, each with the copy on its bill."""
    line = _storage(case)
    return [
        _beside(outcome, line) if isinstance(outcome, Plan) else outcome for outcome in outcomes
    ]


def note(plan: Plan, *, possible: bool) -> tuple[str, ...]:
    """What was decided for this plan, in words; empty where a copy was not possible."""
    if COPY in plan.features:
        return (NOTE,)
    return (SERVED,) if possible else ()


def _beside(plan: Plan, line: Component) -> Plan:
    usd = line.usd
    low, high = plan.low_usd, plan.high_usd
    return structs.replace(
        plan,
        components=(*plan.components, line),
        features=(*plan.features, COPY),
        low_usd=None if low is None or usd is None else low + usd,
        high_usd=None if high is None or usd is None else high + usd,
    )


def _storage(case: Case) -> Component:
    size = case.sizes.records_mean * case.sizes.record_size_bytes
    kept = size * assumption("growth.archive_compression").value / GIB
    return cost.line(
        "columnar copy (Parquet on S3)",
        "GB-month",
        kept,
        "s3_prices.standard",
        case.region,
        note="compressed columnar files, mean over the horizon",
    )
