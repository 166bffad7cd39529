"""Open load on a session that can only wait for its answer (in-process engines).

The next request is sent when it is due or, when the answer before it came later than that, at
once; its response time runs from the moment it was due in both cases, so a slow answer makes
all that were due meanwhile late too.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from bench.driver.recorder import FOREVER_NS, Burst
from bench.driver.schedule import SPIN_NS, Dues
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.driver.feed import Feed
    from bench.engines.seam import Bound

# Positions a burst can hold; a burst ends earlier when its time is up.
ROOM = 4_096


class InlineLoop:
    """One client on one session; `clock` gives int nanoseconds, `sleep` takes seconds.

    `spare_ns` is the processor time spent looking at the clock until a request was due.
    """

    def __init__(
        self,
        feed: Feed,
        bounds: Sequence[Bound],
        dues: Dues,
        *,
        clock: Callable[[], int],
        sleep: Callable[[float], None],
    ) -> None:
        self._feed = feed
        self._dues = dues
        self._clock = clock
        self._sleep = sleep
        self._calls = [bound.call for bound in bounds]
        self._free_at_ns = 0
        self.spare_ns = 0
        self._ends = array("q", bytes(8 * ROOM))
        self._sent = array("q", bytes(8 * ROOM))
        self._due = array("q", bytes(8 * ROOM))
        self._free = array("q", bytes(8 * ROOM))
        self._prepared = feed.prepare()
        self._next = 0
        self.failures: list[tuple[str, int, str]] = []

    def rebind(self, bounds: Sequence[Bound]) -> None:
        """Go on with another session's bound operations."""
        self._calls = [bound.call for bound in bounds]
        self._feed.rebind(bounds)
        self._prepared, self._next = self._feed.prepare(), 0

    @property
    def next_due_ns(self) -> int:
        """When the next request is due."""
        return self._dues.peek()

    def make_ready(self) -> None:
        """Encode the next batch when this one is used up."""
        if self._next == len(self._prepared):
            self._prepared, self._next = self._feed.prepare(), 0

    def burst(self, until_ns: int, *, due_before_ns: int = FOREVER_NS) -> Burst:
        """Request what is due before `due_before_ns`, in order, until `until_ns`."""
        self.make_ready()
        self.failures = []
        first = self._next
        failed: list[int] = []
        last = min(len(self._prepared), first + ROOM)
        count = self._run(last - first, min(until_ns, due_before_ns), until_ns, failed)
        self._next = first + count
        self._feed.used(self._prepared, self._next)
        return Burst(
            operation=self._prepared.operation[first : self._next],
            due=np.frombuffer(self._due, dtype=np.int64)[:count],
            sent=np.frombuffer(self._sent, dtype=np.int64)[:count],
            end=np.frombuffer(self._ends, dtype=np.int64)[:count],
            failed=tuple(failed),
            free=np.frombuffer(self._free, dtype=np.int64)[:count],
        )

    def _run(self, room: int, due_before_ns: int, until_ns: int, failed: list[int]) -> int:
        """The timed path; how many were requested."""
        clock, sleep, peek, take = self._clock, self._sleep, self._dues.peek, self._dues.take
        operation = self._prepared.operation[self._next : self._next + room].tolist()
        arguments, first, calls = self._prepared.arguments, self._next, self._calls
        ends, sent, dues, free = self._ends, self._sent, self._due, self._free
        free_at, spare_ns = self._free_at_ns, self.spare_ns
        for position in range(room):
            due = peek()
            if due >= due_before_ns:
                break
            take()
            now = clock()
            if now < due - SPIN_NS:
                sleep((due - SPIN_NS - now) / 1e9)
                now = clock()
            spare_ns -= now
            while now < due:
                now = clock()
            spare_ns += now
            sent[position], dues[position], free[position] = now, due, free_at
            try:
                calls[operation[position]](arguments[first + position])
            except OperationFailed as failure:
                failed.append(position)
                self.failures.append((failure.kind, clock(), str(failure)))
            ends[position] = free_at = clock()
            if free_at >= until_ns:
                position += 1
                break
        else:
            position = room
        self._free_at_ns, self.spare_ns = free_at, spare_ns
        return position
