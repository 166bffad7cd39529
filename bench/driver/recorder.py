"""Raw nanoseconds into histograms and slices, between bursts and outside the timed path.

An operation belongs to the window by the moment it was due (closed load: by the moment it
started), and is counted however long it takes after that: leaving out what is still unanswered
at the end would hide the slowest answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.driver.messages import Failures, Slice, Tally
from bench.engines.seam import REFUSED
from results.histogram import HOUR_NS, Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Moments = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]
    _Latencies = tuple[npt.NDArray[np.uint8], Moments, Moments | None]

FOREVER_NS = 2**62
_LAG_LOWEST_NS = 100
_HELD = 16_384


@dataclass(frozen=True, slots=True)
class Burst:
    """Completed operations in the order of their ends; equally long arrays.

    operation  uint8, position in the job's operations
    due        int64 moments; None in closed load
    sent, end  int64 moments
    failed     positions whose operation failed
    free       since when a connection had been free for it, int64 moments (0: since ever);
               None in closed load
    """

    operation: npt.NDArray[np.uint8]
    due: Moments | None
    sent: Moments
    end: Moments
    failed: tuple[int, ...] = ()
    free: Moments | None = None


class Recorder:
    """Counts of one worker; constant memory but for 32 bytes a slice.

    Latencies of the window are kept as they are until `_HELD` of them can be binned at once:
    binning a few costs as much as binning thousands.
    """

    def __init__(
        self, operations: int, *, resolution_ns: int, slice_ns: int, open_load: bool
    ) -> None:
        self._service = [Histogram(lowest_ns=resolution_ns) for _ in range(operations)]
        self._response = (
            [Histogram(lowest_ns=resolution_ns) for _ in range(operations)] if open_load else None
        )
        self.lag = Histogram(lowest_ns=_LAG_LOWEST_NS) if open_load else None
        self.queue_wait = Histogram(lowest_ns=_LAG_LOWEST_NS) if open_load else None
        self._held: list[_Latencies] = []
        self._held_count = 0
        self._done = np.zeros((2, operations), dtype=np.int64)  # window, whole trial
        self._failed = np.zeros((2, operations), dtype=np.int64)
        self._failures: dict[str, Failures] = {}
        self._slices = _Slices(slice_ns)
        self._begun = False
        self._from_ns, self._to_ns = FOREVER_NS, FOREVER_NS
        self.unsent = self.refused = 0
        self.first_start_ns: int | None = None
        self.last_end_ns: int | None = None

    def begin(self, at_ns: int) -> None:
        """Slices are counted from here."""
        self._slices.start_ns = at_ns
        self._begun = True

    def window(self, from_ns: int, to_ns: int) -> None:
        """Name the window; it must lie after everything that was added so far."""
        self._from_ns, self._to_ns = from_ns, to_ns

    @property
    def operations_done(self) -> int:
        """Successes of the whole trial so far."""
        return int(self._done[1].sum())

    def add(self, burst: Burst) -> None:
        """Count a burst. Its arrays may be used again afterwards."""
        if not burst.end.size:
            return
        ok: Mask | None = None
        if burst.failed:
            ok = np.ones(burst.end.size, dtype=bool)
            ok[list(burst.failed)] = False
        origin = burst.sent if burst.due is None else burst.due
        self._slices.add(burst.end, burst.end - origin, ok)
        self._count(1, burst.operation, ok)
        inside = self._inside(origin)
        if inside is False:
            return
        if inside is not True:
            burst = _part(burst, inside)
            ok = None if ok is None else ok[inside]
        self._count(0, burst.operation, ok)
        self._punctuality(burst)
        # what failed took its time too
        start = int(burst.sent.min())
        if self.first_start_ns is None or start < self.first_start_ns:
            self.first_start_ns = start
        self.last_end_ns = max(self.last_end_ns or 0, int(burst.end[-1]))
        if ok is not None:
            burst = _part(burst, ok)
        if burst.end.size:
            self._hold(burst)

    def failure(self, kind: str, at_ns: int, example: str) -> None:
        """Note why an operation failed; the burst it was in counts it."""
        known = self._failures.get(kind)
        if known is None:
            known = self._failures[kind] = Failures(
                kind=kind,
                count=0,
                all_count=0,
                first_at_ns=at_ns,
                last_at_ns=at_ns,
                example=example[:300],
            )
        known.last_at_ns = max(known.last_at_ns, at_ns)
        known.all_count += 1
        known.count += self._from_ns <= at_ns

    def refusal(self, at_ns: int, example: str) -> None:
        """Count a client that was not let in; it has no operation that could count it."""
        self.failure(REFUSED, at_ns, example)
        self.refused += self._from_ns <= at_ns
        if self._begun:
            self._slices.add_error(at_ns)

    def never_sent(self, due_ns: Sequence[int]) -> None:
        """Count requests that were due and not even sent when the trial had to end."""
        for moment in due_ns:
            self.failure("unsent", moment, "due, but every connection was busy until the end")
            self.unsent += self._from_ns <= moment < self._to_ns

    def complete_slices(self, now_ns: int) -> tuple[tuple[Slice, ...], int]:
        """Slices that ended before `now_ns` and were not given yet; how many are complete."""
        return self._slices.complete(now_ns)

    def all_slices(self) -> tuple[Slice, ...]:
        """Every slice that holds something."""
        return self._slices.all()

    def tallies(self) -> tuple[Tally, ...]:
        """What each operation of the mix did."""
        self._bin()
        return tuple(
            Tally(
                done=int(self._done[0, position]),
                failed=int(self._failed[0, position]),
                all_done=int(self._done[1, position]),
                all_failed=int(self._failed[1, position]),
                service=service,
                response=self._response[position] if self._response else None,
            )
            for position, service in enumerate(self._service)
        )

    def failures(self) -> tuple[Failures, ...]:
        """Errors by kind, in the order in which they first appeared."""
        return tuple(self._failures.values())

    def _inside(self, origin: Moments) -> Mask | bool:
        """Which of the moments lie in the window: all (True), none (False), or a mask."""
        first, last = int(origin.min()), int(origin.max())
        if first >= self._from_ns and last < self._to_ns:
            return True
        if last < self._from_ns or first >= self._to_ns:
            return False
        return (origin >= self._from_ns) & (origin < self._to_ns)

    def _count(self, row: int, operation: npt.NDArray[np.uint8], ok: Mask | None) -> None:
        kinds = self._done.shape[1]
        if ok is None:
            self._done[row] += np.bincount(operation, minlength=kinds)
            return
        self._done[row] += np.bincount(operation[ok], minlength=kinds)
        self._failed[row] += np.bincount(operation[~ok], minlength=kinds)

    def _hold(self, burst: Burst) -> None:
        """Keep the latencies of a burst of successes in the window."""
        response = None if burst.due is None else burst.end - burst.due
        self._held.append((burst.operation.copy(), burst.end - burst.sent, response))
        self._held_count += burst.end.size
        if self._held_count >= _HELD:
            self._bin()

    def _bin(self) -> None:
        if not self._held:
            return
        held, self._held, self._held_count = self._held, [], 0
        operation = np.concatenate([part[0] for part in held])
        _record(self._service, operation, np.concatenate([part[1] for part in held]))
        responses = [part[2] for part in held if part[2] is not None]
        if self._response is not None and responses:
            _record(self._response, operation, np.concatenate(responses))

    def _punctuality(self, burst: Burst) -> None:
        """How late requests were sent: by the client's own fault, or for want of a connection."""
        if burst.due is None or burst.free is None or self.lag is None or self.queue_wait is None:
            return
        late = np.minimum(burst.sent - burst.due, HOUR_NS)
        waited = burst.free > burst.due
        self.lag.record_many(late[~waited])
        self.queue_wait.record_many(late[waited])


def _part(burst: Burst, mask: Mask) -> Burst:
    """The operations of a burst that a mask selects, without their failures' positions."""
    return Burst(
        operation=burst.operation[mask],
        due=None if burst.due is None else burst.due[mask],
        sent=burst.sent[mask],
        end=burst.end[mask],
        free=None if burst.free is None else burst.free[mask],
    )


def _record(histograms: list[Histogram], operation: npt.NDArray[np.uint8], values: Moments) -> None:
    np.minimum(values, HOUR_NS, out=values)
    if len(histograms) == 1:
        histograms[0].record_many(values)
        return
    for position, histogram in enumerate(histograms):
        histogram.record_many(values[operation == position])


class _Slices:
    """Count, errors, sum and largest latency by the slice in which an operation ended."""

    def __init__(self, slice_ns: int) -> None:
        self.start_ns = 0
        self._slice_ns = slice_ns
        self._table = np.zeros((256, 4), dtype=np.int64)
        self._given = 0

    def add(self, end: Moments, latency: Moments, ok: Mask | None) -> None:
        first, last = self._slot(int(end[0])), self._slot(int(end[-1]))
        self._grow(last)
        if first == last:
            self._add_one(first, latency, ok)
            return
        borders = self.start_ns + np.arange(first + 1, last + 1) * self._slice_ns
        cuts = [0, *np.searchsorted(end, borders).tolist(), end.size]
        for slot in range(first, last + 1):
            part = slice(cuts[slot - first], cuts[slot - first + 1])
            self._add_one(slot, latency[part], None if ok is None else ok[part])

    def add_error(self, moment_ns: int) -> None:
        """Count an error that is no operation's."""
        slot = self._slot(moment_ns)
        self._grow(slot)
        self._table[slot][1] += 1

    def _slot(self, moment_ns: int) -> int:
        return max(0, (moment_ns - self.start_ns) // self._slice_ns)

    def _add_one(self, slot: int, latency: Moments, ok: Mask | None) -> None:
        errors = 0
        if ok is not None:
            errors = latency.size
            latency = latency[ok]
            errors -= latency.size
        row = self._table[slot]
        row[1] += errors
        if latency.size:
            row[0] += latency.size
            row[2] += latency.sum()
            row[3] = max(row[3], latency.max())

    def complete(self, now_ns: int) -> tuple[tuple[Slice, ...], int]:
        complete = max(0, (now_ns - self.start_ns) // self._slice_ns)
        self._grow(complete)
        found = tuple(self._slice(slot) for slot in range(self._given, complete))
        self._given = max(self._given, complete)
        return found, complete

    def all(self) -> tuple[Slice, ...]:
        filled = np.flatnonzero(self._table[:, :2].any(axis=1))
        return tuple(self._slice(int(slot)) for slot in filled)

    def _slice(self, slot: int) -> Slice:
        operations, errors, sum_ns, max_ns = self._table[slot].tolist()
        return Slice(slot, operations, errors, sum_ns, max_ns)

    def _grow(self, slot: int) -> None:
        if slot >= len(self._table):
            more = np.zeros((slot + 1, 4), dtype=np.int64)
            self._table = np.vstack([self._table, more])
