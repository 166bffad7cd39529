"""Estimates with intervals, and tests that hold for few repetitions and for correlated series.

Sources: moving block bootstrap, Künsch (1989); expanded percentile interval, Hesterberg (2015);
long-run variance with Bartlett weights, Newey and West (1987); rank test, Mann and Whitney
(1947), exact by counting arrangements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

DRAWS = 10_000
LEVEL = 0.95
# Resampling fewer values than this cannot reach 95 % coverage: with three values the widest
# possible interval is smallest..largest, which holds the mean in 75 % of cases.
_FEWEST_TO_RESAMPLE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its 95 % interval. `low` and `high` are None when `n` is 1.

    method  `t` (Student, fewer than 8 values), `bootstrap` or `block bootstrap`
    """

    value: float
    low: float | None
    high: float | None
    n: int
    method: str

    @property
    def relative_half_width(self) -> float | None:
        """Half the interval as a fraction of the value; None when either is missing."""
        if self.low is None or self.high is None or not self.value:
            return None
        return (self.high - self.low) / 2 / abs(self.value)


def mean_interval(values: Sequence[float], *, seed: int = 1) -> Interval:
    """Mean of independent values, such as the means of repetitions.

    Bootstrap from eight values on; below that Student's t, which assumes near-normal values but
    holds its level. ValueError when there are none or one is not finite.
    """
    data = checked(values)
    n = len(data)
    mean = float(data.mean())
    if n == 1:
        return Interval(value=mean, low=None, high=None, n=1, method="t")
    if n < _FEWEST_TO_RESAMPLE:
        half = t_quantile(n - 1, (1 + LEVEL) / 2) * float(data.std(ddof=1)) / math.sqrt(n)
        return Interval(value=mean, low=mean - half, high=mean + half, n=n, method="t")
    picks = np.random.default_rng(seed).integers(0, n, size=(DRAWS, n))
    low, high = _quantiles(data[picks].mean(axis=1), n)
    return Interval(value=mean, low=low, high=high, n=n, method="bootstrap")


def block_interval(series: Sequence[float], *, seed: int = 1, block: int | None = None) -> Interval:
    """Mean of a correlated series: whole blocks are drawn, so neighbours stay together.

    `block` is the number of points in a block; by default twice the series' correlation length
    or n^(1/3), whichever is larger, at most a quarter of the series.
    """
    data = checked(series)
    n = len(data)
    mean = float(data.mean())
    if n < _FEWEST_TO_RESAMPLE:
        return mean_interval(series, seed=seed)
    size = block or min(max(math.ceil(n ** (1 / 3)), 2 * correlation_length(series)), n // 4)
    blocks = math.ceil(n / size)
    starts = np.random.default_rng(seed).integers(0, n, size=(2_000, blocks))
    # blocks wrap around the end, so that every point is drawn equally often
    picks = (starts[:, :, None] + np.arange(size)) % n
    low, high = _quantiles(data[picks.reshape(len(starts), -1)[:, :n]].mean(axis=1), blocks)
    return Interval(value=mean, low=low, high=high, n=n, method="block bootstrap")


def _quantiles(means: npt.NDArray[np.float64], n: int) -> tuple[float, float]:
    """The central 95 % of drawn means, widened for small n as Student's t would be."""
    widened = math.sqrt(n / (n - 1)) * t_quantile(n - 1, (1 + LEVEL) / 2) if n > 1 else 3.0
    tail = 0.5 * math.erfc(widened / math.sqrt(2))
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def correlation_length(series: Sequence[float]) -> int:
    """First lag, at least 1, at which the autocorrelation falls below 2/sqrt(n)."""
    data = checked(series)
    centred = data - data.mean()
    n, power = len(data), float(centred @ centred)
    if not power:
        return 1
    for lag in range(1, n // 2):
        if float(centred[lag:] @ centred[:-lag]) / power < 2 / math.sqrt(n):
            return lag
    return max(n // 2, 1)


def long_run_deviation(series: Sequence[float]) -> float:
    """Standard deviation that the mean of n points has, times sqrt(n), correlation included."""
    data = checked(series)
    n = len(data)
    if n < 2:
        return 0.0
    centred = data - data.mean()
    lags = min(max(math.ceil(n ** (1 / 3)), 2 * correlation_length(series)), n - 1)
    variance = float(centred @ centred) / (n - 1)
    for lag in range(1, lags + 1):
        weight = 1 - lag / (lags + 1)
        variance += 2 * weight * float(centred[lag:] @ centred[:-lag]) / n
    return math.sqrt(max(variance, 0.0))


def relative_half_width(series: Sequence[float]) -> float | None:
    """Half the 95 % interval of the mean of a correlated series, as a fraction of the mean.

    Student's t with the long-run deviation. None when there are fewer than two points or the mean
    is 0.
    """
    data = checked(series)
    n, mean = len(data), float(data.mean())
    if n < 2 or not mean:
        return None
    half = t_quantile(n - 1, (1 + LEVEL) / 2) * long_run_deviation(series) / math.sqrt(n)
    return half / abs(mean)


def mann_whitney(a: Sequence[float], b: Sequence[float]) -> float:
    """Two-sided p-value that both samples come from one distribution.

    Exact up to 20 values each without ties, otherwise the normal approximation corrected for
    ties and continuity. ValueError when a sample is empty.
    """
    x, y = checked(a), checked(b)
    n, m = len(x), len(y)
    wins = float((x[:, None] > y).sum() + 0.5 * (x[:, None] == y).sum())
    _, repeats = np.unique(np.concatenate([x, y]), return_counts=True)
    if repeats.max() == 1 and max(n, m) <= 20:
        ways = _arrangements(n, m)
        extreme = int(min(wins, n * m - wins))
        return min(1.0, 2 * sum(ways[: extreme + 1]) / sum(ways))
    total = n + m
    ties = float((repeats**3 - repeats).sum()) / (total * (total - 1))
    deviation = math.sqrt(n * m / 12 * (total + 1 - ties))
    if not deviation:
        return 1.0
    distance = max(abs(wins - n * m / 2) - 0.5, 0.0) / deviation
    return math.erfc(distance / math.sqrt(2))


@lru_cache(maxsize=256)
def _arrangements(n: int, m: int) -> tuple[int, ...]:
    """How many of the orders of n and m values give each U: the Gaussian binomial coefficient."""
    polynomial = [1] + [0] * (n * m)
    for i in range(1, n + 1):
        for u in range(n * m, m + i - 1, -1):  # times (1 - q^(m+i))
            polynomial[u] -= polynomial[u - m - i]
        for u in range(i, n * m + 1):  # divided by (1 - q^i)
            polynomial[u] += polynomial[u - i]
    return tuple(polynomial)


@lru_cache(maxsize=256)
def t_quantile(degrees: float, probability: float) -> float:
    """Quantile of Student's t, probability in [0.5, 1), by bisection."""
    tail = 2 * (1 - probability)
    low, high = 0.0, 1.0
    while t_tail(degrees, high) > tail:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_tail(degrees, middle) > tail else (low, middle)
    return low


def t_tail(degrees: float, t: float) -> float:
    """Probability that Student's t is further from zero than `t`, either way."""
    return _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function, DLMF 8.17.22: a continued fraction, by Lentz."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly
        return 1 - _incomplete_beta(b, a, 1 - x)
    total = a + b
    front = math.lgamma(total) - math.lgamma(a) - math.lgamma(b)
    front += a * math.log(x) + b * math.log1p(-x)
    denominator = 1 / (1 - total * x / (a + 1))
    numerator, found = 1.0, denominator
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (total + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            denominator = 1 / (1 + term * denominator)
            numerator = 1 + term / numerator
            found *= denominator * numerator
        if abs(denominator * numerator - 1) < 1e-14:
            break
    return math.exp(front) * found / a


def checked(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """The values as an array; ValueError when there are none or one is not finite."""
    data = np.asarray(values, dtype=np.float64)
    if not data.size or not np.isfinite(data).all():
        raise ValueError("statistics need at least one value and only finite ones")
    return data
