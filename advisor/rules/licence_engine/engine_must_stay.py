"""A relational engine that must stay."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-001",
    title="A relational engine that must stay excludes services that do not offer it",
    why="RDS offers six engines, Aurora the dialects of PostgreSQL and MySQL, DynamoDB its own API.",
    verdict="exclude",
    services=("dynamodb", "aurora-serverless"),
    looks_at=("needs.engine",),
    facts=("rds.engines",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is None or engine.family != "relational":
        return
    if engine.commercial and case.workload.needs.licence == "leave":
        return  # R-LI-006 speaks: the wish to leave contradicts the engine that must stay
    lacking = tuple(s for s in SERVICES if s not in engine.services and s != "ec2")
    yield RULE.finding(f"{engine.name} must stay.", services=lacking)
