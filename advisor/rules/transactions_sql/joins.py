"""Joins."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TX-001",
    title="Joins exclude DynamoDB",
    why="DynamoDB has no joins: each would be written in the application, one request per item.",
    verdict="exclude",
    services=("dynamodb",),
    looks_at=("needs.joins", "operations.kind"),
    facts=("choose.dynamodb_not_when",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if not known.joins(case):
        return
    declared = case.workload.needs.joins
    yield RULE.finding("Joins are needed." if declared else "The operations hold joins.")
