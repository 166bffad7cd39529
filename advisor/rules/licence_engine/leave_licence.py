"""Leaving a commercial licence."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-006",
    title="Leaving a commercial licence prefers an Aurora engine",
    why=(
        "Aurora PostgreSQL and MySQL carry no licence fee; AWS offers conversion tools for "
        "schema and data, and Babelfish understands SQL Server's dialect."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.licence", "needs.engine", "needs.existing"),
    facts=("choose.aurora_when",),
    worth=6.0,  # what a move of schema, procedures and data costs, AWS's tools make for Aurora
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.licence != "leave":
        return
    engine, existing = known.named(case), known.existing(case)
    left = engine if engine is not None and engine.commercial else existing
    name = left.name if left is not None and left.commercial else "the commercial engine"
    yield RULE.finding(f"The licence of {name} is to be left.")
    yield RULE.finding(f"The licence of {name} is to be left.", features=("aurora-postgresql",))
    if engine is not None and engine.commercial:
        yield RULE.finding(
            f"needs.engine says {engine.name} must stay, needs.licence says its licence is to be "
            f"left: these contradict each other, and leaving was taken as the will; plans are for "
            f"PostgreSQL, which it is left for.",
            verdict="warn",
        )
