"""Serverless as a must."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AD-007",
    title="Serverless as a must leaves DynamoDB and Aurora Serverless",
    why="These two take requests without an instance class; RDS and EC2 have one to choose.",
    verdict="require",
    services=("dynamodb", "aurora-serverless"),
    looks_at=("needs.serverless",),
    facts=("aurora_serverless.acu_min", "dynamodb.default_mode"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.serverless:
        yield RULE.finding("The database must be serverless.")
