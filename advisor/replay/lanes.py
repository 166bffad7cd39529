"""Step-by-step policies over a long time, many days at once.

What a policy does in a minute depends on the minute before, so that a year is 525,600 steps one
after the other. Here each day is a lane, and one step is taken in all lanes together. A lane
starts from a guess; where the lane before ended elsewhere, all are run again from there, until
every start is the end before it. Policies forget within a day or two, so that a few rounds do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from advisor.replay.timeline import MINUTES_PER_DAY, Floats

State = tuple[Floats, ...]
Step = Callable[[State, Floats], State]

_MOST_ROUNDS = 12
_CLOSE = 1e-9


def run(values: Floats, start: State, step: Step, *, fresh: int, series: list[int]) -> State:
    """The end of each lane; the last `fresh` parts of the state start anew every day.

    `values` are minutes, whole days of them; `start` holds one number a lane in each part. Of
    several series side by side `series` tells the days of each. The first day of one starts as its
    last one ends: the time repeats.
    """
    days = values.reshape(-1, MINUTES_PER_DAY)
    kept = len(start) - fresh
    ends = np.cumsum(series)
    before = np.arange(len(days)) - 1
    before[ends - series] = ends - 1
    for _ in range(_MOST_ROUNDS):
        state = start
        for minute in range(MINUTES_PER_DAY):
            state = step(state, days[:, minute])
        follows = tuple(part[before] for part in state[:kept])
        settled = all(
            np.allclose(new, old, rtol=_CLOSE, atol=_CLOSE)
            for new, old in zip(follows, start[:kept], strict=True)
        )
        if settled:
            break
        start = (*follows, *start[kept:])
    return state
