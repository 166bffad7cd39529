"""Access logs as traces: how many requests came when. Each format is one discovered module.

Memory does not grow with the number of requests: they are counted by the second, and by longer
intervals where a log covers much time. Lines may be in any order.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from workloads.arrivals.logs.seam import Hit, LogFormat, Reader
from workloads.arrivals.series import Series
from workloads.errors import InputError

__all__ = ["Counted", "Hit", "LogFormat", "counted", "formats", "recognise"]

HEAD_LINES = 40
# Rates over one second are noise unless the log is short; over a minute they show the peak.
INTERVALS_S = (1, 60, 300, 900, 3_600, 86_400)
SHORT_S = 3_600
MOST_INTERVALS = 100_000
MOST_COUNTS = 200_000
READ_METHODS = frozenset({"GET", "HEAD"})
WRITE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@cache
def formats() -> tuple[LogFormat, ...]:
    """Every format in this folder, by name of its module."""
    found: list[LogFormat] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        form = getattr(importlib.import_module(f"{__name__}.{module.name}"), "FORMAT", None)
        if form is not None:
            found.append(form)
    return tuple(found)


def recognise(head: Iterable[str]) -> tuple[LogFormat, Reader] | None:
    """The format of a log and what reads its lines; None when it is none."""
    lines = list(islice((line for line in head if line.strip()), HEAD_LINES))
    for form in formats():
        reader = form.reader(lines)
        if reader is not None:
            return form, reader
    return None


@dataclass(slots=True)
class Counted:
    """Requests by time (multiples of `step_s`) and kind of method; lines that could not be read."""

    counts: dict[int, int] = field(default_factory=dict)
    step_s: int = 1
    requests: int = 0
    reads: int = 0
    writes: int = 0
    broken: int = 0
    first_broken: int = 0
    first_s: int = 0
    last_s: int = 0

    def add(self, hit: Hit) -> None:
        second = int(hit.time_s // 1)
        if not self.requests or second < self.first_s:
            self.first_s = second
        if not self.requests or second > self.last_s:
            self.last_s = second
        self.requests += 1
        method = hit.method
        if method in READ_METHODS:
            self.reads += 1
        elif method in WRITE_METHODS:
            self.writes += 1
        place = second - second % self.step_s
        self.counts[place] = self.counts.get(place, 0) + 1
        if len(self.counts) > MOST_COUNTS:
            self._coarser(next((s for s in INTERVALS_S if s > self.step_s), self.step_s * 2))

    def _coarser(self, step_s: int) -> None:
        merged: dict[int, int] = {}
        for place, count in self.counts.items():
            start = place - place % step_s
            merged[start] = merged.get(start, 0) + count
        self.counts, self.step_s = merged, step_s

    @property
    def interval_s(self) -> int:
        """Length of the intervals whose rates the series has."""
        span = self.last_s - self.first_s + 1
        least = 1 if span <= SHORT_S else INTERVALS_S[1]
        fitting = (
            s for s in INTERVALS_S if s >= max(least, self.step_s) and span <= s * MOST_INTERVALS
        )
        return next(fitting, max(self.step_s, -(-span // MOST_INTERVALS)))

    @property
    def series(self) -> Series:
        """Requests per second in each interval, those without any included."""
        step, begin = self.interval_s, self.first_s - self.first_s % self.step_s
        total = max(self.last_s + 1 - begin, self.step_s)
        bins = [0] * -(-total // step)
        for place, count in self.counts.items():
            bins[(place - begin) // step] += count
        lengths = [min(step, total - number * step) for number in range(len(bins))]
        return Series(
            times_s=tuple(float(number * step) for number in range(len(bins))),
            rates_per_s=tuple(n / length for n, length in zip(bins, lengths, strict=True)),
            duration_s=float(total),
        )

    def remark(self, form: str) -> str:
        """What a person should know of how the log was read."""
        hours = (self.last_s - self.first_s + 1) / 3_600
        parts = [
            f"read as {form}: {self.requests:,} requests in {hours:,.3g} h, "
            f"counted per {self.interval_s} s"
        ]
        if self.broken:
            lines = f"{self.broken:,} broken line{'s' * (self.broken > 1)}"
            parts.append(f"{lines} left out, the first is line {self.first_broken}")
        known = self.reads + self.writes
        if known:
            parts.append(
                f"{self.reads / known:.1%} GET or HEAD and {self.writes / known:.1%} POST, PUT, "
                "PATCH or DELETE: if requests are operations, so might be the weights of reads and "
                "writes"
            )
        return "; ".join(parts)


def counted(lines: Iterable[str], reader: Reader, *, name: str, form: str) -> Counted:
    """Count the requests of a log. InputError when most of its lines cannot be read."""
    found = Counted()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        hit = reader(line)
        if hit is None:
            found.broken += 1
            found.first_broken = found.first_broken or number
        else:
            found.add(hit)
    if not found.requests or found.broken > found.requests:
        raise InputError(
            f"{name}: {found.broken:,} of {found.broken + found.requests:,} lines cannot be read "
            f"as {form}; the first is line {found.first_broken}",
            hint=f"one format a file: {', '.join(_names(formats()))}; or a CSV of time and rate",
        )
    return found


def _names(every: Sequence[LogFormat]) -> list[str]:
    return [form.name for form in every]
