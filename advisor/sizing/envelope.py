"""Capacity that follows traffic: how much is held on average by a policy that scales with it.

Two envelopes over the week: *fast* follows each slot at once; *slow* keeps the largest of the
last while, as policies do that scale in late. The truth lies between them. `advisor.replay` looks
at the same week minute by minute.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate

from msgspec import Struct

from advisor.facts.assumptions import assumption
from advisor.traffic import Series


class Envelope(Struct, frozen=True, kw_only=True):
    """Slots of a week as fractions of the peak, sorted, with the sums from each one to the end."""

    levels: tuple[float, ...]
    sums_from: tuple[float, ...]
    idle_share: float

    def mean_above(self, peak: float, floor: float) -> float:
        """Mean over the week of max(floor, peak x slot)."""
        if peak <= 0:
            return floor
        below = bisect_left(self.levels, floor / peak)
        return (floor * below + peak * self.sums_from[below]) / len(self.levels)

    def mean_while_used(self, peak: float, floor: float) -> float:
        """Mean over the week of max(floor, peak x slot) in slots with traffic, 0 in idle ones."""
        return self.mean_above(peak, floor) - floor * self.idle_share


class Envelopes(Struct, frozen=True, kw_only=True):
    """The fast and the slow envelope of a week, and what exceeds capacity before it follows.

    `late_share`: share of requests beyond what was provisioned (at the target utilisation) in
    the slot before.
    """

    fast: Envelope
    slow: Envelope
    late_share: float


@lru_cache(maxsize=32)
def envelopes(series: Series, *, hold_min: float | None = None) -> Envelopes:
    """Both envelopes of a week that repeats.

    `hold_min`: how long the slow one keeps what it has, in whole slots; None: as auto scaling of
    provisioned units does.
    """
    if hold_min is None:
        hold = int(assumption("autoscaling.hold_slots").value)
    else:
        hold = max(1, math.ceil(hold_min * 60.0 / series.slot_s))
    target = assumption("autoscaling.target_utilisation").value
    peak = series.peak_per_s
    rates = [rate / peak for rate in series.rates_per_s]
    # the week repeats: before its first slots come its last
    turned = (rates[-j:] + rates[:-j] for j in range(1, min(hold, len(rates))))
    held = list(map(max, zip(rates, *turned, strict=True)))
    late = sum(
        max(0.0, now - before / target)
        for now, before in zip(rates, held[-1:] + held, strict=False)
    )
    total = sum(rates)
    return Envelopes(
        fast=_envelope(rates, series.idle_share),
        slow=_envelope(held, _idle(held, series)),
        late_share=late / total if total > 0 else 0.0,
    )


def _idle(held: list[float], series: Series) -> float:
    """Share of slots in which nothing is held any more; none where there is no idle slot."""
    if series.idle_share <= 0:
        return 0.0
    return sum(1 for value in held if value <= 0.0) / len(held)


def _envelope(values: list[float], idle_share: float) -> Envelope:
    levels = tuple(sorted(values))
    sums = tuple(accumulate(reversed(levels), initial=0.0))
    return Envelope(levels=levels, sums_from=tuple(reversed(sums)), idle_share=idle_share)
