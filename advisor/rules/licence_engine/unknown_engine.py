"""A name of an engine that is in no list."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.licence_engine.products import spelt
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-012",
    title="An engine that is not known is taken for one that nobody offers managed",
    why="If that is wrong, so is the answer: correct needs.engine, or strike it.",
    verdict="warn",
    services=("ec2",),
    looks_at=("needs.engine",),
    facts=("rds.engines",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is None or engine.family != "unlisted":
        return
    near = spelt(engine.name)
    meant = f" The nearest known name is {near}." if near else ""
    yield RULE.finding(f"'{engine.name}' is no product that is known here.{meant}")
