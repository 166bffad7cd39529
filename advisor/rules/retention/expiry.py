"""Records that expire."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-RE-001",
    title="Records with a lifetime expire by TTL or by partition",
    why=(
        "DynamoDB deletes expired items itself and does not charge for it, usually within two "
        "days, so readers filter on the time. Relational tables drop partitions by time."
    ),
    verdict="prefer",
    services=("dynamodb", "rds", "aurora-serverless", "ec2"),
    looks_at=("retention.live",),
    facts=("dynamodb.ttl_delete_delay",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    live_s = case.workload.retention.live_s
    if live_s is None:
        return
    seen = f"Records live {known.duration(live_s)}."
    yield RULE.finding(seen, services=("dynamodb",), features=("ttl",))
    others = ("rds", "aurora-serverless", "ec2")
    yield RULE.finding(seen, services=others, features=("time-partitions",))
