"""The same few items again and again."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LA-001",
    title="Hot repeated reads are served by a cache",
    why=(
        "A few items read again and again fill one partition or one buffer; a cache answers them "
        "from memory. DAX does so behind DynamoDB's own API, for eventually consistent reads."
    ),
    verdict="prefer",
    services=("dynamodb", "rds", "aurora-serverless", "ec2"),
    looks_at=("needs.hot_reads",),
    reference=(
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.html (read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.hot_reads:
        seen = "The same few items are read again and again (hot_reads)."
        yield RULE.finding(seen, services=("dynamodb",), features=("dax",))
        others = ("rds", "aurora-serverless", "ec2")
        yield RULE.finding(seen, services=others, features=("read-cache",))
