"""Too many requests failed for the others to stand for the workload."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate
from results.record import Finding, Record

_LIMIT = 0.001


def _check(record: Record) -> Iterator[Finding]:
    if record.outcome in ("error", "timeout"):
        yield GATE.finding("error", f"the trial ended early: {record.error or record.outcome}")
    tried = record.operations_done + record.errors_count
    share = record.errors_count / tried if tried else 0.0
    if share > _LIMIT:
        kinds = ", ".join(f"{e.kind} x {e.count}" for e in record.errors[:3])
        yield GATE.finding(
            "error",
            f"{share:.2%} of the operations failed{f': {kinds}' if kinds else ''}",
            value=share,
            limit=_LIMIT,
        )


GATE = Gate(
    code="G-ERRORS",
    title="Errors",
    why="A failed request is often a fast one, and it spares the engine work.",
    source="chosen: 0.1 % leaves the 99th percentile where it is",
    check=_check,
)
