"""Access to the operating system."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

CUSTOM = frozenset({"oracle", "sqlserver"})  # products RDS Custom runs

RULE = Rule(
    code="R-AD-001",
    title="Operating system access requires EC2",
    why="Managed databases give no shell on the host, no own agents and no own file systems.",
    verdict="require",
    services=("ec2",),
    looks_at=("needs.operating_system_access", "needs.engine"),
    facts=("rds.os_access",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if not case.workload.needs.operating_system_access:
        return
    engine = known.engine(case)
    instead = ""
    if engine is not None and engine.name in CUSTOM:
        instead = "Amazon RDS Custom, which opens the operating system for this engine"
    yield RULE.finding("Access to the operating system is needed.", instead=instead)
