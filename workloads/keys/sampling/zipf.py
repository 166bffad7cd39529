"""Ranks by the bounded Zipf law: P(k) = (k+1)^-theta / H(n, theta) for rank k in 0..n-1.

Exact, by rejection-inversion (W. Hörmann and G. Derflinger, "Rejection-inversion to generate
variates from monotone discrete distributions", ACM TOMACS 6(3), 1996): invert the integral of
x^-theta, round to the nearest whole number, and reject what lies between the step function and
the curve. No table and no sum over n; few draws are drawn again. Any theta > 0, 1 included.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

NEAR_ONE = 1e-9  # |1 - theta| below which the integral is taken as the logarithm
SUMMED_TERMS = 100_000  # of a harmonic sum, before the Euler-Maclaurin remainder


def integral(x: float | Floats, theta: float) -> Floats:
    """The integral of t^-theta from 1 to x."""
    power = 1.0 - theta
    area: Floats = np.log(x)
    if abs(power) >= NEAR_ONE:
        area = np.expm1(power * area) / power
    return area


def inverse_integral(area: float | Floats, theta: float) -> Floats:
    """The x up to which the integral of t^-theta from 1 is `area`."""
    power = 1.0 - theta
    logarithm = area if abs(power) < NEAR_ONE else np.log1p(power * area) / power
    x: Floats = np.exp(logarithm)
    return x


@dataclass(frozen=True, slots=True, kw_only=True)
class Zipf:
    """Bounded Zipf ranks with exponent `theta` > 0."""

    theta: float

    def ranks(
        self, rng: np.random.Generator, size: int, count: int | npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """`size` ranks, each below `count` (one number, or one for each draw)."""
        counts = np.broadcast_to(np.asarray(count, dtype=np.float64), (size,))
        whole = float(counts.flat[0]) if np.ndim(count) == 0 and size else None
        highest = integral(np.asarray(counts + 0.5 if whole is None else whole + 0.5), self.theta)
        lowest = float(integral(1.5, self.theta)) - 1.0
        result = np.empty(size, dtype=np.int64)
        todo: npt.NDArray[np.int64] | slice = slice(None)
        left = size
        while left:
            top = highest if whole is not None else highest[todo]
            rank, good = self._attempt(rng.random(left), lowest, top)
            rank = np.minimum(rank, counts[todo])  # rounding at the upper end
            if good.all():
                result[todo] = rank.astype(np.int64) - 1
                break
            where = np.arange(size)[todo]
            result[where[good]] = rank[good].astype(np.int64) - 1
            todo = where[~good]
            left = len(todo)
        return result

    def _attempt(
        self, drawn: Floats, lowest: float, highest: Floats
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Candidates counted from 1, and which of them are accepted."""
        area = highest + drawn * (lowest - highest)
        x = inverse_integral(area, self.theta)
        rank = np.maximum(np.floor(x + 0.5), 1.0)
        good = rank - x <= self._sure_below()
        unsure = np.flatnonzero(~good)
        if len(unsure):
            candidate = rank[unsure]
            good[unsure] = (
                area[unsure] >= integral(candidate + 0.5, self.theta) - candidate**-self.theta
            )
        return rank, good

    def _sure_below(self) -> float:
        """How far rank - x may go so that acceptance is certain."""
        area = float(integral(2.5, self.theta)) - float(2.0**-self.theta)
        return 2.0 - float(inverse_integral(area, self.theta))

    def mass(self, hottest: int, count: int) -> float:
        """The share of draws that fall on ranks 0..hottest-1 of `count`."""
        if hottest <= 0:
            return 0.0
        return harmonic(min(hottest, count), self.theta) / harmonic(count, self.theta)


@lru_cache(maxsize=64)
def harmonic(count: int, theta: float) -> float:
    """The sum of k^-theta for k = 1..count.

    The first 100,000 terms are added up, the rest follows from the Euler-Maclaurin formula;
    relative error below 1e-13.
    """
    summed = min(count, SUMMED_TERMS)
    total = float(np.sum(np.arange(summed, 0, -1, dtype=np.float64) ** -theta))
    if count == summed:
        return total
    a, b = float(summed), float(count)
    area = float(integral(b, theta)) - float(integral(a, theta))
    ends = (b**-theta - a**-theta) / 2.0
    slopes = theta * (a ** (-theta - 1.0) - b ** (-theta - 1.0)) / 12.0
    return float(total + area + ends + slopes)
