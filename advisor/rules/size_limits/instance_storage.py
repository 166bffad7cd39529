"""More data than one RDS volume holds, but not more than an Aurora volume."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit
from advisor.rules.size_limits.managed_storage import TIB

RULE = Rule(
    code="R-SZ-005",
    title="Data beyond an RDS volume needs an Aurora cluster",
    why="Aurora's volume grows further than the storage of an RDS instance.",
    verdict="require",
    services=("rds",),
    looks_at=("data.records", "data.record_size", "data.growth"),
    facts=("rds.max_storage", "aurora.storage_max"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    stored, most_tib = known.stored_bytes(case), limit("rds.max_storage")
    if stored is not None and most_tib * TIB < stored <= limit("aurora.storage_max") * TIB:
        yield RULE.finding(
            f"The data grows to {known.number(stored / TIB)} TiB; an RDS instance holds "
            f"{known.number(most_tib)} TiB.",
            features=("aurora",),
        )
