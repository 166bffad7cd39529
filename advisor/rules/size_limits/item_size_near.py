"""A mean record size so near the item limit that some records will pass it."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit
from advisor.rules.size_limits.item_size import BYTES_PER_KB

NEAR = 0.25  # sizes vary around a mean; a fourfold record is common in skewed sizes

RULE = Rule(
    code="R-SZ-002",
    title="Records near the item limit need a second look for DynamoDB",
    why=(
        "The declared size is a mean; the largest items decide. Large values go to S3 with their "
        "key in the item, or are split over several items."
    ),
    verdict="warn",
    services=("dynamodb",),
    looks_at=("data.record_size",),
    facts=("dynamodb.item_size_max",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    size_bytes = case.workload.data.record_size_bytes
    most_bytes = limit("dynamodb.item_size_max") * BYTES_PER_KB
    if size_bytes is not None and NEAR * most_bytes < size_bytes <= most_bytes:
        yield RULE.finding(
            f"A record has {known.number(size_bytes / BYTES_PER_KB)} KB on average; items end at "
            f"{known.number(most_bytes / BYTES_PER_KB)} KB."
        )
