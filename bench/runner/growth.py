"""How much an engine's counters grew, as far as it can be believed. Pure.

The system counts the time of processes in ticks (10 ms as a rule): less than one is no time at all
to it, and a difference of two readings is wrong by up to one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.engines.seam import Counters

TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")
# Share of the log's bytes that must be written at a reading: the last commits wait yet.
_LOG_WRITTEN = 0.95


def grown(before: float | None, after: float | None) -> float | None:
    """The difference; None when either was not measured, or a server began to count anew."""
    if before is None or after is None or after < before:
        return None
    return float(after - before)


def cpu_s(before: Counters, after: Counters) -> float | None:
    """CPU time between two readings; None below a tick, which cannot be told from nothing."""
    return told_s(grown(before.cpu_s, after.cpu_s))


def told_s(used_s: float | None) -> float | None:
    """CPU time that the system's count can tell; None below a tick."""
    # of two readings in ticks the difference is a whole number of them, but for rounding
    return None if used_s is None or used_s < 0.999 * TICK_S else used_s


def write_bytes(before: Counters, after: Counters, *, own_writes: bool) -> float | None:
    """Bytes written between two readings; None: not measured, or not to be believed."""
    return written(
        grown(before.write_bytes, after.write_bytes),
        handed_over=grown(before.write_call_bytes, after.write_call_bytes),
        log=grown(before.log_bytes, after.log_bytes),
        own_writes=own_writes,
    )


def written(
    dirtied: float | None, *, handed_over: float | None, log: float | None, own_writes: bool
) -> float | None:
    """What was written, of the counts there are of it, all in the same unit.

    `own_writes`: whether a process's own count of written bytes can be believed (bench/device.py);
    if not, what was handed over in write calls bounds it. None where the log alone has more, as
    that is on its way to the disk in any case: then something was missed.
    """
    found = dirtied if own_writes else _smaller(dirtied, handed_over)
    if found is None or log is None:
        return found
    return None if found < log * _LOG_WRITTEN else found


def _smaller(dirtied: float | None, handed_over: float | None) -> float | None:
    """The smaller bound; None without the second: whole folios alone say nothing."""
    if handed_over is None:
        return 0.0 if dirtied == 0 else None
    return handed_over if dirtied is None else min(dirtied, handed_over)
