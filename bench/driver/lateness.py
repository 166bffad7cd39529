"""Late answers, slice by slice: what a worker counts, and how the parent adds workers up.

An answer is late when its response time (closed load: service time) is above a limit, or when
the operation failed. It counts in the slice in which it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bench.driver.messages import Late, Limit

if TYPE_CHECKING:
    import numpy.typing as npt

    from bench.driver.recorder import Burst


class Lateness:
    """Counts of one worker. Give it every burst, in order."""

    def __init__(self, limits: Sequence[Limit], *, operations: int, slice_ns: int) -> None:
        self.start_ns = 0
        self._slice_ns = slice_ns
        self._limits_ns = [limit.ns for limit in limits]
        self._concerned = np.zeros((len(limits), operations), dtype=bool)
        for row, limit in enumerate(limits):
            self._concerned[row, list(limit.operations)] = True
        self._table = np.zeros((64, len(limits), 2), dtype=np.int64)
        self._given = 0
        self._used = 0

    def add(self, burst: Burst) -> None:
        """Count a burst; nothing when there is no limit."""
        if not self._limits_ns or not burst.end.size:
            return
        slots = np.maximum(burst.end - self.start_ns, 0) // self._slice_ns
        first = int(slots.min())
        slots -= first
        count = int(slots.max()) + 1
        self._grow(first + count)
        took = burst.end - (burst.sent if burst.due is None else burst.due)
        took[list(burst.failed)] = np.iinfo(np.int64).max
        for row, limit_ns in enumerate(self._limits_ns):
            mine = self._concerned[row][burst.operation]
            late = mine & (took > limit_ns)
            part = self._table[first : first + count, row]
            part[:, 0] += np.bincount(slots[mine], minlength=count)
            part[:, 1] += np.bincount(slots[late], minlength=count)
        self._used = max(self._used, first + count)

    def complete(self, slices: int) -> tuple[Late, ...]:
        """Slices below `slices` that were not given yet and hold something."""
        found = self._between(self._given, min(slices, self._used))
        self._given = max(self._given, slices)
        return found

    def all(self) -> tuple[Late, ...]:
        """Every slice that holds something."""
        return self._between(0, self._used)

    def _between(self, first: int, last: int) -> tuple[Late, ...]:
        rows = self._table[first:last]
        filled = np.flatnonzero(rows[:, :, 0].any(axis=1)).tolist()
        return tuple(
            Late(first + at, tuple(rows[at, :, 0].tolist()), tuple(rows[at, :, 1].tolist()))
            for at in filled
        )

    def _grow(self, size: int) -> None:
        if size > len(self._table):
            more = np.zeros((max(size, 2 * len(self._table)), *self._table.shape[1:]), np.int64)
            more[: len(self._table)] = self._table
            self._table = more


class LateSeries:
    """The late answers of all workers, added up by slice."""

    def __init__(self, workers: int, limits: int) -> None:
        self._limits = limits
        self._parts: list[dict[int, Late]] = [{} for _ in range(workers)]

    def add(self, worker: int, lates: Sequence[Late]) -> None:
        self._parts[worker].update((late.position, late) for late in lates)

    def replace(self, worker: int, lates: Sequence[Late]) -> None:
        """The final counts of a worker."""
        self._parts[worker] = {late.position: late for late in lates}

    def between(self, first: int, last: int) -> npt.NDArray[np.int64]:
        """Counts of the slices `first` <= position < `last`: [slice, limit, (counted, late)]."""
        table = np.zeros((max(0, last - first), self._limits, 2), dtype=np.int64)
        for parts in self._parts:
            for position, late in parts.items():
                if first <= position < last:
                    table[position - first, :, 0] += late.counted
                    table[position - first, :, 1] += late.late
        return table
