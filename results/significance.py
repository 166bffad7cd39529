"""Is a difference more than chance? Robust intervals and tests for a handful of repetitions.

Everything works on logarithms, so a difference is a ratio. Estimates are means of the middle
60 % of the values (plain means below six values): a single repetition that met a noisy neighbour
neither makes a difference nor hides one.

Sources: interval of a trimmed mean, Tukey and McLaughlin (1963); of two, Yuen (1974); signed
ranks, Wilcoxon (1945), exact by counting; many tests at once, Benjamini and Hochberg (1995).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from results.statistics import LEVEL, checked, mann_whitney, t_quantile, t_tail

if TYPE_CHECKING:
    import numpy.typing as npt

# A fifth of the values is left out at each end, from this many on (one of six).
_TRIMMED = 0.2
_FEWEST_TO_TRIM = 6
# With fewer values the rank tests cannot get below `RANKS_AGREE` however large the difference is.
FEWEST_SIDES_TO_RANK = 4
FEWEST_PAIRS_TO_RANK = 5
# Trimmed intervals of few values are a little too narrow (7 % instead of 5 % at six). Together
# with a rank test below this they hold 5 %, whatever the noise (tests/results/test_significance);
# a rank test at 5 % would let one disturbed repetition hide a difference.
RANKS_AGREE = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference of two means of logarithms, with its 95 % interval.

    p_value       two-sided, of Student's t with trimmed means
    rank_p_value  of the rank test; None where there are too few values for it to decide
    """

    change: float
    low: float
    high: float
    p_value: float
    rank_p_value: float | None


def paired(differences: Sequence[float]) -> Difference:
    """Differences of pairs that were measured one beside the other: at least two."""
    data = checked(differences)
    if len(data) < 2:
        raise ValueError("one pair has no interval")
    mean, error, degrees = _trimmed(data)
    ranks = signed_rank(differences) if len(data) >= FEWEST_PAIRS_TO_RANK else None
    return _difference(mean, error, degrees, ranks)


def unpaired(
    before: Sequence[float], after: Sequence[float], *, between: float = 0.0
) -> Difference:
    """Two samples, at least two values each.

    `between` is the standard deviation that the level of a whole sample has beside the scatter
    within it, because the two were taken at different times; it widens the interval.
    """
    a, b = checked(before), checked(after)
    if min(len(a), len(b)) < 2:
        raise ValueError("one value has no interval")
    (mean_a, error_a, free_a), (mean_b, error_b, free_b) = _trimmed(a), _trimmed(b)
    parts = error_a**2, error_b**2
    known = 2 * between**2
    error = math.sqrt(sum(parts) + known)
    # Welch and Satterthwaite; the known part has no degrees of freedom to lose
    loss = parts[0] ** 2 / free_a + parts[1] ** 2 / free_b
    degrees = min(error**4 / loss, 1e6) if loss else 1e6
    enough = min(len(a), len(b)) >= FEWEST_SIDES_TO_RANK
    ranks = mann_whitney(before, after) if enough else None
    return _difference(mean_b - mean_a, error, degrees, ranks)


def level(values: Sequence[float]) -> float:
    """The trimmed mean that the differences are made of."""
    return _trimmed(checked(values))[0]


def signed_rank(differences: Sequence[float]) -> float:
    """Two-sided p-value that differences scatter evenly around zero, exact.

    Differences of zero say nothing and are left out; equal sizes share their mean rank.
    """
    data = checked(differences)
    data = data[data != 0]
    if not len(data):
        return 1.0
    sizes = np.abs(data)
    # twice the mean rank is a whole number
    ranks = (sizes[:, None] > sizes).sum(axis=1) + (sizes[:, None] >= sizes).sum(axis=1) + 1
    total = int(ranks.sum())
    positive = int(ranks[data > 0].sum())
    ways = [1] + [0] * total
    for rank in ranks.tolist():
        for reached in range(total, rank - 1, -1):
            ways[reached] += ways[reached - rank]
    extreme = min(positive, total - positive)
    return min(1.0, float(2 * sum(ways[: extreme + 1]) / 2 ** len(data)))


def adjusted(p_values: Sequence[float]) -> list[float]:
    """P-values for many questions asked at once.

    Where all sides are equal, the smallest falls below 0.05 in at most 5 % of cases; where
    some differ, at most 5 % of those below 0.05 are chance.
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at], reverse=True)
    found = [1.0] * len(p_values)
    least = 1.0
    for smaller, at in enumerate(order):
        least = min(least, p_values[at] * len(p_values) / (len(p_values) - smaller))
        found[at] = least
    return found


def _trimmed(data: npt.NDArray[np.float64]) -> tuple[float, float, int]:
    """Trimmed mean, its standard error (0 of one value), and the error's degrees of freedom."""
    n = len(data)
    cut = int(_TRIMMED * n) if n >= _FEWEST_TO_TRIM else 0
    ordered = np.sort(data)
    held = np.clip(ordered, ordered[cut], ordered[n - cut - 1])
    spread = float(held.std(ddof=1)) if n > 1 else 0.0
    error = spread / ((1 - 2 * cut / n) * math.sqrt(n))
    return float(ordered[cut : n - cut].mean()), error, n - 2 * cut - 1


def _difference(change: float, error: float, degrees: float, ranks: float | None) -> Difference:
    if not error:
        p_value = 0.0 if change else 1.0
        return Difference(
            change=change, low=change, high=change, p_value=p_value, rank_p_value=ranks
        )
    half = t_quantile(degrees, (1 + LEVEL) / 2) * error
    return Difference(
        change=change,
        low=change - half,
        high=change + half,
        p_value=t_tail(degrees, abs(change) / error),
        rank_p_value=ranks,
    )
