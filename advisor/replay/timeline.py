"""A year of minutes: requests per second in each, from the week of a shape or from a trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from advisor.traffic import Series

Floats = npt.NDArray[np.float64]

MINUTE_S = 60.0
MINUTES_PER_DAY = 1440
DAYS = 365
MINUTES = DAYS * MINUTES_PER_DAY


def of_week(week: Series) -> Floats:
    """The week again and again; a slot is its minutes, all alike."""
    per_slot = round(week.slot_s / MINUTE_S)
    return _repeated(np.repeat(np.array(week.rates_per_s), per_slot))


def of_trace(path: Path) -> Floats:
    """A trace, again and again; by whole days where it is a day or longer, so that days stay days.

    Each minute has the mean of what was so in it. InputError when the file cannot be used.
    """
    from workloads.arrivals.series import read

    found = read(path)
    times = np.array([*found.times_s, found.duration_s])
    requests = np.concatenate(([0.0], np.cumsum(np.diff(times) * np.array(found.rates_per_s))))
    whole = max(int(found.duration_s // MINUTE_S), 1)
    if whole >= MINUTES_PER_DAY:
        whole -= whole % MINUTES_PER_DAY
    edges = np.arange(whole + 1) * MINUTE_S
    return _repeated(np.diff(np.interp(edges, times, requests)) / MINUTE_S)


def _repeated(rates: Floats) -> Floats:
    return np.resize(rates, MINUTES)
