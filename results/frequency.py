"""What becomes of response time as the offered rate grows, and over a day of changing load.

Pure functions of the records and answers of runs. Only open load is looked at: closed load offers what
the engine takes, so its rate is an answer, not a question.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.gates.seam import told
from results.likeness import load_shape, options, question
from results.series import rates_per_s
from results.summary import merged

if TYPE_CHECKING:
    from results.answers import Answer
    from results.record import Record

# An engine keeps up when it completes nearly all that is offered; the rest is the last requests of the
# window, still under way.
KEEPS_UP = 0.95
# Arrivals scatter: so many standard deviations of their number less are no sign of falling behind.
_SCATTER = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One offered rate, repetitions together; times are of responses, over all operations.

    refused   a gate refused all of its trials as evidence
    """

    rate_per_s: float
    throughput_per_s: float
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None
    p999_s: float | None
    errors: int
    keeps_up: bool
    refused: bool
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLadder:
    """One workload on one engine at growing rates. `first`: the record that names both.

    knee_…            of a curve: between which rates its knee lies; None: no curve, or not shown
    falls_behind_per_s   the smallest offered rate that was not kept up with; None: all were
    """

    first: Record
    options: str
    rates: tuple[Offered, ...]
    knee_low_per_s: float | None
    knee_high_per_s: float | None
    falls_behind_per_s: float | None

    @property
    def largest(self) -> Offered | None:
        """The largest rate below which all were kept up with, this included."""
        kept = None
        for offered in self.rates:
            if not offered.keeps_up:
                break
            kept = offered
        return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A part of a day. `at_s`: since it began, in the time that the load is about."""

    at_s: float
    rate_per_s: float
    mean_s: float | None
    max_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeRun:
    """One workload on one engine under a load that changes by plan."""

    first: Record
    shape: str
    compression: float
    moments: tuple[Moment, ...]
    refused: bool


def rate_ladders(records: Sequence[Record], answers: Iterable[Answer]) -> tuple[RateLadder, ...]:
    """A ladder for each workload and engine that was offered a steady rate or more."""
    groups: dict[tuple[object, ...], dict[float, list[Record]]] = {}
    for record in records:
        rate = record.load.rate_per_s
        if record.load.kind == "open" and rate and _shape(record) is None and record.operations:
            groups.setdefault(question(record), {}).setdefault(rate, []).append(record)
    curves = [a for a in answers if a.kind == "curve" and a.knee_clients is None]
    return tuple(_ladder(rates, curves) for rates in groups.values())


def shapes(records: Iterable[Record]) -> tuple[ShapeRun, ...]:
    """Every trial whose load changes by plan; of repetitions the first that is evidence."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        shape = _shape(record)
        if shape is not None and record.series:
            groups.setdefault((*question(record), shape), []).append(record)
    return tuple(
        _run(next((record for record in group if record.is_evidence), group[0]))
        for group in groups.values()
    )


def _shape(record: Record) -> str | None:
    return load_shape(record.load)


def _run(record: Record) -> ShapeRun:
    factor = record.load.compression or 1.0
    rates = rates_per_s(record.series, record.duration_s)
    return ShapeRun(
        first=record,
        shape=_shape(record) or "",
        compression=factor,
        moments=tuple(
            Moment(at_s=point.t_s * factor, rate_per_s=rate, mean_s=point.mean_s, max_s=point.max_s)
            for point, rate in zip(record.series, rates, strict=False)
        ),
        refused=not record.is_evidence,
    )


def _ladder(rates: dict[float, list[Record]], curves: Sequence[Answer]) -> RateLadder:
    offered = tuple(_offered(rate, group) for rate, group in sorted(rates.items()))
    ids = {identifier for each in offered for identifier in each.records}
    curve = next((a for a in curves if any(point.record in ids for point in a.points)), None)
    first = next(iter(rates.values()))[0]
    return RateLadder(
        first=first,
        options=options(first),
        rates=offered,
        knee_low_per_s=curve.low_per_s if curve else None,
        knee_high_per_s=curve.high_per_s if curve else None,
        falls_behind_per_s=next((each.rate_per_s for each in offered if not each.keeps_up), None),
    )


def _offered(rate: float, group: Sequence[Record]) -> Offered:
    good = [record for record in group if record.is_evidence] or list(group)
    times = merged([told(operation) for record in good for operation in record.operations])
    completed = sum(record.throughput_per_s for record in good) / len(good)
    window_s = sum(record.duration_s for record in good)
    scatter = _SCATTER * math.sqrt(rate / window_s) if window_s > 0 else 0.0
    return Offered(
        rate_per_s=rate,
        throughput_per_s=completed,
        p50_s=times.p50_s,
        p90_s=times.p90_s,
        p95_s=times.p95_s,
        p99_s=times.p99_s,
        p999_s=times.p999_s,
        errors=sum(record.errors_count for record in good),
        keeps_up=completed >= KEEPS_UP * rate - scatter,
        refused=not any(record.is_evidence for record in group),
        records=tuple(record.id for record in good),
    )
