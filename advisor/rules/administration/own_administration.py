"""A team that wants to run the database itself."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AD-002",
    title="Own patching, tuning and clustering require EC2",
    why=(
        "On a managed service the provider installs, patches, backs up and fails over; on EC2 "
        "all of it is the team's."
    ),
    verdict="require",
    services=("ec2",),
    looks_at=("needs.administration",),
    facts=("choose.rds_over_ec2", "rds.os_access"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.administration == "own":
        yield RULE.finding("The team wants to patch, tune and cluster the database itself.")
