"""An engine that none of the managed services offers."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.licence_engine.products import OTHER_NEEDS
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-003",
    title="An engine that no managed service offers requires EC2",
    why="It runs on EC2 as on any server; where it must be managed, another service fits better.",
    verdict="require",
    services=("ec2",),
    looks_at=("needs.engine",),
    facts=("rds.engines",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is None or engine.services or engine.elsewhere or engine.family in OTHER_NEEDS:
        return
    nature = "" if engine.family == "unlisted" else f", of the family {engine.family},"
    managed = f" Managed, its protocol's place is {engine.instead}." if engine.instead else ""
    yield RULE.finding(
        f"{engine.name}{nature} must stay.{managed}",
        instead=engine.instead or f"a managed {engine.name} of its vendor",
    )
