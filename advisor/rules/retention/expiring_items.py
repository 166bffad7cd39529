"""Short-lived items: sessions, carts, tokens."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-RE-002",
    title="Items that expire prefer DynamoDB",
    why=(
        "Expiry there costs no capacity; in a relational engine every expired row is a delete "
        "that is logged, vacuumed or purged, and paid in CPU and IO."
    ),
    verdict="prefer",
    services=("dynamodb",),
    looks_at=("retention.live", "data.format", "operations.kind"),
    facts=("dynamodb.ttl_delete_delay",),
    worth=0.25,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    live_s, form = case.workload.retention.live_s, case.workload.data.format
    if live_s is None or form not in known.ITEM_FORMATS or known.relational(case):
        return
    if known.key_only(case):
        yield RULE.finding(f"{form} items live {known.duration(live_s)}.")
