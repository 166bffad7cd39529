"""Peaks that come at known times."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TR-004",
    title="Steady, daily or periodic traffic prefers provisioned capacity with auto scaling",
    why=(
        "Provisioned units are cheaper than requests as soon as they are used well, and a "
        "schedule or auto scaling follows a peak that is known."
    ),
    verdict="prefer",
    services=("dynamodb",),
    looks_at=("traffic.shape",),
    facts=("dynamodb.guidance_provisioned", "dynamodb_prices.breakeven_on_demand_vs_provisioned"),
    worth=0.1,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    shape = case.workload.traffic.shape
    if shape in ("steady", "daily", "periodic"):
        yield RULE.finding(f"The traffic is {shape}.", features=("provisioned-autoscaling",))
