"""An unknown data model is not a key-value one."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-DM-002",
    title="An unknown data model is not taken for a key-value one",
    why=(
        "A key-value store answers only the questions its keys were designed for; a relational "
        "one answers those that come later. State data.format, or needs.sql and needs.joins."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=("data.format", "needs.engine", "needs.sql", "needs.joins", "needs.flexible_schema"),
    facts=("choose.dynamodb_not_when",),
    worth=3.0,  # as R-DM-001: what a wrong guess would cost is a re-modelled application
    optional=False,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs = case.workload.needs
    if case.workload.data.format not in (None, "unknown") or needs.engine:
        return
    if known.relational(case) is not None or needs.flexible_schema:
        return
    yield RULE.finding("Nobody said what the data looks like.")
