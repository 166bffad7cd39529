"""The lowest bill as the aim."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-CO-001",
    title="Where the lowest cost decides, optional preferences have no worth",
    why=(
        "The cheapest plan that holds the workload wins; exclusions, requirements and what fits "
        "the data still hold."
    ),
    verdict="warn",
    services=SERVICES,
    looks_at=("needs.lowest_cost",),
    reference="storefit's own method: the cheapest plan that holds the workload",
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.lowest_cost:
        yield RULE.finding("The lowest cost is what counts.")
