"""Inserts in numbers that are better written in batches."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

MANY_PER_S = 10_000.0  # one commit each is more than a log on a network volume writes at ease
SINGLE = frozenset({"insert"})

RULE = Rule(
    code="R-TR-010",
    title="A stream of inserts is written in batches",
    why=(
        "One commit for hundreds of records costs little more than one for a single record: "
        "batches in the writer, or Amazon Kinesis in front of it, spare most of what is sized "
        "here. A stream of measurements has a store of its own, Timestream for InfluxDB."
    ),
    verdict="warn",
    services=("rds", "aurora-serverless", "ec2", "dynamodb"),
    looks_at=("operations.kind", "operations.weight", "traffic.peak", "traffic.mean"),
    reference=(
        "https://www.postgresql.org/docs/current/populate.html#DISABLE-AUTOCOMMIT (read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    traffic, share = case.workload.traffic, known.shares(case, SINGLE)
    rate = traffic.peak_per_s or traffic.mean_per_s
    if share and rate and share * rate >= MANY_PER_S:
        yield RULE.finding(f"Up to {known.number(share * rate)} records a second are inserted.")
