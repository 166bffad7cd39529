"""The largest rate that meets the objectives: which rate to probe next, and what was found.

Pure: takes what the probes so far showed, gives the next probe or None. Rates are bracketed from
an estimate of the capacity, then halved in log-rate until the largest rate shown to hold and
the smallest shown to fail are within `width` of each other. Close to the answer no test can decide
in the time of a probe, so as soon as the shares of late answers tell how fast they grow with the
rate, the probes go to where the share should be a tenth of what is allowed, or four times as much.

More load never makes fewer answers late. So what probes at higher rates show of "holds" counts
for a lower rate too, and what probes at lower rates show of "fails" for a higher one; evidence
adds up (`bench.driver.sequential.judge`), from the nearest rate outwards. Both ends are at last
probed once more, the lower one for longer, which adds evidence that may also take it back: a
single disturbance of the machine can cost time, but it does not become an end of the interval.

The growth is a line through the logarithms of the shares: the tail of the M/M/c queue's response
time is the exponential of a line in the rate (Erlang C). Where it crosses what is allowed is the
expected rate, within the interval; without a line it is the ends' geometric mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

from bench.driver import sequential

Limit = Literal["engine", "client", "nothing"]

# Probes begin at this share of the capacity estimate.
_BEGIN = 0.6
# One after the other, while all hold, or all fail; then the last again and again.
_UP = (1.3, 1.5, 2.0)
_DOWN = (1.5, 2.0, 4.0, 8.0)
# Of a smaller rate no window of reasonable length could show that p99 holds.
LEAST_PER_S = 20.0
# Shares above this say that the queue grew for as long as it was watched.
_SATURATED = 0.5
# One probe's say in the line is that of at most so many late answers.
_MOST_WEIGHT = 100.0
# Rates up to so far outside the bracket tell of the line.
_NEAR = 1.25
# Probes near the answer aim at so small a part of the share allowed, or at so many times as much:
# first where some hundred independent answers decide, then closer.
_AIMS = ((0.1, 4.0), (0.3, 2.0))
_MOST_AT_ONE_RATE = 2
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Share:
    """Late answers of one objective: their share, the share allowed, and how many independent
    answers say so."""

    late: float | None
    allowed: float
    effective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a probe showed.

    shares          one for each objective
    failed          the engine gave up or too many operations failed, whatever the shares say
    client_limited  the client was the limit: no evidence of the engine
    long            it was watched for longer, to confirm
    """

    rate_per_s: float
    shares: tuple[Share, ...] = ()
    failed: bool = False
    client_limited: bool = False
    long: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The rate to probe next."""

    rate_per_s: float
    long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The interval. `low` is the largest rate shown to hold, `high` the smallest shown to fail.

    limited_by  what made higher rates fail; `client`: nothing is known above `low`;
                `nothing`: no rate failed
    confirmed   whether both ends were probed twice, without contradiction
    """

    low_per_s: float | None
    expected_per_s: float | None
    high_per_s: float | None
    limited_by: Limit
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The policy. `capacity_per_s` is a rough estimate, to begin near the answer."""

    capacity_per_s: float
    width: float = 1.1
    most_probes: int = 20
    least_per_s: float = LEAST_PER_S

    def next(self, seen: Sequence[Seen]) -> Step | None:
        """The next probe; None when there is nothing more to learn."""
        if len(seen) >= self.most_probes:
            return None
        if not seen:
            return Step(self._rounded(max(self.capacity_per_s * _BEGIN, self.least_per_s)))
        bracket = _bracket(seen)
        if bracket.low is None or bracket.top is None:
            return self._outwards(bracket, seen)
        return self._inwards(bracket) or _unconfirmed(bracket)

    def found(self, seen: Sequence[Seen]) -> Found:
        """What is known after these probes."""
        bracket = _bracket(seen)
        limited_by: Limit = "nothing"
        if bracket.top is not None:
            limited_by = "client" if bracket.by_client else "engine"
        high = None if bracket.by_client else bracket.top
        return Found(
            low_per_s=bracket.low,
            expected_per_s=_expected(bracket) if high is not None else None,
            high_per_s=high,
            limited_by=limited_by,
            confirmed=bracket.low is not None and _unconfirmed(bracket) is None,
        )

    def _outwards(self, bracket: _Bracket, seen: Sequence[Seen]) -> Step | None:
        """A probe beyond all that were made; None at the end of what can be probed."""
        rates = [each.rate_per_s for each in seen]
        tries = len(set(rates)) - 1
        if bracket.low is not None:
            return Step(self._rounded(max(rates) * _UP[min(tries, len(_UP) - 1)]))
        if min(rates) <= self.least_per_s:
            return None
        lower = min(rates) / _DOWN[min(tries, len(_DOWN) - 1)]
        return Step(self._rounded(max(lower, self.least_per_s)))

    def _inwards(self, bracket: _Bracket) -> Step | None:
        """A probe between the ends that is likely to move one of them."""
        low, top = bracket.low or 0.0, bracket.top or 0.0
        if top / low <= self.width:
            return None
        line = _line(bracket)
        if line is not None:
            for share_low, share_high in _AIMS:
                aim = self._aim(bracket, line.rate(share_low), line.rate(share_high))
                if aim is not None:
                    return Step(aim)
            if top / low <= self.width * line.rate(share_high) / line.rate(share_low):
                return None
        rates = [low, *bracket.between, top]
        lower, upper = max(pairwise(rates), key=lambda pair: pair[1] / pair[0])
        middle = self._rounded(math.sqrt(lower * upper))
        return Step(middle) if upper / lower > self.width and lower < middle < upper else None

    def _aim(self, bracket: _Bracket, lower: float, upper: float) -> float | None:
        """Of two rates the one farther from its end of the bracket, when it is worth a probe."""
        low, top = bracket.low or 0.0, bracket.top or 0.0
        gaps = [math.log(max(lower, low) / low), math.log(top / min(upper, top))]
        wider = gaps.index(max(gaps))
        aim = self._rounded((lower, upper)[wider])
        tried = sum(each.rate_per_s == aim for each in bracket.seen)
        wide = gaps[wider] > math.log(self.width)
        return aim if wide and low < aim < top and tried < _MOST_AT_ONE_RATE else None

    @staticmethod
    def _rounded(rate_per_s: float) -> float:
        """Three significant digits: as precise as any answer, and easy to ask for again."""
        return float(f"{rate_per_s:.{_DIGITS}g}")


@dataclass(frozen=True, slots=True)
class _Bracket:
    """low: highest rate that holds below `top`; top: lowest that fails, or where the client is
    the limit; between: probed rates that are neither."""

    low: float | None
    top: float | None
    by_client: bool
    between: tuple[float, ...]
    seen: Sequence[Seen]


def _bracket(seen: Sequence[Seen]) -> _Bracket:
    rates = sorted({each.rate_per_s for each in seen})
    fails = [rate for rate in rates if _fails(seen, rate)]
    # a rate below one that the client could offer was late for another reason
    client = [rate for rate in rates if all(s.client_limited for s in seen if s.rate_per_s >= rate)]
    top = min([*fails, *client], default=None)
    below = [rate for rate in rates if top is None or rate < top]
    low = max((rate for rate in below if _holds(seen, rate)), default=None)
    return _Bracket(
        low=low,
        top=top,
        by_client=top in client,
        between=tuple(rate for rate in below if low is not None and rate > low),
        seen=seen,
    )


def _holds(seen: Sequence[Seen], rate_per_s: float) -> bool:
    """Whether every objective is shown to be met at this rate, by probes here or above."""
    above = sorted({s.rate_per_s for s in seen if s.rate_per_s >= rate_per_s})
    return _usable(seen, rate_per_s) and _shown(seen, above, "holds", all)


def _fails(seen: Sequence[Seen], rate_per_s: float) -> bool:
    """Whether any objective is shown to be missed at this rate, by probes here or below."""
    below = sorted({s.rate_per_s for s in seen if s.rate_per_s <= rate_per_s}, reverse=True)
    if any(s.failed for s in seen if s.rate_per_s <= rate_per_s):
        return True
    return _usable(seen, rate_per_s) and _shown(seen, below, "fails", any)


def _usable(seen: Sequence[Seen], rate_per_s: float) -> bool:
    """Whether a probe at this rate is evidence of the engine."""
    return any(s.shares and not s.client_limited for s in seen if s.rate_per_s == rate_per_s)


def _shown(
    seen: Sequence[Seen],
    rates: Sequence[float],
    wanted: sequential.Standing,
    of: Callable[[Iterable[bool]], bool],
) -> bool:
    """Whether probes at the first few of `rates` together show what is wanted."""
    usable = [s for s in seen if s.shares and not s.client_limited and not s.failed]
    groups = [[s.shares for s in usable if s.rate_per_s == rate] for rate in rates]
    objectives = len(usable[0].shares) if usable else 0
    return objectives > 0 and of(
        any(_judged(parts, at) == wanted for parts in accumulate(groups))
        for at in range(objectives)
    )


def _judged(parts: Sequence[tuple[Share, ...]], position: int) -> sequential.Standing:
    shares = [part[position] for part in parts]
    known = [(each.late, each.effective) for each in shares if each.late is not None]
    return sequential.judge(known, allowed=shares[0].allowed) if known else "undecided"


def _unconfirmed(bracket: _Bracket) -> Step | None:
    """The end that was probed only once; the upper one first, as it moves the other."""
    if sum(each.rate_per_s == bracket.top for each in bracket.seen) == 1:
        return Step(bracket.top or 0.0)
    if bracket.low is not None:
        here = [each for each in bracket.seen if each.rate_per_s == bracket.low]
        if not any(each.long for each in here):
            return Step(bracket.low, long=True)
    return None


def _expected(bracket: _Bracket) -> float | None:
    """Where the late share reaches what is allowed; of several objectives the lowest."""
    low, high = bracket.low, bracket.top
    if low is None or high is None:
        return None
    line = _line(bracket)
    return min(max(line.rate(1.0) if line else math.sqrt(low * high), low), high)


@dataclass(frozen=True, slots=True)
class _Line:
    """Logarithm of a late share over what is allowed = slope * (rate - crossing)."""

    crossing: float
    slope: float

    def rate(self, multiple: float) -> float:
        """The rate at which the share is so many times what is allowed."""
        return self.crossing + math.log(multiple) / self.slope


def _line(bracket: _Bracket) -> _Line | None:
    """How the share of late answers grows; of several objectives the one that is missed first."""
    low, high = bracket.low or 0.0, bracket.top or 0.0
    near = [
        each
        for each in bracket.seen
        if low / _NEAR <= each.rate_per_s <= high * _NEAR and not each.client_limited
    ]
    found = []
    for position in range(max((len(each.shares) for each in near), default=0)):
        line = _fitted([(s.rate_per_s, s.shares[position]) for s in near if s.shares])
        if line is not None:
            found.append(line)
    return min(found, key=lambda line: line.crossing, default=None)


def _fitted(points: Sequence[tuple[float, Share]]) -> _Line | None:
    """A weighted line; None where fewer than two rates had late answers, or more load fewer."""
    usable = [
        # the logarithm of a share that rests on few late answers is uncertain
        (rate, math.log(s.late / s.allowed), min(s.effective * s.late, _MOST_WEIGHT))
        for rate, s in points
        if s.late and s.effective and s.late <= max(_SATURATED, s.allowed)
    ]
    if len({rate for rate, _, _ in usable}) < 2:
        return None
    total = sum(w for _, _, w in usable)
    x = sum(rate * w for rate, _, w in usable) / total
    y = sum(value * w for _, value, w in usable) / total
    spread = sum(w * (rate - x) ** 2 for rate, _, w in usable)
    slope = sum(w * (rate - x) * (value - y) for rate, value, w in usable) / spread
    return _Line(x - y / slope, slope) if slope > 0 else None
