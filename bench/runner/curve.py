"""Load levels from idle to past the knee: which level comes next, and where the knee is.

Pure: takes what the levels so far showed, gives the next one or None. A level is an offered rate,
or in closed load a number of clients. Levels rise until the last one is past the knee, then the
neighbours of the best one are halved until they are within `width` of it; where that makes too
few levels, the widest gaps are.

The knee is where throughput over mean time is largest (Kleinrock's power, 1979): below it a per
cent more load costs less than a per cent more time, above it more. Past the knee means that this
has fallen to a quarter of its maximum. The knee lies between the levels beside the best one;
within them it is expected at the vertex of the parabola through the three, in logarithms, and
nothing is said about loads outside of the levels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

FEWEST_LEVELS = 8
# Open load: shares of the capacity estimate; the first is nearly idle.
_RATES = (0.02, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
_CLIENTS = (1, 2, 3, 4, 6, 8, 12, 16)
# Beyond those, as long as the knee is not passed.
_RATE_STEP, _CLIENT_STEP = 1.2, 1.5
_PAST = 0.25
# Below this share of a capacity that the client has reached already it is no limit: what kept it
# from its work there was something else on the machine.
_CLIENT_REACHES = 0.25
_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a level showed. `load` is its rate, or its clients; `mean_s` None: nothing answered.

    client_limited   the load generator could not do its part, by its own limit or for noise: a
                     second such level in a row ends the rise
    """

    load: float
    throughput_per_s: float
    mean_s: float | None
    client_limited: bool = False

    @property
    def power(self) -> float:
        """Throughput over mean time; 0 where nothing was answered."""
        return self.throughput_per_s / self.mean_s if self.mean_s else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """The best level and its neighbours; None beyond the levels there are.

    passed   whether a level past the knee was seen: without it the knee may be higher
    """

    best: Level
    below: Level | None
    above: Level | None
    expected_load: float
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The policy. `capacity_per_s` is a rough estimate that places the first levels."""

    closed: bool
    capacity_per_s: float = 0.0
    width: float = 1.2
    most_levels: int = 16
    most_load: float = math.inf

    def next(self, seen: Sequence[Level]) -> float | None:
        """The next level; None when there is nothing more to learn."""
        if len(seen) >= self.most_levels:
            return None
        levels = _ordered(seen)
        if not self._is_passed(levels):
            higher = self._higher(levels)
            if higher is not None:
                return higher
        return self._around_the_knee(levels) or self._in_the_widest_gap(levels)

    def knee(self, seen: Sequence[Level]) -> Knee | None:
        """Where the knee is; None when no level was answered."""
        levels = _ordered(seen)
        if not any(level.power for level in levels):
            return None
        at = _best(levels)
        below = levels[at - 1] if at else None
        above = levels[at + 1] if at + 1 < len(levels) else None
        best = levels[at]
        return Knee(
            best=best,
            below=below,
            above=above,
            expected_load=_vertex(below, best, above),
            passed=_is_past(levels),
        )

    def _is_passed(self, levels: Sequence[Level]) -> bool:
        return bool(levels) and (_is_past(levels) or self._ends_at_the_client(levels))

    def _ends_at_the_client(self, levels: Sequence[Level]) -> bool:
        """Whether higher levels would show only the client."""
        if levels[-1].load < _CLIENT_REACHES * self.capacity_per_s:
            return False
        return len(levels) > 1 and all(level.client_limited for level in levels[-2:])

    def _higher(self, levels: Sequence[Level]) -> float | None:
        """The next level above all; None beyond the most that may be offered."""
        count = len(levels)
        if self.closed:
            last = levels[-1].load if levels else 0
            planned = [clients for clients in _CLIENTS if clients > last]
            load = float(planned[0] if planned else round(last * _CLIENT_STEP))
        elif count < len(_RATES):
            load = self._rounded(self.capacity_per_s * _RATES[count])
        else:
            load = self._rounded(levels[-1].load * _RATE_STEP)
        return load if load <= self.most_load else None

    def _around_the_knee(self, levels: Sequence[Level]) -> float | None:
        at = _best(levels)
        sides = [
            (upper.load / lower.load, self._between(lower.load, upper.load))
            for lower, upper in pairwise(levels[max(0, at - 1) : at + 2])
        ]
        wide = [(ratio, load) for ratio, load in sides if load is not None and ratio > self.width]
        return max(wide, default=(0.0, None))[1]

    def _in_the_widest_gap(self, levels: Sequence[Level]) -> float | None:
        if len(levels) >= FEWEST_LEVELS:
            return None
        gaps = [
            (upper.load / lower.load, middle)
            for lower, upper in pairwise(levels)
            if (middle := self._between(lower.load, upper.load)) is not None
        ]
        return max(gaps, default=(0.0, None))[1]

    def _between(self, lower: float, upper: float) -> float | None:
        """The geometric mean as it can be offered; None when there is nothing in between."""
        middle = math.sqrt(lower * upper)
        load = float(round(middle)) if self.closed else self._rounded(middle)
        return load if lower < load < upper else None

    @staticmethod
    def _rounded(rate_per_s: float) -> float:
        return float(f"{max(rate_per_s, 1.0):.{_DIGITS}g}")


def _ordered(seen: Sequence[Level]) -> list[Level]:
    return sorted(seen, key=lambda level: level.load)


def _best(levels: Sequence[Level]) -> int:
    return max(range(len(levels)), key=lambda at: levels[at].power)


def _is_past(levels: Sequence[Level]) -> bool:
    """Whether the last level is past the knee, and not only spoilt by the client."""
    best = levels[_best(levels)].power
    if levels[-1].client_limited and not levels[-2:][0].client_limited:
        return False
    return len(levels) > 1 and levels[-1].power <= _PAST * best


def _vertex(below: Level | None, best: Level, above: Level | None) -> float:
    """The load at the vertex of a parabola through three levels, in logarithms, between them."""
    if below is None or above is None or not below.power or not above.power:
        return best.load
    x = [math.log(level.load / best.load) for level in (below, above)]
    y = [math.log(level.power / best.power) for level in (below, above)]
    # y = a x^2 + b x through the best level at (0, 0)
    a = (y[1] / x[1] - y[0] / x[0]) / (x[1] - x[0])
    if a >= 0:
        return best.load
    b = y[0] / x[0] - a * x[0]
    return best.load * math.exp(min(max(-b / (2 * a), x[0]), x[1]))
