"""Versions whose support has ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule, limit

# Last major versions that are in extended support on RDS (fact rds_prices.extended_support_year_3).
OLD = (
    (re.compile(r"mysql[\s-]*(5\.[67])"), "MySQL"),
    (re.compile(r"(?:postgresql|postgres|pg)[\s-]*((?:9|10|11)(?:\.\d+)?)\b"), "PostgreSQL"),
)

RULE = Rule(
    code="R-LI-009",
    title="A version out of support pays extended support",
    why="Each vCPU of an instance pays for it every hour, more from the third year; upgrade first.",
    verdict="warn",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.existing", "needs.engine"),
    facts=("rds_prices.extended_support_year_1_2", "rds_prices.extended_support_year_3"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs = case.workload.needs
    text = f"{needs.engine or ''} {needs.existing or ''}".lower()
    for pattern, name in OLD:
        match = pattern.search(text)
        if match:
            price = limit("rds_prices.extended_support_year_1_2")
            yield RULE.finding(
                f"{name} {match.group(1)} is out of regular support: {price:g} USD per vCPU-hour."
            )
