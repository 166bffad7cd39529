"""A load that can be paid for ahead."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-CO-003",
    title="A steady load can be reserved for one or three years",
    why=(
        "Reserved classes and savings plans cost up to about half of the hourly price. The "
        "totals shown are hourly prices, without it."
    ),
    verdict="prefer",
    services=("rds", "ec2"),
    looks_at=("traffic.shape",),
    facts=("rds_prices.reserved_3yr_all_upfront", "rds_prices.database_savings_plan"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.traffic.shape in ("steady", "daily"):
        yield RULE.finding(
            f"The traffic is {case.workload.traffic.shape}.", features=("reserved-capacity",)
        )
