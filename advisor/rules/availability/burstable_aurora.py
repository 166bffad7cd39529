"""Burstable classes under Aurora."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AV-010",
    title="Burstable classes under Aurora are for development and test",
    why=(
        "AWS recommends the T classes of Aurora for servers that are not in production: when "
        "their credits are spent they fall back to a fraction of a core, and their memory is small."
    ),
    verdict="exclude",
    services=("rds",),
    looks_at=("traffic.shape",),
    reference=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
        "AuroraMySQL.BestPractices.Performance.html (read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    shape = case.workload.traffic.shape
    if shape is not None and shape != "development":
        yield RULE.finding(
            f"The traffic is {shape}, not development.", features=("aurora", "burstable")
        )
