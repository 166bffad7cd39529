"""Transactions that DynamoDB takes, at twice the price."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-TX-003",
    title="Transactions over a few records cost DynamoDB twice the capacity",
    why=(
        "Each item in a DynamoDB transaction consumes two units where a plain write consumes "
        "one, and a conflict with another transaction is an error to retry."
    ),
    verdict="warn",
    services=("dynamodb",),
    looks_at=("operations.atomic_with",),
    facts=("dynamodb.wcu", "dynamodb.transaction_items"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    largest = known.largest_transaction(case)
    if largest is not None and 1 < largest <= limit("dynamodb.transaction_items"):
        yield RULE.finding(f"One transaction changes {known.number(largest)} records.")
