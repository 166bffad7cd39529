"""A database of AWS that is none of the four services."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known
from advisor.rules.licence_engine.products import OTHER_NEEDS
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-011",
    title="A product that is a service of its own is none of the four",
    why="It runs in its own service and nowhere else, not on a server of one's own either.",
    verdict="exclude",
    services=SERVICES,
    looks_at=("needs.engine",),
    reference=(
        "https://github.com/aws/agent-toolkit-for-aws, skills/core-skills/aws-database/"
        "references/select.md (2026-08-20)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is not None and engine.elsewhere and engine.family not in OTHER_NEEDS:
        yield RULE.finding(f"{engine.name} must stay.", instead=engine.instead)
