"""Relational load that hardly changes."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-TR-003",
    title="Steady relational load prefers a fixed class to Aurora Serverless",
    why=(
        "A capacity unit costs more than its share of a class, which pays only while the mean "
        "is far below the peak; a steady load can be reserved ahead."
    ),
    verdict="prefer",
    services=("rds", "ec2"),
    looks_at=("traffic.shape", "data.format", "needs.sql", "needs.engine"),
    facts=("aurora_serverless.breakeven_vs_r7g",),
    worth=0.1,  # the bill mostly says so itself; this settles near ties
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.traffic.shape == "steady" and known.relational(case):
        mean_acu = known.number(limit("aurora_serverless.breakeven_vs_r7g"))
        yield RULE.finding(
            f"The load is relational and steady; serverless breaks even below a mean of "
            f"{mean_acu} ACU for each large class."
        )
