"""SQL as a need."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TX-006",
    title="SQL excludes DynamoDB",
    why=(
        "PartiQL gives DynamoDB's own operations an SQL-like spelling; it has no joins, no "
        "grouping and no optimiser."
    ),
    verdict="exclude",
    services=("dynamodb",),
    looks_at=("needs.sql",),
    reference=(
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html "
        "(read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.sql:
        yield RULE.finding("SQL is needed.")
