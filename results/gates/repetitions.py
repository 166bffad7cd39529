"""Repetitions of the same trial that disagree show what the machine adds to every figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results.gates.seam import Gate
from results.likeness import setting
from results.record import Finding, Record

_LIMIT = 0.10
_FEWEST = 3


def _check(record: Record, beside: Sequence[Record]) -> Iterator[Finding]:
    rates = [
        other.throughput_per_s
        for other in (*beside, record)
        if other.outcome == "ok" and setting(other) == setting(record)
    ]
    if len(rates) < _FEWEST or record.outcome != "ok":
        return
    from results.statistics import mean_interval

    width = mean_interval(rates).relative_half_width
    if width is not None and width > _LIMIT:
        yield GATE.finding(
            "warning",
            f"{len(rates)} repetitions disagree: mean throughput is known to ±{width:.0%}",
            value=width,
            limit=_LIMIT,
        )


GATE = Gate(
    code="G-REPEAT",
    title="Repetitions disagree",
    why="One repetition's figures stand for no more than themselves then.",
    source="95 % interval of the mean of repetitions",
    across=_check,
)
