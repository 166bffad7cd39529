"""More connections than a server takes."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-TR-009",
    title="Thousands of connections need a pool in front of a relational database",
    why=(
        "The default limit follows the memory of the class and ends at 5,000 for PostgreSQL; "
        "long before it, idle connections cost memory."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=("needs.connections",),
    facts=("rds.max_connections_postgres_cap", "rds.max_connections_postgres"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    wanted = case.workload.needs.connections
    if wanted is None or wanted <= limit("rds.max_connections_postgres_cap"):
        return
    seen = f"{known.number(wanted)} connections are needed."
    yield RULE.finding(seen, services=("rds", "aurora-serverless"), features=("rds-proxy",))
    yield RULE.finding(seen, services=("ec2",), features=("connection-pool",))
