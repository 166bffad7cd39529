"""Questions that are not known in advance."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TX-005",
    title="Ad-hoc queries exclude DynamoDB",
    why=(
        "Each access pattern of a DynamoDB table needs a key or an index made for it; any other "
        "question scans, and pays for, the whole table."
    ),
    verdict="exclude",
    services=("dynamodb",),
    looks_at=("needs.ad_hoc_queries",),
    facts=("choose.dynamodb_not_when",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.ad_hoc_queries:
        yield RULE.finding("Ad-hoc queries are needed.")
