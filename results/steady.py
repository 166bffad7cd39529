"""When warming up ends, and whether what follows is one steady state.

A series is throughput, or mean latency, at equal intervals (seconds or finer). Both functions
are pure. Warm-up: MSER-5 (White, 1997), which cuts off the beginning such that the mean of the
rest has the smallest standard error. Steadiness: no drift (Theil-Sen slope with a Mann-Kendall
test, its variance corrected for autocorrelation after Hamed and Rao, 1998) and no change of
level (cumulative sums against the long-run deviation, Kolmogorov's 1 % bound). Both must also be
larger than matters: what is significant but small is still steady.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from results.statistics import long_run_deviation

if TYPE_CHECKING:
    import numpy.typing as npt

FEWEST_POINTS = 10
# A drift or step below this fraction of the level does not change what a trial says.
SMALLEST_CHANGE = 0.05
# 1 % bounds of the normal and the Kolmogorov distribution.
_NORMAL_BOUND = 2.576
_KOLMOGOROV_BOUND = 1.628
_FEW_POINTS_PENALTY = 3.0
_MOST_POINTS = 600
_BATCH = 5
_FEWEST_BATCHES = 10


def warmup_end(series: Sequence[float]) -> int:
    """Index of the first point that counts, 0 to half of the series.

    Half of the series means that the beginning never ended. ValueError when a value is not
    finite.
    """
    data = _finite(series)
    batch = _BATCH if len(data) >= _BATCH * _FEWEST_BATCHES else 1
    count = len(data) // batch
    if count < 4:
        return 0
    means = data[: count * batch].reshape(count, batch).mean(axis=1)
    # sums from the end give the variance of every remainder in one pass
    length = np.arange(count, 0, -1)
    sums = np.cumsum((means - means.mean())[::-1])[::-1]
    squares = np.cumsum(((means - means.mean()) ** 2)[::-1])[::-1]
    spread = np.maximum(squares - sums**2 / length, 0.0)
    error = spread / length.astype(np.float64) ** 2
    # rounding errors of a constant series must not choose a cut
    error[error < 1e-20 * max(float(means.mean()) ** 2, 1e-300)] = 0.0
    return int(np.argmin(error[: count // 2 + 1])) * batch


def is_steady(series: Sequence[float]) -> tuple[bool, str]:
    """Whether the series (warm-up removed) keeps one level, and a sentence that says why.

    Stalls, points below half of the median, are counted in the sentence: they are how
    checkpoints and compaction show. ValueError when a value is not finite.
    """
    data = _thinned(_finite(series))
    if len(data) < FEWEST_POINTS:
        return False, f"{len(data)} points are too few to tell; {FEWEST_POINTS} are needed"
    level = float(np.median(data))
    if level <= 0:
        return False, "most intervals are empty"
    drift = _drift(data)
    if abs(drift) / level > SMALLEST_CHANGE and _trend_is_significant(data):
        return False, f"{_change(drift, level)} over the window"
    at, step = _step(data)
    if abs(step) / level > SMALLEST_CHANGE:
        way = "rises" if step > 0 else "falls"
        place = f"after {at / len(data):.0%} of the window"
        return False, f"the level {way} by {abs(step) / level:.0%} {place}"
    stalls = int((data < level / 2).sum())
    seen = f"; {stalls} of them below half of the median" if stalls else ""
    return True, f"no drift and no change of level over {len(data)} points{seen}"


def _change(drift: float, level: float) -> str:
    """A drift about a level, told against where it began: a fall cannot exceed 100 %.

    The line through the series has the level in its middle.
    """
    begin, end = level - drift / 2, level + drift / 2
    if drift > 0:
        return f"rises by {drift / begin:.0%}" if begin > 0 else "rises from almost nothing"
    return f"falls by {-drift / begin:.0%}" if end > 0 else "falls to almost nothing"


def _drift(data: npt.NDArray[np.float64]) -> float:
    """Theil-Sen: the median slope of all pairs, times the length of the series."""
    first, second = np.triu_indices(len(data), 1)
    return float(np.median((data[second] - data[first]) / (second - first))) * len(data)


def _trend_is_significant(data: npt.NDArray[np.float64]) -> bool:
    n = len(data)
    first, second = np.triu_indices(n, 1)
    score = float(np.sign(data[second] - data[first]).sum())
    variance = n * (n - 1) * (2 * n + 5) / 18 * _inflation(data)
    return abs(score) - 1 > _NORMAL_BOUND * math.sqrt(variance)


def _inflation(data: npt.NDArray[np.float64]) -> float:
    """Hamed and Rao: how much autocorrelation of the ranks inflates the score's variance."""
    n = len(data)
    line = data - _drift(data) / n * np.arange(n)
    ranks = np.argsort(np.argsort(line)).astype(np.float64)
    centred = ranks - ranks.mean()
    power = float(centred @ centred)
    total = 0.0
    for lag in range(1, n // 4):
        correlation = float(centred[lag:] @ centred[:-lag]) / power
        if abs(correlation) > 1.96 / math.sqrt(n):
            total += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation
    return max(1.0, 1 + 2 / (n * (n - 1) * (n - 2)) * total)


def _step(data: npt.NDArray[np.float64]) -> tuple[int, float]:
    """Where the level changes most and by how much; (0, 0.0) when no change is significant."""
    n = len(data)
    # a single stall is no change of level: it is brought to the edge of what is usual
    low, middle, high = np.quantile(data, [0.05, 0.5, 0.95])
    held = np.clip(data, middle - 2 * (middle - low), middle + 2 * (high - middle))
    sums = np.cumsum(held - held.mean())[:-1]
    at = int(np.argmax(np.abs(sums))) + 1
    before, after = held[:at], held[at:]
    residual = np.concatenate([before - before.mean(), after - after.mean()])
    # the split fits itself to the noise: few points need a wider bound (found by simulation,
    # so that of steady white noise at most 4 % is called unsteady from 10 points on)
    bound = _KOLMOGOROV_BOUND * (1 + _FEW_POINTS_PENALTY / n)
    deviation = max(long_run_deviation(residual.tolist()), float(residual.std()))
    if abs(float(sums[at - 1])) <= bound * deviation * math.sqrt(n):
        return 0, 0.0
    return at, float(after.mean() - before.mean())


def _thinned(data: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """At most 600 points, by averaging neighbours: pairs are compared, so cost is quadratic."""
    size = math.ceil(len(data) / _MOST_POINTS)
    count = len(data) // size if size else 0
    return data[: count * size].reshape(count, size).mean(axis=1) if size > 1 else data


def _finite(series: Sequence[float]) -> npt.NDArray[np.float64]:
    data = np.asarray(series, dtype=np.float64)
    if not np.isfinite(data).all():
        raise ValueError("a series holds a value that is not finite")
    return data
