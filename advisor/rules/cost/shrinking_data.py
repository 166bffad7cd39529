"""Storage that cannot shrink."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-CO-004",
    title="RDS storage does not shrink when data expires",
    why=(
        "A volume once grown stays paid for; Aurora and DynamoDB charge what is in use. Make "
        "room for one lifetime of data, not for its history."
    ),
    verdict="warn",
    services=("rds",),
    looks_at=("retention.live", "data.growth"),
    facts=("rds.storage_can_shrink", "aurora.billed_storage"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    workload = case.workload
    if workload.retention.live_s is not None and workload.data.growth_per_month:
        for volume in ("gp3", "io2"):
            yield RULE.finding("Records expire while the data grows.", features=(volume,))
