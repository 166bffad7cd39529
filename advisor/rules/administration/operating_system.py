"""Access to the operating system."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

CUSTOM = {  # products RDS Custom runs
    "sqlserver": "Amazon RDS Custom, which opens the operating system for this engine",
    "oracle": (
        "no managed service for new databases: Amazon RDS Custom opens the operating system for "
        "Oracle, and its support ends on 31 March 2027"
    ),
}

RULE = Rule(
    code="R-AD-001",
    title="Operating system access requires EC2",
    why="Managed databases give no shell on the host, no own agents and no own file systems.",
    verdict="require",
    services=("ec2",),
    looks_at=("needs.operating_system_access", "needs.engine", "needs.existing"),
    facts=("rds.os_access",),
    reference=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/working-with-custom-oracle.html "
        "(notice read 2026-11-30)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if not case.workload.needs.operating_system_access:
        return
    engine = known.engine(case) or known.existing(case)
    instead = CUSTOM.get(engine.name, "") if engine is not None else ""
    yield RULE.finding("Access to the operating system is needed.", instead=instead)
