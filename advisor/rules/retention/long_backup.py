"""Backups that must reach further back than point-in-time recovery does."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.retention.point_in_time import DAY_S
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-RE-004",
    title="A recovery window beyond 35 days needs kept snapshots",
    why=(
        "Point-in-time recovery ends at 35 days on every managed service; AWS Backup keeps "
        "periodic snapshots for as long as wanted, so older states come back day by day only."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "dynamodb", "ec2"),
    looks_at=("retention.backup",),
    facts=("rds.backup_retention", "dynamodb.pitr_window"),
    reference=(
        "https://docs.aws.amazon.com/aws-backup/latest/devguide/"
        "point-in-time-recovery-retention-period.html (read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    backup_s = case.workload.retention.backup_s
    if backup_s is None or backup_s <= limit("rds.backup_retention") * DAY_S:
        return
    seen = f"Backups must reach back {known.duration(backup_s)}."
    managed = ("rds", "aurora-serverless", "dynamodb")
    yield RULE.finding(seen, services=managed, features=("pitr", "aws-backup"))
    yield RULE.finding(seen, services=("ec2",), features=("aws-backup",))
