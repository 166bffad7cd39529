"""A team that wants to run as little as possible."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AD-003",
    title="Minimal administration prefers managed services",
    why=(
        "Installation, patches, backups and failover are the provider's work there; on EC2 they "
        "are hours of the team, every month and at night."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "dynamodb"),
    looks_at=("needs.administration",),
    facts=("choose.rds_over_ec2",),
    worth=0.5,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.administration == "minimal":
        yield RULE.finding("As little administration as possible is wanted.")
