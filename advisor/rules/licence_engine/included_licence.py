"""A licence as part of the hourly price."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

INCLUDED = frozenset({"oracle", "sqlserver", "db2"})

RULE = Rule(
    code="R-LI-008",
    title="A licence included in the price prefers RDS",
    why=(
        "RDS sells SQL Server by the hour, and of Oracle Standard Edition Two only: Enterprise "
        "Edition needs an own licence. An own server has a licence to buy and count."
    ),
    verdict="prefer",
    services=("rds",),
    looks_at=("needs.licence", "needs.engine"),
    facts=("rds_prices.sqlserver_m5_xlarge_se_li",),
    reference=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Oracle.Concepts.Licensing.html "
        "(read 2026-11-22)"
    ),
    worth=0.3,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    engine = known.engine(case)
    if engine is None or engine.name not in INCLUDED:
        return
    if case.workload.needs.licence == "included":
        yield RULE.finding(f"The licence of {engine.name} is to be part of the price.")
