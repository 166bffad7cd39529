"""Closed load: one client; the next request is sent when the answer is there.

Without think time the end of one operation is the start of the next, so one clock read an
operation is enough; every burst begins with a fresh one, so that the time the worker spends
between bursts is in no latency. What one operation's figure contains besides the request is the
loop itself and the clock: the no-op engine tells how much that is.

The clock is read as a float of seconds, which costs a third less than an integer of nanoseconds
(it is compared and stored without an allocation); it tells 2 ns apart up to 100 days after the
machine was started, and 15 ns in three years.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.driver.recorder import Burst
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from bench.driver.feed import Feed, Prepared
    from bench.engines.seam import Bound

# So many failures in a row end a burst: the worker then looks whether the engine is still there.
MOST_FAILURES_IN_A_ROW = 16


class ClosedLoop:
    """One client on one session. `clock` gives seconds, on the clock of all moments."""

    def __init__(
        self,
        feed: Feed,
        bounds: Sequence[Bound],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        think_ns: int = 0,
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._sleep = sleep
        self._think_s = think_ns / 1e9
        self._calls = [bound.call for bound in bounds]
        if self._think_s:
            self._run = self._with_think_time
        else:
            self._run = self._one_kind if len(bounds) == 1 else self._back_to_back
        self._take(feed.prepare())
        self.failures: list[tuple[str, int, str]] = []

    def rebind(self, bounds: Sequence[Bound]) -> None:
        """Go on with another session's bound operations."""
        self._calls = [bound.call for bound in bounds]
        self._feed.rebind(bounds)
        self._take(self._feed.prepare())

    def make_ready(self) -> None:
        """Encode the next batch when this one is used up."""
        if self._next == len(self._prepared):
            self._take(self._feed.prepare())

    def burst(self, until_ns: int) -> Burst:
        """Request until `until_ns` (one request at least) or until the batch is used up.

        Failures are in `failures` as (kind, moment, text) and by position in the burst.
        """
        self.make_ready()
        self.failures = []
        first, until_s = self._next, until_ns / 1e9
        failed: list[int] = []
        while True:
            if not self._think_s:
                self._ends[self._next] = self._clock()
            if self._run(until_s, failed):
                break
            row = failed[-MOST_FAILURES_IN_A_ROW:]
            if len(row) == MOST_FAILURES_IN_A_ROW == row[-1] - row[0] + 1:
                break
        last = self._next
        self._feed.used(self._prepared, last)
        ends = _nanoseconds(self._ends, first, last + 1)
        return Burst(
            operation=self._prepared.operation[first:last],
            due=None,
            sent=_nanoseconds(self._starts, first, last) if self._think_s else ends[:-1],
            end=ends[1:],
            failed=tuple(position - first for position in failed),
        )

    def _take(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._next = 0
        size = len(prepared)
        work: Iterable[Any] = prepared.arguments
        if len(self._calls) > 1 or self._think_s:
            calls = map(self._calls.__getitem__, prepared.operation.tolist())
            work = zip(calls, prepared.arguments, strict=True)
        self._work: Iterator[tuple[int, Any]] = enumerate(work, 1)
        # position p: its end is in ends[p + 1], its start in ends[p] (or starts[p])
        self._ends = array("d", bytes(8 * (size + 1)))
        self._starts = array("d", bytes(8 * size)) if self._think_s else array("d")

    # The timed paths. True when the time or the batch is used up, False after a failure.

    def _one_kind(self, until_s: float, failed: list[int]) -> bool:
        clock, ends, call = self._clock, self._ends, self._calls[0]
        position = self._next
        try:
            for position, argument in self._work:
                call(argument)
                ends[position] = now = clock()
                if now >= until_s:
                    break
        except OperationFailed as failure:
            return self._note(failure, position, failed) >= until_s
        self._next = position
        return True

    def _back_to_back(self, until_s: float, failed: list[int]) -> bool:
        """As `_one_kind`, for a mix."""
        clock, ends = self._clock, self._ends
        position = self._next
        try:
            for position, (call, argument) in self._work:
                call(argument)
                ends[position] = now = clock()
                if now >= until_s:
                    break
        except OperationFailed as failure:
            return self._note(failure, position, failed) >= until_s
        self._next = position
        return True

    def _with_think_time(self, until_s: float, failed: list[int]) -> bool:
        """As `_back_to_back`, with two clock reads and a pause after each answer."""
        clock, starts, ends = self._clock, self._starts, self._ends
        think_s, sleep = self._think_s, self._sleep
        position = self._next
        try:
            for position, (call, argument) in self._work:
                starts[position - 1] = clock()
                call(argument)
                ends[position] = now = clock()
                sleep(think_s)
                if now + think_s >= until_s:
                    break
        except OperationFailed as failure:
            now = self._note(failure, position, failed)
            sleep(think_s)
            return now + think_s >= until_s
        self._next = position
        return True

    def _note(self, failure: OperationFailed, position: int, failed: list[int]) -> float:
        """Count a failure; the moment of it."""
        self._ends[position] = now = self._clock()
        failed.append(position - 1)
        self.failures.append((failure.kind, round(now * 1e9), str(failure)))
        self._next = position
        return now


def _nanoseconds(seconds: array[float], first: int, last: int) -> npt.NDArray[np.int64]:
    return np.rint(np.frombuffer(seconds)[first:last] * 1e9).astype(np.int64)
