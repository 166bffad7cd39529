"""Copies in other regions."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AV-007",
    title="Several regions need copies that follow the writer",
    why=(
        "RDS has cross-region read replicas, Aurora a Global Database, DynamoDB global tables. "
        "All follow asynchronously: a lost region loses the last moments."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "dynamodb", "ec2"),
    looks_at=("needs.regions", "needs.writes_in"),
    facts=("rds.cross_region_automated_backups",),
    reference=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
        "aurora-global-database-disaster-recovery.html (read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    regions = case.workload.needs.regions
    if regions is None or len(regions) < 2:
        return
    seen = f"The data is wanted in {len(regions)} regions."
    yield RULE.finding(seen, services=("rds", "ec2"), features=("cross-region-replica",))
    yield RULE.finding(seen, services=("aurora-serverless",), features=("global-database",))
    yield RULE.finding(seen, services=("dynamodb",), features=("global-tables",))
