"""Time-stamped data that only grows at one end."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-DM-006",
    title="Time series are kept in partitions by time",
    why=(
        "Partitions by time keep the indexes of recent data small and let old data go by "
        "dropping a partition, which leaves no bloat as deleting rows does."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=("data.format",),
    reference="https://www.postgresql.org/docs/current/ddl-partitioning.html (read 2026-11-22)",
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.data.format == "time-series":
        yield RULE.finding("The data is a time series.", features=("time-partitions",))
