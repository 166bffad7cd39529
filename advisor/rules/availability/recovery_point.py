"""How much data may be lost."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-AV-003",
    title="A recovery point below five minutes needs a synchronous copy",
    why=(
        "A restore from backup reaches the last log shipped, about five minutes back. A Multi-AZ "
        "standby, Aurora's six copies and DynamoDB's three lose nothing with one zone."
    ),
    verdict="exclude",
    services=("rds", "ec2"),
    looks_at=("needs.recovery_point",),
    facts=("rds.pitr_granularity", "aurora.copies"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    wanted_s = case.workload.needs.recovery_point_s
    if wanted_s is None or wanted_s >= limit("rds.pitr_granularity"):
        return
    seen = f"At most {known.duration(wanted_s)} of data may be lost."
    yield RULE.finding(seen, services=("rds",), features=("rds-single-az",))
    yield RULE.finding(seen, services=("ec2",), features=("single-az",))
