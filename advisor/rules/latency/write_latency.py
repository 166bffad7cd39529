"""Commits wanted faster than a gp3 volume gives."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

MS_PER_S = 1000.0

RULE = Rule(
    code="R-LA-004",
    title="Fast commits need io2 or local storage",
    why=(
        "A commit waits for the log to reach the volume: on gp3 1.2 to 4 ms, on io2 0.9 to 2 ms, "
        "whatever the class. More IOPS do not make one write faster."
    ),
    verdict="prefer",
    services=("rds", "ec2"),
    looks_at=("latency.write_p99",),
    facts=("rds.gp3_write_latency_high", "rds.io2_write_latency_high"),
    worth=0.3,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    wanted_s = case.workload.latency.write_p99_s
    if wanted_s is not None and wanted_s * MS_PER_S < limit("rds.gp3_write_latency_high"):
        yield RULE.finding(
            f"Writes must be answered within {known.duration(wanted_s)} at p99.",
            features=("io2",),
        )
