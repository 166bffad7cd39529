"""Of the managed services, those without instances to size."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AD-004",
    title="Minimal administration slightly prefers services without classes to size",
    why="There is no instance class to choose, watch and change when the load grows.",
    verdict="prefer",
    services=("aurora-serverless", "dynamodb"),
    looks_at=("needs.administration",),
    facts=("aurora_serverless.acu_min",),
    worth=0.1,  # a change of class is a planned half hour, a few times a year
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.administration == "minimal":
        yield RULE.finding("As little administration as possible is wanted.")
