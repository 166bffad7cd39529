"""Items that differ in their attributes fit a schemaless store."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-DM-004",
    title="A flexible schema prefers DynamoDB",
    why=(
        "Only the key attributes of a DynamoDB table are fixed; every item may carry attributes "
        "of its own, without a migration."
    ),
    verdict="prefer",
    services=("dynamodb",),
    looks_at=("needs.flexible_schema", "needs.sql", "needs.joins"),
    facts=("choose.dynamodb_when",),
    worth=0.5,  # JSON columns give a relational engine half of the same
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.flexible_schema and not known.relational(case):
        yield RULE.finding("Items may differ in their attributes (flexible_schema).")
