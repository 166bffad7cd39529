"""Axes over many powers of ten (or two), marked in units that people read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

Display = Callable[[float | None], str]

_LEAST_DECADES = 1.0


def logarithmic(
    values: Iterable[float],
    display: Display,
    *,
    room: float = 0.12,
    binary: bool = False,
    most_marks: int = 6,
) -> dict[str, Any]:
    """A log axis that holds all values with `room` decades at both ends, and a decade at least.

    Marks stand at 1, 2, 5 times powers of ten, or at powers of two for sizes (`binary`), as many
    as `most_marks` allows.
    """
    positive = [value for value in values if value > 0]
    low, high = (min(positive), max(positive)) if positive else (1.0, 10.0)
    bottom, top = math.log10(low) - room, math.log10(high) + room
    missing = max(_LEAST_DECADES - (top - bottom), 0.0)
    bottom, top = bottom - missing / 2, top + missing / 2
    marks = _marks(bottom, top, binary=binary, most=most_marks)
    return {
        "type": "log",
        "range": [bottom, top],
        "tickvals": marks,
        "ticktext": [display(mark) for mark in marks],
        "tickangle": 0,
        "ticklabelstandoff": 4,
        "fixedrange": True,
        "automargin": True,
    }


def linear(
    values: Iterable[float], display: Display, *, binary: bool = False, most_marks: int = 5
) -> dict[str, Any]:
    """An axis from zero to a little above all values, marked at round numbers of their unit."""
    top = max((value for value in values if value > 0), default=1.0)
    unit = 1024.0 ** math.floor(math.log(top, 1024)) if binary and top >= 1 else 1.0
    step = _round_step(top / unit / most_marks) * unit
    marks = [step * n for n in range(math.floor(top * 1.05 / step) + 1)]
    return {
        "range": [0.0, top * 1.08],
        "tickvals": marks,
        "ticktext": [display(mark) for mark in marks],
        "tickangle": 0,
        "ticklabelstandoff": 4,
        "fixedrange": True,
        "automargin": True,
    }


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not less."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= least * 0.999)


def _marks(bottom: float, top: float, *, binary: bool, most: int) -> list[float]:
    """The densest regular marks between two powers of ten that are not too many."""
    for stride in range(1, 40):
        if binary:
            found = _powers_of_two(bottom, top, stride)
        elif stride == 1:
            found = _steps(bottom, top, (1, 2, 5), 1)
        else:
            found = _steps(bottom, top, (1,), stride - 1)
        if len(found) <= most:
            return found
    return []


def _steps(bottom: float, top: float, steps: tuple[int, ...], stride: int) -> list[float]:
    powers = (p for p in range(math.floor(bottom), math.ceil(top) + 1) if p % stride == 0)
    candidates = (step * 10.0**power for power in powers for step in steps)
    return [mark for mark in candidates if bottom <= math.log10(mark) <= top]


def _powers_of_two(bottom: float, top: float, stride: int) -> list[float]:
    first, last = (math.ceil(bottom * math.log2(10)), math.floor(top * math.log2(10)))
    return [2.0**power for power in range(first, last + 1) if power % stride == 0]
