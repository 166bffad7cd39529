"""Records larger than a DynamoDB item may be."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

BYTES_PER_KB = 1024.0  # the limit counts binary kilobytes, attribute names included

RULE = Rule(
    code="R-SZ-001",
    title="Records above the item limit exclude DynamoDB",
    why="An item, names and values together, has a fixed largest size that cannot be raised.",
    verdict="exclude",
    services=("dynamodb",),
    looks_at=("data.record_size",),
    facts=("dynamodb.item_size_max",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    size_bytes = case.workload.data.record_size_bytes
    most_kb = limit("dynamodb.item_size_max")
    if size_bytes is not None and size_bytes > most_kb * BYTES_PER_KB:
        yield RULE.finding(
            f"A record has {known.number(size_bytes / BYTES_PER_KB)} KB on average; an item may "
            f"have {known.number(most_kb)} KB."
        )
