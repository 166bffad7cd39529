"""Transactions over more items than DynamoDB takes in one request."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-TX-002",
    title="Transactions over too many records exclude DynamoDB",
    why="A DynamoDB transaction is one request with a fixed number of items at most.",
    verdict="exclude",
    services=("dynamodb",),
    looks_at=("operations.atomic_with",),
    facts=("dynamodb.transaction_items",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    largest = known.largest_transaction(case)
    most = limit("dynamodb.transaction_items")
    if largest is not None and largest > most:
        yield RULE.finding(
            f"One transaction changes {known.number(largest)} records; DynamoDB takes "
            f"{known.number(most)}."
        )
