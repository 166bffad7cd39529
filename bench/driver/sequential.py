"""Is the share of late answers below what an objective allows? Asked while a trial still runs.

Two one-sided tests, each a mixture of likelihood ratios against `allowed` itself (Wald, 1945;
Robbins, 1970). Of a share at or above `allowed` a ratio that says "below" ever exceeds 1 / error
with at most the probability `error`, however often one looks (Ville, 1939), and likewise for
"above"; a share in between that neither shows is undecided. The ratios assume independent
answers, and late answers come in bursts: both logarithms are therefore divided by the design
effect (Kish, 1965), the variance of late answers from slice to slice (long-run, so that bursts
longer than a slice count) over that of independent ones. It is the largest of three: late
against the limit itself, against half and against a quarter of it, because queues that reach the
limit are rare where queues that reach a part of it are not. So much lateness must be seen in so
many slices before anything is decided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from results.statistics import long_run_deviation

# Lateness is counted against the limit over each of these.
FRACTIONS = (1, 2, 4)
ERROR = 0.01
# Nothing is decided on fewer slices: their correlation cannot be told.
FEWEST_SLICES = 20
# The alternatives of the mixtures: odds of being late, as multiples of the odds allowed.
_BELOW = (1 / 16, 1 / 4, 1 / 2, 3 / 4)
_ABOVE = (4 / 3, 2, 4, 16, 64)

Standing = Literal["holds", "fails", "undecided"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the slices show so far.

    share      of answers that were late; None without answers
    effective  independent answers that would tell as much
    """

    standing: Standing
    counted: int
    late: int
    share: float | None
    effective: float


def read(
    counted: Sequence[int],
    late: Sequence[Sequence[int]],
    *,
    allowed: float,
    error: float = ERROR,
) -> Reading:
    """The reading of equally long slices.

    counted  answers in each slice; late  for each of `FRACTIONS`, late answers in each slice
    allowed  largest share of late answers that meets the objective, 0..1
    error    probability of a wrong "holds", and of a wrong "fails"
    """
    answers, overdue = sum(counted), sum(late[0])
    if not answers:
        return Reading("undecided", 0, 0, None, 0.0)
    share = overdue / answers
    effective = answers / max(design_effect(counted, part) for part in late)
    enough = len(counted) >= FEWEST_SLICES
    standing = judge([(share, effective)], allowed=allowed, error=error) if enough else "undecided"
    return Reading(standing, answers, overdue, share, effective)


def judge(
    parts: Sequence[tuple[float, float]], *, allowed: float, error: float = ERROR
) -> Standing:
    """What several readings show together, as (share, effective answers) each.

    The product of likelihood ratios is one of them again, so evidence of several trials adds up.
    """
    if _evidence(parts, allowed, _BELOW) >= -math.log(error):
        return "holds"
    if _evidence(parts, allowed, _ABOVE) >= -math.log(error):
        return "fails"
    return "undecided"


def design_effect(counted: Sequence[int], late: Sequence[int]) -> float:
    """By how much bursts make `late` vary more than independent answers would; at least 1."""
    answers, overdue = sum(counted), sum(late)
    if not 0 < overdue < answers:
        return 1.0
    share = overdue / answers
    beyond = np.asarray(late, dtype=np.float64) - share * np.asarray(counted, dtype=np.float64)
    variance = len(counted) * long_run_deviation(beyond.tolist()) ** 2
    return max(1.0, variance / (answers * share * (1 - share)))


def _evidence(parts: Sequence[tuple[float, float]], allowed: float, odds: Sequence[float]) -> float:
    """Logarithm of the mean likelihood ratio of the alternatives against `allowed`."""
    ratios = [
        sum(effective * _gain(share, allowed, multiple) for share, effective in parts)
        for multiple in odds
    ]
    largest = max(ratios)
    return largest + math.log(sum(math.exp(ratio - largest) for ratio in ratios) / len(ratios))


def _gain(share: float, allowed: float, multiple: float) -> float:
    """Log likelihood ratio an answer of the alternative with so many times the odds allowed."""
    rest = 1 - allowed + allowed * multiple
    return share * math.log(multiple) - math.log(rest)
