"""Provisioned units with auto scaling: what is held, and what is throttled meanwhile.

Every minute: what is consumed is at most what is provisioned and what burst capacity has saved, the
unused units of the last 300 s. Above the target for 2 minutes in a row the provision follows
consumption; below it for 15 minutes it falls to it. It may fall four times a day, and beyond that
where it has not fallen for an hour.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from advisor.facts.assumptions import assumption
from advisor.replay import lanes
from advisor.replay.timeline import MINUTE_S, MINUTES_PER_DAY, Floats

OUT_AFTER_MIN = 2
IN_AFTER_MIN = 15
BURST_S = 300.0
FALLS_A_DAY = 4
FALL_AGAIN_AFTER_MIN = 60
LEAST_UNITS = 1.0


class Held(Struct, frozen=True, kw_only=True):
    """Units provisioned on average and at most, and the share of the units asked that is refused."""

    mean_units: float
    most_units: float
    throttled_share: float


def replay(units_per_s: list[Floats]) -> list[Held]:
    """Auto scaling over minutes of demand in units per second (whole days), several side by side."""
    target = assumption("autoscaling.target_utilisation").value
    values = np.concatenate(units_per_s)
    days = len(values) // MINUTES_PER_DAY
    first = np.maximum(values.reshape(days, -1)[:, 0] / target, LEAST_UNITS)
    zero = np.zeros(days)
    # provision, minutes above, minutes below, saved, minutes since a fall
    start = (first, zero, zero, first * BURST_S, zero + FALL_AGAIN_AFTER_MIN)
    # falls today; sum of the provision, what was refused, the most provisioned
    fresh = (zero, zero, zero, zero)
    ends = (len(units) // MINUTES_PER_DAY for units in units_per_s)
    end = lanes.run(values, (*start, *fresh), _step(target), fresh=len(fresh), series=[*ends])
    found, at = [], 0
    for units in units_per_s:
        mine = slice(at, at + len(units) // MINUTES_PER_DAY)
        at = mine.stop
        asked = float(units.sum()) * MINUTE_S
        found.append(
            Held(
                mean_units=float(end[6][mine].mean()) / MINUTES_PER_DAY,
                most_units=float(end[8][mine].max()),
                throttled_share=float(end[7][mine].sum()) / asked if asked > 0 else 0.0,
            )
        )
    return found


def _step(target: float) -> lanes.Step:
    def step(state: lanes.State, asked_per_s: Floats) -> lanes.State:
        held, above, below, saved, since, falls, total, refused, most = state
        available = saved + held * MINUTE_S
        asked = asked_per_s * MINUTE_S
        used = np.minimum(asked, available)
        wanted = np.maximum(used / (MINUTE_S * target), LEAST_UNITS)
        # counts need go no further than what they are asked for, so that they come to rest
        above = np.minimum(above + 1, OUT_AFTER_MIN) * (wanted > held)
        below = np.minimum(below + 1, IN_AFTER_MIN) * (wanted < held)
        may = (falls < FALLS_A_DAY) | (since >= FALL_AGAIN_AFTER_MIN)
        drops = (below >= IN_AFTER_MIN) & may
        moved = (above >= OUT_AFTER_MIN) | drops
        stays = ~moved
        new = np.where(moved, wanted, held)
        return (
            new,
            above * stays,
            below * stays,
            np.minimum(available - used, np.minimum(held, new) * BURST_S),
            np.minimum(since + 1, FALL_AGAIN_AFTER_MIN) * ~drops,
            falls + drops,
            total + held,
            refused + asked - used,
            np.maximum(most, held),
        )

    return step
