"""A year of minutes: requests per second in each, from the week of a shape or from a trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from advisor.case import Case
from advisor.traffic import Series
from workloads.spec.sources import trace_path

if TYPE_CHECKING:
    from workloads.arrivals.series import Series as Trace

Floats = npt.NDArray[np.float64]

MINUTE_S = 60.0
MINUTES_PER_DAY = 1440
DAYS = 365
MINUTES = DAYS * MINUTES_PER_DAY


def of_case(case: Case) -> Floats:
    """The minutes of a case: of its trace where it has one, as much of it as the case is left."""
    path = trace_path(case.workload)
    if path is None:
        return of_week(case.series)
    return of_trace(path) * (case.series.peak_per_s / _read(path).peak_per_s)


def of_week(week: Series) -> Floats:
    """The week again and again; a slot is its minutes, all alike."""
    per_slot = round(week.slot_s / MINUTE_S)
    return _repeated(np.repeat(np.array(week.rates_per_s), per_slot))


def of_trace(path: Path) -> Floats:
    """A trace, again and again; by whole days where it is a day or longer, so that days stay days.

    Each minute has the mean of what was so in it. InputError when the file cannot be used.
    """
    found = _read(path)
    times = np.array([*found.times_s, found.duration_s])
    requests = np.concatenate(([0.0], np.cumsum(np.diff(times) * np.array(found.rates_per_s))))
    whole = max(int(found.duration_s // MINUTE_S), 1)
    if whole >= MINUTES_PER_DAY:
        whole -= whole % MINUTES_PER_DAY
    edges = np.arange(whole + 1) * MINUTE_S
    return _repeated(np.diff(np.interp(edges, times, requests)) / MINUTE_S)


def _repeated(rates: Floats) -> Floats:
    return np.resize(rates, MINUTES)


def _read(path: Path) -> Trace:
    from workloads.arrivals.series import read

    return read(path)
