"""Minimal change of an application on a relational engine."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-MI-001",
    title="Minimal application change keeps the relational engine",
    why="Another engine means other SQL, drivers and procedures; the same engine managed does not.",
    verdict="exclude",
    services=("dynamodb", "aurora-serverless"),
    looks_at=("needs.application_change", "needs.existing"),
    facts=("choose.rds_when",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs, existing = case.workload.needs, known.existing(case)
    if needs.application_change != "minimal" or existing is None:
        return
    if existing.family != "relational" or needs.licence == "leave":
        return
    lacking = tuple(s for s in SERVICES if s not in existing.services and s != "ec2")
    yield RULE.finding(
        f"The application runs on {existing.name} and is to change little.", services=lacking
    )
