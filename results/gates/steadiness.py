"""The trial never settled, so its mean depends on when it was stopped."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate
from results.record import Finding, Record


def _check(record: Record) -> Iterator[Finding]:
    if record.outcome == "unstable":
        yield GATE.finding("error", f"unstable: {record.error or record.steady_reason}")
    elif record.steady is False:
        yield GATE.finding("warning", f"not steady: {record.steady_reason}")
    elif record.steady is None and record.outcome == "ok":
        yield GATE.finding("note", "whether it was steady was not tested")


GATE = Gate(
    code="G-STEADY",
    title="Steady state",
    why="Caches filling, checkpoints and compaction change the level while it is measured.",
    source="results.steady: drift and change of level",
    check=_check,
)
