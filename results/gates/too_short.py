"""The window is too short for how much the throughput varies within it, or to see it vary."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate
from results.likeness import load_shape
from results.record import Finding, Record
from results.series import rates_per_s

# Half widths of the interval, as fractions of the throughput: above the first the record is warned
# of, above the second it is no evidence.
PRECISE = 0.05
REFUSED = 0.20
_FEWEST_POINTS = 5
# Servers do part of their work in turns of about a second: InnoDB's page cleaner and redo flush
# 1 s, PostgreSQL's background and WAL writers 0.2 s. A second is one such turn, or none.
_SHORTEST_S = 1.5


def _check(record: Record) -> Iterator[Finding]:
    if record.outcome != "ok" or not record.operations_done:
        return
    from results.statistics import relative_half_width

    rates = rates_per_s(record.series, record.duration_s)
    if len(rates) < _FEWEST_POINTS:
        yield GATE.finding(
            "warning",
            f"{record.duration_s:.3g} s in {len(rates)} points are too short to see any variation",
            value=float(len(rates)),
            limit=float(_FEWEST_POINTS),
        )
        return
    if load_shape(record.load) is not None:
        return  # it varies because its load does, and a longer window varies as much
    half = relative_half_width(rates)
    if half is not None and half > PRECISE:
        longer = (half / PRECISE) ** 2
        yield GATE.finding(
            "error" if half > REFUSED else "warning",
            f"throughput is known to ±{half:.1%} only; "
            f"about {longer:.0f} times as long would give ±{PRECISE:.0%}",
            value=half,
            limit=PRECISE,
        )
    elif record.duration_s < _SHORTEST_S and not record.engine.in_process:
        yield GATE.finding(
            "warning",
            f"{record.duration_s:.3g} s are too short: what a server does once in a second is in "
            "it by chance",
            value=record.duration_s,
            limit=_SHORTEST_S,
        )


GATE = Gate(
    code="G-SHORT",
    title="Too short for its own variation",
    why="The mean of a short and uneven window is chance.",
    source="95 % interval of the mean with long-run variance, Newey and West (1987)",
    check=_check,
    comparable=True,  # the scatter of repetitions says it, and the interval is made of that
)
