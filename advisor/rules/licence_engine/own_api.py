"""The API of a service that exists nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-002",
    title="A DynamoDB application that must stay requires DynamoDB",
    why="Its API is offered by no other of the services.",
    verdict="require",
    services=("dynamodb",),
    looks_at=("needs.engine",),
    facts=("choose.dynamodb_when",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is not None and "dynamodb" in engine.services:
        yield RULE.finding(f"{engine.name} must stay.")
