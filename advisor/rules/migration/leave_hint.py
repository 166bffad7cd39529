"""A commercial engine under an application that may change."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-MI-004",
    title="An Oracle or SQL Server application that may change can leave its licence",
    why=(
        "Aurora PostgreSQL is the usual target of such a move; set needs.licence to leave to "
        "have it weighed."
    ),
    verdict="warn",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.existing", "needs.application_change", "needs.licence"),
    facts=("choose.aurora_when",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs, existing = case.workload.needs, known.existing(case)
    if existing is None or not existing.commercial or needs.application_change != "any":
        return
    if needs.licence is None:
        yield RULE.finding(f"{existing.name} runs today and the application may change.")
