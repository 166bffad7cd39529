"""Intended times of open load, and being there in time.

A schedule is cut over workers so that all of them together offer the whole: `moments` of every
worker merged are the schedule's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bench.driver.recorder import FOREVER_NS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

# A sleep may end late by the timer's slack and by waking an idle core (tens of microseconds on
# virtual machines), so the last stretch before a due time is spent looking at the clock.
SPIN_NS = 150_000


class Schedule(Protocol):
    """When requests are due: the load's shape is this one method (ramps and steps included).

    Must be picklable, and a pure function of its fields and arguments.
    """

    @property
    def rate_per_s(self) -> float:
        """Mean rate over the whole, of all workers."""
        ...

    def moments(self, *, worker: int, workers: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
        """This worker's share: rising nanoseconds since the start, in chunks, perhaps endless."""
        ...


class Dues:
    """The moments of one worker, one after the other."""

    def __init__(self, chunks: Iterator[npt.NDArray[np.int64]]) -> None:
        self._chunks = chunks
        self._at_ns = 0
        self._list: list[int] = []
        self._next = 0

    def begin(self, at_ns: int) -> None:
        """The start that the schedule counts from. Nothing may have been looked at before."""
        self._at_ns = at_ns
        self._list = [min(moment + at_ns, FOREVER_NS) for moment in self._list]

    def ready(self) -> None:
        """Compute the first chunk now."""
        self._refill()

    def peek(self) -> int:
        """The next due moment; `FOREVER_NS` when nothing is due any more."""
        if self._next == len(self._list):
            self._refill()
        return self._list[self._next]

    def take(self) -> int:
        """The next due moment, which is then done with."""
        due = self.peek()
        if due < FOREVER_NS:
            self._next += 1
        return due

    def take_before(self, end_ns: int) -> list[int]:
        """All that are due before `end_ns`."""
        taken = []
        while self.peek() < end_ns:
            taken.append(self.take())
        return taken

    def _refill(self) -> None:
        if self._next < len(self._list):
            return
        chunk = next(self._chunks, None)
        while chunk is not None and not len(chunk):
            chunk = next(self._chunks, None)
        self._list = [FOREVER_NS] if chunk is None else (chunk + self._at_ns).tolist()
        self._next = 0
