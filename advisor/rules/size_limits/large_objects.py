"""Records that are files."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

FILE_BYTES = 1024.0 * 1024.0  # from about 1 MiB on, an object store is cheaper and faster

RULE = Rule(
    code="R-SZ-003",
    title="Large objects belong in S3, their keys in the database",
    why=(
        "Database storage costs several times object storage, and large values push the working "
        "set out of memory."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "ec2", "dynamodb"),
    looks_at=("data.record_size",),
    facts=("s3_prices.standard",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    size_bytes = case.workload.data.record_size_bytes
    if size_bytes is not None and size_bytes >= FILE_BYTES:
        yield RULE.finding(
            f"A record has {known.number(size_bytes / FILE_BYTES)} MiB on average.",
            features=("s3-objects",),
            instead="the objects in S3, their keys and attributes in one of the services",
        )
