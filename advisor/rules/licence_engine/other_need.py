"""A need for another kind of system: a cache, a search index, a warehouse."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known
from advisor.rules.licence_engine.products import OTHER_NEEDS
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-004",
    title="A cache, a search index or a warehouse is none of the four services",
    why="An operational database would do that work slowly and at several times the price.",
    verdict="exclude",
    services=SERVICES,
    looks_at=("needs.engine", "needs.administration", "needs.operating_system_access"),
    reference=(
        "https://github.com/aws/agent-toolkit-for-aws, skills/core-skills/aws-database/"
        "references/select.md (2026-08-20)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is None or engine.family not in OTHER_NEEDS:
        return
    needs = case.workload.needs
    runs_itself = needs.administration == "own" or needs.operating_system_access
    services: tuple[str, ...] = SERVICES
    if runs_itself and not engine.service_only:
        services = tuple(s for s in SERVICES if s != "ec2")
    yield RULE.finding(
        f"{engine.name} is a {engine.family} system.", services=services, instead=engine.instead
    )
