"""Data kept cold after it left the database."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-RE-005",
    title="An archive is kept in S3, not in the database",
    why=(
        "Expired records are exported to compressed Parquet: cheap to keep, still readable with "
        "SQL, and out of the way of backups and upgrades."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "dynamodb", "ec2"),
    looks_at=("retention.archive",),
    facts=("s3_prices.glacier_deep_archive", "s3_prices.standard"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    archive_s = case.workload.retention.archive_s
    if not archive_s:
        return
    cheapest = limit("s3_prices.glacier_deep_archive")
    yield RULE.finding(
        f"Records are archived for {known.duration(archive_s)}; cold storage starts at "
        f"{cheapest:g} USD per GB and month.",
        features=("archive-s3",),
    )
