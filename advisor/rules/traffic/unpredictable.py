"""Relational load that cannot be foreseen."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TR-001",
    title="Spiky or unpredictable relational load prefers Aurora Serverless",
    why=(
        "Its capacity follows the load within seconds and without losing connections; a class "
        "must be chosen for the peak and is paid all month."
    ),
    verdict="prefer",
    services=("aurora-serverless",),
    looks_at=("traffic.shape", "data.format", "needs.sql", "needs.engine"),
    facts=("choose.aurora_when", "aurora_serverless.scale_up"),
    worth=2.0,  # a class sized for a peak nobody foresaw is too large or an outage
)


def findings(case: Case) -> Iterator[RuleFinding]:
    shape = case.workload.traffic.shape
    if shape in ("spiky", "unpredictable") and known.relational(case):
        yield RULE.finding(f"The load is relational and {shape}.")
