"""Minimal change of an application on a product that is not relational."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known
from advisor.rules.licence_engine.products import OTHER_NEEDS
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-MI-002",
    title="Minimal application change keeps the data model",
    why="Moving between a relational and another model rewrites every access to the data.",
    verdict="exclude",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.application_change", "needs.existing"),
    reference=(
        "https://github.com/aws/agent-toolkit-for-aws, skills/core-skills/aws-database/"
        "references/select.md (2026-08-20)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs, existing = case.workload.needs, known.existing(case)
    if needs.application_change != "minimal" or existing is None:
        return
    if existing.family == "relational" or existing.family in OTHER_NEEDS:
        return
    keeps = existing.services if existing.service_only else ("ec2",)
    yield RULE.finding(
        f"The application runs on {existing.name} and is to change little.",
        services=tuple(s for s in SERVICES if s not in keeps),
        instead=existing.instead,
    )
