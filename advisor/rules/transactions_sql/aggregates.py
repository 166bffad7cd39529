"""Aggregates, top-k and window questions as operations."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known, whole_table
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-TX-007",
    title="Aggregates exclude DynamoDB",
    why=(
        "DynamoDB has no aggregate functions: a group and its sum mean reading every item, and so "
        "do the largest values and the ranks of an attribute that is no sort key."
    ),
    verdict="exclude",
    services=("dynamodb",),
    looks_at=("operations.kind",),
    facts=("choose.dynamodb_not_when",),
)

# What a table has no function for, in words.
_HELD = {"aggregate": "aggregates", "top-k": "top-k questions", "window": "windows"}


def findings(case: Case) -> Iterator[RuleFinding]:
    held = [word for kind, word in _HELD.items() if kind in known.kinds(case)]
    if not held:
        return
    words = " and ".join(held)
    asked = f" ({pace}, scans included)" if (pace := whole_table.pace(case)) else ""
    if whole_table.kept_apart(case):
        yield RULE.finding(
            f"The operations hold {words}{asked}, which a refreshed columnar copy may answer: "
            f"tables without the copy are out.",
            verdict="require",
            features=("columnar-copy",),
        )
    elif asked:
        yield RULE.finding(
            f"The operations hold {words}{asked}: too often, or too fresh, for a copy beside "
            f"the table."
        )
    else:
        yield RULE.finding(f"The operations hold {words}; nobody said how often they are asked.")
