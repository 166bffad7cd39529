"""The per-second series of a record."""

from __future__ import annotations

from collections.abc import Sequence

from results.record import Second

MOST_POINTS = 2_000


def thinned(series: Sequence[Second], *, most: int = MOST_POINTS) -> tuple[Second, ...]:
    """At most `most` points: neighbours are joined two by two until they fit.

    Counts are added, means weighted by count, maxima kept; a joined point starts where its first
    part starts. A record stays one line of modest length however long the trial was.
    """
    points = tuple(series)
    while len(points) > most:
        pairs = [points[at : at + 2] for at in range(0, len(points), 2)]
        points = tuple(_joined(pair) for pair in pairs)
    return points


def _joined(pair: Sequence[Second]) -> Second:
    operations = sum(second.operations for second in pair)
    timed = [(s.operations, s.mean_s) for s in pair if s.mean_s is not None and s.operations]
    weight = sum(count for count, _ in timed)
    maxima = [second.max_s for second in pair if second.max_s is not None]
    return Second(
        t_s=pair[0].t_s,
        operations=operations,
        errors=sum(second.errors for second in pair),
        mean_s=sum(count * mean for count, mean in timed) / weight if weight else None,
        max_s=max(maxima, default=None),
        cpu_s=_sum([second.cpu_s for second in pair]),
        read_bytes=_sum([second.read_bytes for second in pair]),
        write_bytes=_sum([second.write_bytes for second in pair]),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    """None where one of them is not known."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def rates_per_s(series: Sequence[Second], duration_s: float) -> list[float]:
    """Operations per second of each point; the last one ends with the window.

    A last point shorter than half of the others is left out: its rate is mostly chance.
    """
    if not series:
        return []
    ends = [second.t_s for second in series[1:]] + [max(duration_s, series[-1].t_s)]
    spans = [end - second.t_s for second, end in zip(series, ends, strict=True)]
    usual = sorted(spans)[len(spans) // 2]
    if usual <= 0:
        return []
    return [
        second.operations / span
        for second, span in zip(series, spans, strict=True)
        if span >= usual / 2
    ]
