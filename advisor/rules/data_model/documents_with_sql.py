"""Documents that must also be joined or queried freely."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-DM-005",
    title="Documents asked with SQL fit JSON columns of a relational engine",
    why=(
        "PostgreSQL's jsonb and MySQL's JSON keep nested documents beside columns, index paths "
        "inside them, and join them with tables."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless"),
    looks_at=("data.format", "needs.sql", "needs.joins", "needs.ad_hoc_queries"),
    reference="https://www.postgresql.org/docs/current/datatype-json.html (read 2026-11-22)",
    worth=0.2,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.data.format == "document" and known.relational(case):
        yield RULE.finding("Documents are stored and SQL, joins or ad-hoc queries are needed.")
