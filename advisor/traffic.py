"""Traffic over time: the rate of requests through a typical week.

The cold path works on one week in slots of fifteen minutes; a month is 730 hours of such weeks. Each
shape is a fixed pattern s between 0 and 1; the rate is peak x s^g, with g chosen so that the mean
is the one asked for. A larger peak with the same mean is then a sharper pattern, and a larger mean
with the same peak is nowhere lower.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from operator import sub
from pathlib import Path

from msgspec import Struct

from workloads.errors import InputError

SLOT_S = 900.0
SLOTS_PER_WEEK = int(7 * 86400 / SLOT_S)
_SLOTS_PER_DAY = int(86400 / SLOT_S)
HOURS_PER_WEEK = 168.0
# Ratio of peak to mean in the hours of use, where only one of them is known.
PEAK_TO_MEAN = {
    "steady": 1.5,
    "daily": 4.0,
    "periodic": 4.0,
    "spiky": 10.0,
    "unpredictable": 6.0,
    "intermittent": 4.0,
    "development": 5.0,
}
# Shapes that are used in part of the week only, and for how long when nobody says.
ACTIVE_H_PER_WEEK = {"intermittent": 40.0, "development": 50.0}
_WORKING_DAYS = 5
_FAINT = 1e-9  # of the peak
_HARDEST = 400.0  # largest exponent: beyond it a pattern is its highest slot


class Series(Struct, frozen=True, kw_only=True, cache_hash=True):
    """Requests per second in each slot of a week, and what was asked for.

    `mean_per_s` is over all hours of the month, active or not; `peak_per_s` is what must be held.
    `busiest_day_per_s` is the largest mean over 24 consecutive hours, `idle_share` the share of
    slots without any request.
    """

    rates_per_s: tuple[float, ...]
    slot_s: float
    mean_per_s: float
    peak_per_s: float
    busiest_day_per_s: float
    idle_share: float


def _busiest_day(rates_per_s: tuple[float, ...]) -> float:
    """Largest mean over 24 consecutive hours of a week that repeats."""
    sums = list(accumulate(rates_per_s + rates_per_s[: _SLOTS_PER_DAY - 1], initial=0.0))
    return float(max(map(sub, sums[_SLOTS_PER_DAY:], sums))) / _SLOTS_PER_DAY


def active_hours(shape: str, declared_h_per_week: float | None) -> float:
    """Hours of use in a week."""
    if declared_h_per_week is not None:
        return min(max(declared_h_per_week, 0.25), HOURS_PER_WEEK)
    return ACTIVE_H_PER_WEEK.get(shape, HOURS_PER_WEEK)


def series(
    shape: str, *, mean_per_s: float, peak_per_s: float, active_h_per_week: float | None = None
) -> Series:
    """A week of that shape. A mean above what peak and hours of use allow is lowered to it."""
    pattern, idle_share = _pattern(shape, active_hours(shape, active_h_per_week))
    exponent = _exponent(pattern, mean_per_s / peak_per_s)
    # never down to nothing: an hour of use stays one, however little is left for it
    rates = tuple(
        [peak_per_s * max(math.pow(s, exponent), _FAINT) if s > 0 else 0.0 for s in pattern]
    )
    return Series(
        rates_per_s=rates,
        slot_s=SLOT_S,
        mean_per_s=min(mean_per_s, peak_per_s * (1.0 - idle_share)),
        peak_per_s=peak_per_s,
        busiest_day_per_s=_busiest_day(rates),
        idle_share=idle_share,
    )


def thinned(week: Series, share: float) -> Series:
    """The same week with a share (above 0) of the requests in every slot."""
    return Series(
        rates_per_s=tuple([rate * share for rate in week.rates_per_s]),
        slot_s=week.slot_s,
        mean_per_s=week.mean_per_s * share,
        peak_per_s=week.peak_per_s * share,
        busiest_day_per_s=week.busiest_day_per_s * share,
        idle_share=week.idle_share,
    )


@lru_cache(maxsize=64)
def _pattern(shape: str, active_h_per_week: float) -> tuple[tuple[float, ...], float]:
    """The pattern of a shape, zero outside the hours of use, and the share of idle slots."""
    active = _active_slots(active_h_per_week)
    raw = [_level(shape, slot) if slot in active else 0.0 for slot in range(SLOTS_PER_WEEK)]
    top = max(raw)
    idle = sum(1 for value in raw if value <= 0.0) / SLOTS_PER_WEEK
    return tuple(value / top for value in raw), idle


def _active_slots(active_h_per_week: float) -> frozenset[int]:
    """Slots of use: working days around midday first, then the weekend."""
    wanted = max(1, round(active_h_per_week * 3600 / SLOT_S))
    days = _WORKING_DAYS if wanted <= _WORKING_DAYS * _SLOTS_PER_DAY else 7
    order = sorted(
        (abs((slot % _SLOTS_PER_DAY) - _SLOTS_PER_DAY * 0.55), slot // _SLOTS_PER_DAY, slot)
        for slot in range(days * _SLOTS_PER_DAY)
    )
    return frozenset(slot for _, _, slot in order[:wanted])


def _level(shape: str, slot: int) -> float:
    """Height of a shape in a slot, above 0."""
    hour = slot % _SLOTS_PER_DAY * SLOT_S / 3600
    day = slot // _SLOTS_PER_DAY
    daily = 0.5 + 0.5 * math.cos((hour - 14.0) / 24.0 * 2 * math.pi)
    if shape == "steady":
        return 0.9 + 0.1 * daily
    if shape == "periodic":  # a job every six hours
        return 0.15 + 0.85 * math.pow(max(0.0, math.cos(hour / 6.0 * 2 * math.pi)), 4)
    if shape == "spiky":
        return 0.2 + 0.2 * daily + 0.6 * math.pow(_noise(slot // 2), 12)
    if shape == "unpredictable":
        return 0.1 + 0.5 * _noise(slot // 16) ** 2 + 0.4 * _noise(slot // 4) ** 3
    if shape in ACTIVE_H_PER_WEEK:
        return 0.2 + 0.8 * _noise(slot // 3) ** 2
    weekend = 0.75 if day >= _WORKING_DAYS else 1.0
    return (0.08 + 0.92 * math.pow(daily, 1.5)) * weekend


def _noise(index: int) -> float:
    """A fixed pseudo-random number in 0..1 for an index (Knuth's multiplicative hash)."""
    mixed = (index * 2654435761 + 40503) & 0xFFFFFFFF
    mixed ^= mixed >> 15
    return (mixed * 2246822519 & 0xFFFFFFFF) / 0xFFFFFFFF


@lru_cache(maxsize=64)
def _logarithms(pattern: tuple[float, ...]) -> tuple[tuple[float, int], ...]:
    """The distinct logarithms of a pattern's active slots, and how many slots have each."""
    return tuple(Counter(math.log(s) for s in pattern if s > 0).items())


@lru_cache(maxsize=512)
def _exponent(pattern: tuple[float, ...], ratio: float) -> float:
    """The exponent at which the mean of the pattern is `ratio` of its peak.

    Newton's method on the logarithm of the mean, which is convex and falls with the exponent, so
    that the steps from 0 come nearer without passing it.
    """
    logarithms, slots = _logarithms(pattern), len(pattern)
    exponent = 0.0
    for _ in range(60):
        total = slope = 0.0
        for logarithm, count in logarithms:
            part = count * math.exp(exponent * logarithm)
            total += part
            slope += part * logarithm
        error = math.log(total / slots / ratio)
        if error <= 1e-9 or slope >= 0 or exponent >= _HARDEST:
            break
        exponent -= error * total / slope
    return min(exponent, _HARDEST)


def from_trace(path: Path) -> Series:
    """A week from a trace, the CSV that `bench run --load open:trace` follows too.

    Every slot of the week gets the mean of its readings; a slot without a reading takes the mean
    of all. The peak is the largest reading. InputError when the file cannot be used.
    """
    from workloads.arrivals.series import read

    found = read(path)
    sums, counts = [0.0] * SLOTS_PER_WEEK, [0] * SLOTS_PER_WEEK
    for time_s, rate in zip(found.times_s, found.rates_per_s, strict=True):
        slot = int(time_s // SLOT_S) % SLOTS_PER_WEEK
        sums[slot] += rate
        counts[slot] += 1
    mean = sum(found.rates_per_s) / len(found.rates_per_s)
    rates = tuple(s / n if n else mean for s, n in zip(sums, counts, strict=True))
    peak = found.peak_per_s
    if peak <= 0:
        raise InputError(f"{path}: the trace has no request", hint="give rates above 0")
    return Series(
        rates_per_s=rates,
        slot_s=SLOT_S,
        mean_per_s=sum(rates) / len(rates),
        peak_per_s=peak,
        busiest_day_per_s=_busiest_day(rates),
        idle_share=sum(1 for rate in rates if rate <= 0) / len(rates),
    )
