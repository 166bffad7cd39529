"""Relational data stays in a relational service, unless joins and SQL are known not to be needed."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-DM-001",
    title="Relational data prefers a relational service",
    why=(
        "Moving rows and references into a key-value table is a new data model: every question "
        "the application asks must be known in advance and gets its own key or index."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=("data.format", "needs.sql", "needs.joins"),
    facts=("choose.dynamodb_not_when",),
    worth=3.0,  # a re-modelled application costs more than the database behind it
    optional=False,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs = case.workload.needs
    if case.workload.data.format != "relational":
        return
    if needs.joins is False and needs.sql is False:
        return
    yield RULE.finding("The data is declared relational.")
