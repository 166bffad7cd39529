"""The objective is a 99th percentile and the sample is too small to have one."""

from __future__ import annotations

from collections.abc import Iterator

from results.distribution import VALUES_NEEDED
from results.gates.seam import Gate, told
from results.record import Finding, Record


def _check(record: Record) -> Iterator[Finding]:
    needed = VALUES_NEEDED[99.0]
    few = [(o.kind, told(o).count) for o in record.operations if told(o).count < needed]
    if few:
        yield GATE.finding(
            "warning",
            f"no p99 for {', '.join(f'{kind} ({count} values)' for kind, count in few)}; "
            f"{needed} are needed",
            value=float(min(count for _, count in few)),
            limit=float(needed),
        )


GATE = Gate(
    code="G-PERCENTILE",
    title="Percentiles without support",
    why="The 99th percentile of a few hundred values is decided by two or three of them.",
    source="ten values beyond a percentile; esrally prints p99 from 1,000",
    check=_check,
)
