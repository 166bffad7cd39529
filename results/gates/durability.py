"""Commits that were not flushed to the disk say nothing about a store that flushes them."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate, writes
from results.record import Finding, Record


def _check(record: Record) -> Iterator[Finding]:
    if record.engine.durability == "full" or not writes(record):
        return
    asked = record.trial.durability == record.engine.durability
    yield GATE.finding(
        "error",
        f"durability was {record.engine.durability}"
        f"{', as asked' if asked else f' although {record.trial.durability} was asked'}: "
        "commits were acknowledged before they were on the disk",
    )


GATE = Gate(
    code="G-DURABILITY",
    title="Durability weaker than needed",
    why="Managed stores flush every commit; a write that skips it costs a fraction.",
    source="Amazon RDS and DynamoDB acknowledge a write when it is durable",
    check=_check,
    comparable=True,
)
