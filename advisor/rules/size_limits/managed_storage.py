"""More data than a managed relational volume holds."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

TIB = 1024.0**4

RULE = Rule(
    code="R-SZ-004",
    title="Data beyond the largest managed volume excludes relational services",
    why=(
        "One cluster volume has a largest size; beyond it the data is sharded over several, or "
        "kept in a service that partitions by itself."
    ),
    verdict="exclude",
    services=("rds", "aurora-serverless"),
    looks_at=("data.records", "data.record_size", "data.growth"),
    facts=("aurora.storage_max", "rds.max_storage"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    stored, most_tib = known.stored_bytes(case), limit("aurora.storage_max")
    if stored is not None and stored > most_tib * TIB:
        yield RULE.finding(
            f"The data grows to {known.number(stored / TIB)} TiB within "
            f"{known.number(case.horizon_months)} months; the largest volume has "
            f"{known.number(most_tib)} TiB.",
            instead="the data sharded over several clusters, or old data as files on S3",
        )
