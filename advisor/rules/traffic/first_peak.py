"""A first peak above what a new on-demand table takes."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-TR-007",
    title="A new on-demand table must be warmed for a high first peak",
    why=(
        "On-demand capacity doubles from what it has seen; a table is warmed ahead, or its first "
        "peak is throttled."
    ),
    verdict="warn",
    services=("dynamodb",),
    looks_at=("traffic.peak", "traffic.mean", "operations.kind"),
    facts=("dynamodb.on_demand_initial_read_units", "dynamodb.on_demand_initial_write_units"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    peak, writes = known.peak_per_s(case), known.write_share(case)
    if peak is None or writes is None:
        return
    reading, writing = peak * (1.0 - writes), peak * writes
    reads_most = limit("dynamodb.on_demand_initial_read_units")
    writes_most = limit("dynamodb.on_demand_initial_write_units")
    if reading > reads_most or writing > writes_most:
        yield RULE.finding(
            f"The peak has {known.number(reading)} reads and {known.number(writing)} writes per "
            f"second; a new table takes {known.number(reads_most)} and "
            f"{known.number(writes_most)}."
        )
