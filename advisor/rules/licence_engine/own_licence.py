"""Bringing a licence along."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-007",
    title="A licence of one's own narrows where a commercial engine runs",
    why=(
        "RDS takes own licences for Oracle (Enterprise and Standard Two), for Db2, and for SQL "
        "Server with active Software Assurance; prices then exclude the licence. EC2 takes all."
    ),
    verdict="warn",
    services=("rds", "ec2"),
    looks_at=("needs.licence", "needs.engine"),
    reference=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Oracle.Concepts.Licensing.html, "
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/sqlserver-byom.html "
        "(read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is not None and engine.commercial and case.workload.needs.licence == "byol":
        yield RULE.finding(f"{engine.name} runs with an own licence.")
