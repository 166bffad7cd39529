"""A managed service as a must."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AD-006",
    title="A managed service as a must excludes EC2",
    why="A database on EC2 is installed, patched, backed up and failed over by its team.",
    verdict="exclude",
    services=("ec2",),
    looks_at=("needs.managed",),
    facts=("choose.rds_over_ec2", "rds.os_access"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.managed:
        yield RULE.finding("The database must be managed.")
