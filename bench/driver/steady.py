"""When the warm-up ends and whether the window kept its level, slice by slice.

The test itself is `results.steady.is_steady`: no drift and no change of level that is both
significant and large enough to matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from results.steady import FEWEST_POINTS, is_steady

# Of fewer operations a point, most of what moves is chance.
_FEWEST_OPERATIONS = 3
# More points than these say little more and cost quadratic time.
_MOST_POINTS = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the level is reached, and why, for the record. None: it could not be told."""

    steady: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class Point:
    """A slice as the test sees it: operations that ended in it, their summed latency."""

    operations: int
    sum_ns: int


class WarmUp:
    """Decides, slice by slice, when the warm-up is over.

    minimum, maximum   slices; before the first nothing is decided, after the second it ends anyway
    span               slices that must be level, at least ten
    """

    def __init__(self, *, minimum: int, maximum: int, span: int) -> None:
        self.span = max(span, FEWEST_POINTS)
        self._minimum = max(minimum, self.span)
        self._maximum = max(maximum, self._minimum)

    def verdict(self, last: Sequence[Point], *, count: int, closed: bool) -> Verdict | None:
        """Level or given up after `count` slices; None: go on. `last` are the newest slices."""
        if count < self._minimum:
            return None
        found, reason = is_steady(_figures(last[-self.span :], closed=closed))
        if found:
            return Verdict(True, f"warm-up ended by test after {count} slices")
        if count < self._maximum:
            return None
        return Verdict(False, f"warm-up ended by its limit after {count} slices ({reason})")


def judge(points: Sequence[Point], *, closed: bool) -> Verdict:
    """Whether a window is one steady state; slices are joined until each holds a few operations."""
    operations = sum(point.operations for point in points)
    wanted = min(len(points), operations // _FEWEST_OPERATIONS, _MOST_POINTS)
    if wanted < FEWEST_POINTS:
        return Verdict(None, f"{operations} operations in {len(points)} slices are too few to tell")
    width = -(-len(points) // wanted)
    joined = _joined(points, width) if len(points) // width >= FEWEST_POINTS else list(points)
    return Verdict(*is_steady(_figures(joined, closed=closed)))


def _figures(points: Sequence[Point], *, closed: bool) -> list[float]:
    """What must be level: throughput in closed load, mean response time in open load."""
    if closed:
        return [float(point.operations) for point in points]
    return [point.sum_ns / point.operations if point.operations else 0.0 for point in points]


def _joined(points: Sequence[Point], width: int) -> list[Point]:
    """Every `width` neighbours as one; a rest at the end is left out."""
    groups = [points[at : at + width] for at in range(0, len(points) - width + 1, width)]
    return [
        Point(sum(p.operations for p in group), sum(p.sum_ns for p in group)) for group in groups
    ]
