"""Relational load with long idle times."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TR-002",
    title="Intermittent or development use prefers Aurora Serverless with auto-pause",
    why=(
        "A paused cluster costs its storage only. The first request after a pause waits for it "
        "to resume, about 15 s."
    ),
    verdict="prefer",
    services=("aurora-serverless",),
    looks_at=("traffic.shape", "data.format", "needs.sql", "needs.engine"),
    facts=("aurora_serverless.acu_min", "aurora_serverless.resume_latency"),
    worth=1.0,  # nobody has to start and stop instances
)


def findings(case: Case) -> Iterator[RuleFinding]:
    shape = case.workload.traffic.shape
    if shape in ("intermittent", "development") and known.relational(case):
        yield RULE.finding(f"The load is relational and {shape}.")
        yield RULE.finding(f"The use is {shape}.", features=("auto-pause",))
