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
    if engine is None or engine.family != "relational" or engine.elsewhere:
        return
    if known.leaves(case):  # R-LI-006 speaks of what is left
        left = known.named(case)
        seen = f"{left.name if left else ''} is left for PostgreSQL, as relational as it is."
        yield RULE.finding(seen, services=("dynamodb",))
        return
    offered = engine.services if engine.service_only else (*engine.services, "ec2")
    seen = f"{engine.name} must stay."
    yield RULE.finding(seen, services=tuple(s for s in SERVICES if s not in offered))
    if engine.name.startswith("aurora"):
        yield RULE.finding(seen, services=("rds",), features=("aurora",), verdict="require")
