"""Reads that outgrow one server."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-AV-006",
    title="Reads that outgrow the writer go to read replicas",
    why=(
        "Reports and reads that may be a little stale run on copies and leave the writer alone. "
        "DynamoDB spreads reads over partitions and needs none."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=("needs.read_scaling", "needs.engine"),
    facts=("rds.read_replicas_max", "rds.read_replicas_max_commercial", "aurora.replicas_max"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if not case.workload.needs.read_scaling:
        return
    engine = known.engine(case)
    commercial = engine is not None and engine.commercial
    most = limit("rds.read_replicas_max_commercial" if commercial else "rds.read_replicas_max")
    yield RULE.finding(
        f"Reads outgrow one writer or are to be offloaded; up to {known.number(most)} replicas.",
        features=("read-replicas",),
    )
