"""How the offered rate changes over time: stretches of constant or steadily changing rate.

A profile answers one question: when has the n-th request become due? That is the inverse of the
cumulative rate, which is made of straight lines (constant rate) and parabolas (ramp), so it is
solved exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workloads.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    from workloads.arrivals.series import Series

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time: its length in seconds (infinite if last) and its rates at both ends."""

    duration_s: float
    from_per_s: float
    to_per_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Stretches one after another, from time 0, as arrays of one entry a stretch.

    starts_s  when it begins; starts_count  requests due before it; rate_per_s  at its begin;
    slope_per_s2  by how much the rate grows a second. `duration_s` and `requests` are of the whole
    and may be infinite.
    """

    starts_s: Floats
    starts_count: Floats
    rate_per_s: Floats
    slope_per_s2: Floats
    duration_s: float
    requests: float

    @property
    def mean_per_s(self) -> float:
        """The mean rate; of an endless profile that of its last stretch."""
        if self.duration_s == math.inf:
            return float(self.rate_per_s[-1])
        return self.requests / self.duration_s

    def due_s(self, counts: Floats) -> Floats:
        """When each cumulative number of requests (0 <= count < `requests`) is reached, seconds."""
        # From the right, so that a count at a stretch without requests falls behind it.
        at = np.searchsorted(self.starts_count, counts, side="right") - 1
        more = counts - self.starts_count[at]
        rate = self.rate_per_s[at]
        # The root of rate*t + slope*t**2/2 = more in the form that does not cancel.
        root = np.sqrt(np.maximum(rate * rate + 2.0 * self.slope_per_s2[at] * more, 0.0))
        divisor = rate + root
        safe = np.where(divisor > 0.0, divisor, 1.0)
        due: Floats = self.starts_s[at] + np.where(divisor > 0.0, 2.0 * more / safe, 0.0)
        return due


def profile(stretches: Sequence[Stretch]) -> Profile:
    """The profile of some stretches; InputError for rates that are negative or not numbers."""
    if not stretches:
        raise InputError("a load without any stretch of time offers nothing")
    for place, stretch in enumerate(stretches):
        rates = (stretch.from_per_s, stretch.to_per_s)
        if not all(math.isfinite(rate) and rate >= 0.0 for rate in rates):
            raise InputError(
                f"a rate must be a number of at least 0 per second, not {rates[0]:g} to {rates[1]:g}"
            )
        endless = stretch.duration_s == math.inf
        if not stretch.duration_s > 0.0 or (
            endless and (place < len(stretches) - 1 or rates[0] != rates[1])
        ):
            raise InputError(f"a stretch of {stretch.duration_s:g} s is no stretch of time")
    lengths = np.array([stretch.duration_s for stretch in stretches])
    begin = np.array([stretch.from_per_s for stretch in stretches])
    end = np.array([stretch.to_per_s for stretch in stretches])
    mean = 0.5 * (begin + end)
    with np.errstate(invalid="ignore"):
        counts = np.where(mean > 0.0, mean * lengths, 0.0)  # not 0 times infinity
    if not counts.sum() > 0.0:
        raise InputError("a load whose rate is 0 throughout offers nothing")
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    totals = np.concatenate([[0.0], np.cumsum(counts)])
    return Profile(
        starts_s=edges[:-1],
        starts_count=totals[:-1],
        rate_per_s=begin,
        slope_per_s2=(end - begin) / lengths,
        duration_s=float(edges[-1]),
        requests=float(totals[-1]),
    )


def steady(rate_per_s: float, *, duration_s: float | None = None) -> Profile:
    """One rate, for a while or (None) without end."""
    length = math.inf if duration_s is None else duration_s
    return profile([Stretch(duration_s=length, from_per_s=rate_per_s, to_per_s=rate_per_s)])


def steps(rates_per_s: Sequence[float], *, each_s: float) -> Profile:
    """One rate after another, each for `each_s` seconds."""
    return profile([Stretch(duration_s=each_s, from_per_s=r, to_per_s=r) for r in rates_per_s])


def ramp(from_per_s: float, to_per_s: float, *, duration_s: float) -> Profile:
    """A rate that grows (or falls) steadily."""
    return profile([Stretch(duration_s=duration_s, from_per_s=from_per_s, to_per_s=to_per_s)])


def of_series(series: Series, *, within_s: float | None = None, lead_s: float = 0.0) -> Profile:
    """The rates of a trace, each until the next, after a lead at the first of them.

    `within_s`: all of it in so short (or long) a time, at the rates that it has.
    """
    pace = 1.0 if within_s is None else within_s / series.duration_s
    ends = (*series.times_s[1:], series.duration_s)
    made = [
        Stretch(duration_s=(end - start) * pace, from_per_s=rate, to_per_s=rate)
        for start, end, rate in zip(series.times_s, ends, series.rates_per_s, strict=True)
    ]
    return profile([*([replace(made[0], duration_s=lead_s)] if lead_s else []), *made])
