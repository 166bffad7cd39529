"""CPU credits of burstable classes: earned all the time, spent when busy, kept for a day at most.

One credit is one vCPU for one minute. In unlimited mode, the default of RDS's T3 and T4g classes,
a class goes on beyond its credits and pays for what a day's earnings do not win back; in standard
mode it falls to its baseline.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from advisor.replay.timeline import MINUTES_PER_DAY, Floats

HOURS_KEPT = 24.0
MINUTES_PER_HOUR = 60.0


class Credits(Struct, frozen=True, kw_only=True):
    """Shares of time and work, and vCPU hours a month that unlimited mode charges for.

    `exhausted_share` of the minutes there is no credit left; `slowed_share` of the CPU work is
    then beyond the baseline: late in standard mode. `least` is the lowest balance, a fraction of
    the most that can be kept.
    """

    exhausted_share: float
    slowed_share: float
    least: float
    surplus_vcpu_hours_per_month: float


def replay(busy_vcpus: Floats, *, vcpus: float, baseline: float) -> Credits:
    """Credits over minutes of demand in vCPUs; `baseline` is a fraction of each vCPU."""
    earned = vcpus * baseline
    if busy_vcpus.max() <= earned:
        return Credits(
            exhausted_share=0.0, slowed_share=0.0, least=1.0, surplus_vcpu_hours_per_month=0.0
        )
    most = earned * HOURS_KEPT * MINUTES_PER_HOUR
    change = earned - np.minimum(busy_vcpus, vcpus)
    limited = _balance(change, 0.0, most)
    before = np.concatenate(([limited[-1]], limited[:-1]))
    short = np.maximum(-(before + change), 0.0)
    work = float(busy_vcpus.sum())
    owed = _balance(change, -most, most)
    owed_before = np.concatenate(([owed[-1]], owed[:-1]))
    charged = np.maximum(-most - (owed_before + change), 0.0)
    months = len(busy_vcpus) / (MINUTES_PER_DAY * 365 / 12)
    return Credits(
        exhausted_share=float(np.mean(limited <= 0.0)),
        slowed_share=float(short.sum()) / work if work > 0 else 0.0,
        least=float(limited.min()) / most if most > 0 else 0.0,
        surplus_vcpu_hours_per_month=float(charged.sum()) / MINUTES_PER_HOUR / months,
    )


def _balance(change: Floats, low: float, high: float) -> Floats:
    """Balance after each minute of b -> clip(b + change, low, high); the time repeats.

    Days go side by side. Any number of such steps is again clip(b + a, l, h), so that a day's
    effect is known before its start is, and the starts follow day by day.
    """
    days = change.reshape(-1, MINUTES_PER_DAY)
    added, least, top = (np.full(len(days), v) for v in (0.0, -np.inf, np.inf))
    for minute in range(MINUTES_PER_DAY):
        step = days[:, minute]
        added = added + step
        least = np.clip(least + step, low, high)
        top = np.clip(top + step, low, high)
    starts = np.empty(len(days))
    balance = _at_rest(added, least, top)
    for day in range(len(days)):
        starts[day] = balance
        balance = min(max(balance + added[day], least[day]), top[day])
    found = np.empty_like(days)
    now = starts
    for minute in range(MINUTES_PER_DAY):
        now = np.clip(now + days[:, minute], low, high)
        found[:, minute] = now
    return found.reshape(-1)


def _at_rest(added: Floats, least: Floats, top: Floats) -> float:
    """The balance that all the days together leave as it was: where time has no beginning."""
    total, low, high = 0.0, -np.inf, np.inf
    for more, floor, ceiling in zip(added, least, top, strict=True):
        total += float(more)
        low = min(max(low + float(more), float(floor)), float(ceiling))
        high = min(max(high + float(more), float(floor)), float(ceiling))
    return low if total < 0 else high
