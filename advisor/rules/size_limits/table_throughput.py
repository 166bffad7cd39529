"""Peaks above a table's default quota."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-SZ-006",
    title="A high peak needs a raised DynamoDB table quota",
    why="The default quota of a table is raised on request, before the traffic comes.",
    verdict="warn",
    services=("dynamodb",),
    looks_at=("traffic.peak", "traffic.mean", "operations.kind"),
    facts=("dynamodb.table_read_units_default", "dynamodb.table_write_units_default"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    peak, writes = known.peak_per_s(case), known.write_share(case)
    if peak is None or writes is None:
        return
    reading, writing = peak * (1.0 - writes), peak * writes
    reads_most = limit("dynamodb.table_read_units_default")
    writes_most = limit("dynamodb.table_write_units_default")
    if reading > reads_most or writing > writes_most:
        yield RULE.finding(
            f"The peak has {known.number(reading)} reads and {known.number(writing)} writes per "
            f"second; the defaults are {known.number(reads_most)} and "
            f"{known.number(writes_most)} units."
        )
