"""The vendor's own default: managed before self-managed."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AD-008",
    title="What a managed service offers is managed unless something speaks against it",
    why=(
        "AWS names RDS, not EC2, as the default for most databases; EC2 is for what managed "
        "services do not offer, and for teams that want to run the database themselves."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "dynamodb"),
    looks_at=("needs.administration", "needs.managed", "needs.engine"),
    facts=("choose.rds_over_ec2",),
    worth=1.0,  # nights, holidays and the one person who knows the set-up are in no bill
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs, engine = case.workload.needs, known.engine(case)
    if needs.administration == "own" or needs.managed is False:
        return
    services = RULE.services if engine is None else engine.services
    if services:
        yield RULE.finding("Nothing asks for a database of one's own.", services=services)
