"""Capacity units that follow the load: a fast and a slow envelope, pauses and resumes.

No rate of scaling is published. *Fast* has in every minute what the minute needs; *slow* keeps the
most of the last while (assumption serverless.hold). The truth lies between them.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from advisor import facts
from advisor.facts.assumptions import assumption
from advisor.replay.timeline import MINUTES_PER_DAY, Floats

_DAY_MIN = float(MINUTES_PER_DAY)


class Units(Struct, frozen=True, kw_only=True):
    """Units held on average by either envelope, and what pausing does.

    `late_share`: share of the work that needs more than was held the minute before by the fast
    envelope. `resumes_per_month` requests wait for a resume, `waited_s` is their mean wait.
    """

    fast: float
    slow: float
    paused_share: float
    late_share: float
    resumes_per_month: float
    waited_s: float | None


def replay(units: Floats, *, floor: float, pausing: bool) -> Units:
    """Envelopes over minutes of need in units; `floor` is the least that is held awake."""
    step = facts.number("aurora_serverless.acu_step")
    needed = np.maximum(np.ceil(units / step - 1e-9) * step, floor)
    held = _most_of_last(needed, round(assumption("serverless.hold").value))
    paused = _paused(units) if pausing else np.zeros(len(units), dtype=bool)
    awake = ~paused
    gaps = _lengths(paused)
    months = len(units) / (MINUTES_PER_DAY * 365 / 12)
    before = np.concatenate((needed[-1:], needed[:-1]))
    total = float(units.sum())
    return Units(
        fast=float(np.mean(needed * awake)),
        slow=float(np.mean(held * awake)),
        paused_share=float(np.mean(paused)),
        late_share=float(np.maximum(units - before, 0.0).sum()) / total if total > 0 else 0.0,
        resumes_per_month=len(gaps) / months,
        waited_s=_wait_s(gaps) if len(gaps) else None,
    )


def _most_of_last(values: Floats, minutes: int) -> Floats:
    """The largest of each minute and those before it, `minutes` in all; the time repeats."""
    found, reach = values, 1
    while reach < minutes:
        shift = min(reach, minutes - reach)
        found = np.maximum(found, np.roll(found, shift))
        reach += shift
    return found


def _paused(units: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Minutes without any need, from when they have lasted long enough until the next need."""
    wait = round(assumption("serverless.idle_min_before_pause").value)
    idle = units <= 0.0
    if idle.all():
        return idle
    turn = int(np.argmin(idle))  # a minute in use: counting from there, no gap is cut in two
    turned = np.roll(idle, -turn)
    at = np.arange(len(turned))
    last_use = np.maximum.accumulate(np.where(turned, 0, at))
    return np.roll(turned & (at - last_use > wait), turn)


def _lengths(paused: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """Minutes of each pause that ends in a resume."""
    if not paused.any() or paused.all():
        return np.empty(0)
    turned = np.roll(paused, -int(np.argmin(paused))).astype(np.int8)
    edges = np.diff(np.concatenate(([0], turned, [0])))
    return (np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)).astype(np.float64)


def _wait_s(gaps_min: Floats) -> float:
    """Mean wait of the first request after a pause; longer after more than a day."""
    short = facts.number("aurora_serverless.resume_latency")
    long = facts.number("aurora_serverless.resume_latency_long")
    return float(np.mean(np.where(gaps_min > _DAY_MIN, long, short)))
