"""A budget."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-CO-002",
    title="Plans above the budget stand behind plans within it",
    why="If every plan is above it, the cheapest is shown and the conflict is named.",
    verdict="warn",
    services=SERVICES,
    looks_at=("needs.budget",),
    reference="storefit's own method: a budget below the cheapest plan is a conflict of needs",
)


def findings(case: Case) -> Iterator[RuleFinding]:
    budget = case.workload.needs.budget_usd_per_month
    if budget is not None:
        yield RULE.finding(f"The budget is {known.number(budget)} USD a month.")
