"""Scans as operations."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TX-008",
    title="Scans of a DynamoDB table pay for every item they read",
    why=(
        "A Scan consumes capacity for what it reads, not for what its filter returns, in pages "
        "of a fixed size; an index on the filtered attribute turns it into a Query."
    ),
    verdict="warn",
    services=("dynamodb",),
    looks_at=("operations.kind",),
    facts=("dynamodb.query_scan_page",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if "scan" in known.kinds(case):
        yield RULE.finding("The operations hold scans with a filter.")
