"""Reads wanted faster than a storage service answers."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

SERVICE_FLOOR_S = 0.001  # DynamoDB says single-digit milliseconds; DAX and caches go below

RULE = Rule(
    code="R-LA-002",
    title="Reads below a millisecond need a cache in memory",
    why=(
        "A durable store reached over the network answers in milliseconds at p99. DAX gives "
        "microseconds for eventually consistent reads; other services need a cache beside them, "
        "which has no price here: their plans are held against the objective without it."
    ),
    verdict="prefer",
    services=("dynamodb", "rds", "aurora-serverless", "ec2"),
    looks_at=("latency.read_p99",),
    facts=("dynamodb.latency",),
    reference=(
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.html (read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    wanted_s = case.workload.latency.read_p99_s
    if wanted_s is None or wanted_s >= SERVICE_FLOOR_S:
        return
    seen = f"Reads must be answered within {known.duration(wanted_s)} at p99."
    yield RULE.finding(seen, services=("dynamodb",), features=("dax",))
    others = ("rds", "aurora-serverless", "ec2")
    yield RULE.finding(seen, services=others, features=("read-cache",))
