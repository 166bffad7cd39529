"""Peaks nobody can foresee, or long idle times."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TR-005",
    title="Unpredictable, spiky or idle traffic prefers on-demand capacity",
    why=(
        "Auto scaling reacts after minutes and throttles until then; on-demand takes twice the "
        "previous peak at once and costs nothing while idle."
    ),
    verdict="prefer",
    services=("dynamodb",),
    looks_at=("traffic.shape",),
    facts=("dynamodb.guidance_on_demand", "dynamodb.on_demand_scaling"),
    worth=2.0,  # throttled requests are an outage
)


def findings(case: Case) -> Iterator[RuleFinding]:
    shape = case.workload.traffic.shape
    if shape in ("unpredictable", "spiky", "intermittent", "development"):
        yield RULE.finding(f"The traffic is {shape}.", features=("on-demand",))
