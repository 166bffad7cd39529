"""Losing a region with little loss of data or time."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

SECONDS_OF_LOSS = 60.0  # a log-replaying replica across regions is seconds to minutes behind
QUICK_RETURN_S = 900.0  # promoting a replica and pointing clients to it takes minutes by hand

RULE = Rule(
    code="R-AV-008",
    title="Little loss across regions prefers Aurora Global Database or global tables",
    why=(
        "Both copy below the engine, typically within a second, and take over within minutes; a "
        "cross-region read replica of RDS replays a log and is promoted by hand."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "dynamodb"),
    looks_at=("needs.regions", "needs.recovery_point", "needs.recovery_time"),
    reference=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
        "aurora-global-database-disaster-recovery.html (read 2026-11-22)"
    ),
    worth=6.0,  # a stated need: what replays a log is behind when it matters
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs = case.workload.needs
    if needs.regions is None or len(needs.regions) < 2:
        return
    tight_point = needs.recovery_point_s is not None and needs.recovery_point_s <= SECONDS_OF_LOSS
    tight_time = needs.recovery_time_s is not None and needs.recovery_time_s <= QUICK_RETURN_S
    if not (tight_point or tight_time):
        return
    wanted = needs.recovery_point_s if tight_point else needs.recovery_time_s
    what = "of data may be lost" if tight_point else "may pass"
    seen = f"When a region is lost, {known.duration(wanted or 0.0)} {what}."
    yield RULE.finding(seen, services=("rds",), features=("aurora", "global-database"))
    yield RULE.finding(seen, services=("aurora-serverless",), features=("global-database",))
    yield RULE.finding(seen, services=("dynamodb",), features=("global-tables",))
