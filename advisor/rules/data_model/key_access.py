"""Items reached by their key alone are what a key-value service is made for."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-DM-003",
    title="Items reached only by key prefer DynamoDB",
    why=(
        "A key-value table spreads such items over partitions, needs no instance to size, and "
        "its response time does not depend on the amount of data."
    ),
    verdict="prefer",
    services=("dynamodb",),
    looks_at=("data.format", "operations.kind", "needs.sql", "needs.joins", "needs.ad_hoc_queries"),
    facts=("choose.dynamodb_when",),
    worth=1.0,  # no classes, failovers or upgrades to plan for
)


def findings(case: Case) -> Iterator[RuleFinding]:
    form, by_key = case.workload.data.format, known.key_only(case)
    if form not in known.ITEM_FORMATS or known.relational(case):
        return
    if by_key:
        yield RULE.finding(f"The data are {form} items and every operation goes through the key.")
    elif by_key is None and form == "key-value":
        yield RULE.finding("The data are key-value items.")
