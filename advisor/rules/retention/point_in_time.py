"""Recovery to any moment of the last weeks."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

DAY_S = 86400.0

RULE = Rule(
    code="R-RE-003",
    title="A recovery window up to 35 days is met by point-in-time recovery",
    why="Managed services restore to any second of it, into a new database.",
    verdict="prefer",
    services=("rds", "aurora-serverless", "dynamodb"),
    looks_at=("retention.backup",),
    facts=("rds.backup_retention", "aurora.backup_retention", "dynamodb.pitr_window"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    backup_s = case.workload.retention.backup_s
    if backup_s and backup_s <= limit("rds.backup_retention") * DAY_S:
        yield RULE.finding(
            f"Backups must reach back {known.duration(backup_s)}.", features=("pitr",)
        )
