"""Many connections that live for one request."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

PROXIED = frozenset({"postgresql", "mysql", "mariadb", "sqlserver"})

RULE = Rule(
    code="R-TR-008",
    title="Many short connections to a relational database need RDS Proxy",
    why=(
        "Each connection to a relational server costs memory and a handshake; the proxy keeps a "
        "pool. A cluster behind it does not pause. DynamoDB is asked over HTTP and needs none."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.short_connections", "needs.engine"),
    facts=("aurora_serverless.auto_pause_blockers",),
    reference="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html (read 2026-11-22)",
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is not None and not PROXIED & set(engine.speaks):
        return
    if case.workload.needs.short_connections:
        yield RULE.finding("Connections are many and short-lived.", features=("rds-proxy",))
