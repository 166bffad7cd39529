"""Multi-record transactions whose size nobody gave."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TX-004",
    title="Multi-record transactions of unknown size prefer a relational service",
    why=(
        "A relational transaction has no limit on the records it changes; a DynamoDB one has. "
        "State operations.atomic_with to settle it."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=("needs.transactions", "operations.atomic_with"),
    facts=("dynamodb.transaction_items",),
    worth=1.0,  # transactions over several records are a habit of relational applications
    optional=False,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.transactions != "multi-record":
        return
    if known.largest_transaction(case) is None:
        yield RULE.finding("Multi-record transactions are needed; how many records is not said.")
