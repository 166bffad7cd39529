"""A mean far below the peak."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-TR-006",
    title="A mean below the break-even share of the peak prefers on-demand capacity",
    why=(
        "Below that utilisation provisioned units cost more than the requests they serve; auto "
        "scaling helps only where the load changes slowly."
    ),
    verdict="prefer",
    services=("dynamodb",),
    looks_at=("traffic.mean", "traffic.peak", "traffic.shape"),
    facts=("dynamodb_prices.breakeven_on_demand_vs_provisioned",),
    worth=0.1,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    traffic = case.workload.traffic
    if not traffic.mean_per_s or not traffic.peak_per_s or traffic.shape in ("daily", "periodic"):
        return
    used = 100.0 * traffic.mean_per_s / traffic.peak_per_s
    even = limit("dynamodb_prices.breakeven_on_demand_vs_provisioned")
    if used < even:
        yield RULE.finding(
            f"The mean is {known.number(used)} % of the peak; break-even is "
            f"{known.number(even)} %.",
            features=("on-demand",),
        )
