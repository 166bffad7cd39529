"""What an engine uses while nobody asks anything, taken before the first trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.runner.growth import TICK_S
from bench.runner.summary import Rates, rates, value

if TYPE_CHECKING:
    from bench.driver.conduct import Reading

# Fewer ticks than these are no baseline: one that falls into the sample by chance would be
# subtracted from every window, and make little use no use at all.
_FEWEST_TICKS = 3
# An engine that still works off what was loaded is looked at again, so often at most.
_MOST_SAMPLES = 6
# Two samples this close to each other: what is used is used all the time.
_ALIKE = 0.8


def baseline(
    reading: Callable[[], Reading],
    seconds: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Rates:
    """The least that was used in samples of so many seconds, until the engine is quiet or even.

    CPU that is less than a few ticks is None: nothing is subtracted then.
    """
    before = reading()
    if all(value(before, name) is None for name in Rates.names()):
        return Rates()
    samples: list[Rates] = []
    while True:
        sleep(seconds)
        after = reading()
        samples.append(rates(before, after))
        span_s, before = (after.at_ns - before.at_ns) / 1e9, after
        quiet = (samples[-1].cpu_s or 0.0) * span_s < (_FEWEST_TICKS - 0.5) * TICK_S
        if quiet or _even(samples) or len(samples) == _MOST_SAMPLES:
            break
    least = {name: _least(samples, name) for name in Rates.names()}
    return Rates(**{**least, "cpu_s": None if quiet else least["cpu_s"]})


def _even(samples: list[Rates]) -> bool:
    """Whether the last two used about the same."""
    if len(samples) < 2:
        return False
    before, last = samples[-2].cpu_s or 0.0, samples[-1].cpu_s or 0.0
    return last >= _ALIKE * before


def _least(samples: list[Rates], name: str) -> float | None:
    found = [getattr(each, name) for each in samples]
    return None if None in found else min(found)
