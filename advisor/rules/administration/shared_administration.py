"""A team that shares the work with the provider."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AD-005",
    title="Shared administration prefers RDS",
    why=(
        "The provider patches, backs up and fails over; the team chooses class, parameters, "
        "version and maintenance window."
    ),
    verdict="prefer",
    services=("rds",),
    looks_at=("needs.administration",),
    facts=("choose.rds_over_ec2",),
    worth=0.2,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.administration == "shared":
        yield RULE.finding("Administration is to be shared with the provider.")
