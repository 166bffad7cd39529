"""Open load over several connections at once, on one thread, without waiting for answers.

What is due is sent on any free connection; while all are busy it waits, and that wait is part of its
response time and is told apart as client queueing.

One connection carries one request at a time, so service times stay those of single requests.
"""

from __future__ import annotations

import select
from array import array
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bench.driver.closed import MOST_FAILURES_IN_A_ROW
from bench.driver.recorder import FOREVER_NS, Burst
from bench.driver.schedule import SPIN_NS
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.driver.feed import Feed, Prepared
    from bench.driver.schedule import Dues
    from bench.engines.seam import Bound, PipelinedBound, PipelinedSession

# Completed operations a burst can hold.
ROOM = 8_192
# Batches encoded ahead; filled up while nothing is outstanding and the next due time is far.
AHEAD = 16
# "Far" is this, or most of the mean gap where that is shorter.
_GAP_NS = 400_000
_GAP_SHARE = 0.6
# How long a burst may outstay its time while it looks for a gap to end in.
_SLACK_NS = 20_000_000


class Selectable(Protocol):
    """What waiting for answers needs of `select.select`."""

    def __call__(
        self, readers: list[Connection], writers: list[int], failing: list[int], seconds: float, /
    ) -> tuple[list[Connection], list[Any], list[Any]]: ...


class Connection:
    """One pipelined session and the request it carries."""

    __slots__ = ("due", "free", "operation", "receive", "sends", "sent", "sent_s", "session")

    def __init__(self, session: PipelinedSession, bounds: Sequence[PipelinedBound]) -> None:
        self.session = session
        self.sends = [bound.send for bound in bounds]
        self.receive = session.receive
        self.operation = 0
        self.due = 0
        self.sent = 0
        self.sent_s = 0.0
        self.free = 0

    def fileno(self) -> int:
        return self.session.fileno()


class PipelinedLoop:
    """Several clients on one thread.

    `wait(readers, [], [], seconds)` is `select.select`, whose timeout is exact to the
    microsecond; `sleep` takes seconds and `clock` gives nanoseconds. `spare_ns` is the time in
    which there was nothing to send and nothing to take.
    """

    def __init__(
        self,
        feed: Feed,
        connections: Sequence[Connection],
        *,
        dues: Dues,
        gap_ns: float,
        clock: Callable[[], int],
        sleep: Callable[[float], None],
        wait: Selectable = select.select,
    ) -> None:
        self._feed = feed
        self._dues = dues
        self._clock, self._sleep, self._wait = clock, sleep, wait
        self._far_ns = min(_GAP_NS, int(gap_ns * _GAP_SHARE))
        self._ahead: deque[Prepared] = deque(feed.prepare() for _ in range(AHEAD))
        self._prepared = self._ahead.popleft()
        self._next = 0
        self._starved_until_ns = 0
        self._row_of_failures = 0
        size = 8 * (ROOM + len(connections))
        self._operation = bytearray(ROOM + len(connections))
        self._due, self._sent = array("q", bytes(size)), array("q", bytes(size))
        self._end, self._free = array("q", bytes(size)), array("q", bytes(size))
        self._count = 0
        self._failed: list[int] = []
        self.failures: list[tuple[str, int, str]] = []
        self.spare_ns = 0
        self.reconnect(connections)

    def reconnect(self, connections: Sequence[Connection]) -> None:
        """Go on with other connections; nothing may be outstanding (see `abandon`)."""
        self._idle = list(connections)
        self._busy: list[Connection] = []
        self._row_of_failures = 0

    def join(self, connections: Sequence[Connection]) -> None:
        """Use further connections from now on."""
        self._idle += connections

    def rebind(self, bounds: Sequence[Bound]) -> None:
        """Encode through other bound operations from now on."""
        self._feed.rebind(bounds)
        self._ahead.clear()
        self._use()
        self._prepared = self._feed.prepare()
        self._next = 0

    @property
    def outstanding(self) -> int:
        """Requests sent and not answered."""
        return len(self._busy)

    def burst(self, until_ns: int, *, due_before_ns: int = FOREVER_NS) -> Burst:
        """Send what is due before `due_before_ns` and take answers, until about `until_ns`."""
        self._count, self._failed, self.failures = 0, [], []
        clock, busy = self._clock, self._busy
        looked_ns = 0  # since when there has been nothing to do
        while self._row_of_failures < MOST_FAILURES_IN_A_ROW:
            now = clock()
            if looked_ns:
                self.spare_ns += now - looked_ns
                looked_ns = 0
            due = self._dues.peek()
            if due <= now and due < due_before_ns and self._idle:
                self._send(due, now)
                continue
            ahead = due - now if self._idle and due < due_before_ns else FOREVER_NS
            if self._count >= ROOM or now >= until_ns + _SLACK_NS:
                break
            if not busy and due_before_ns <= min(now, due):
                break
            calm = not busy and ahead > self._far_ns
            if now >= until_ns and (calm or not busy):
                break
            if calm and len(self._ahead) < AHEAD:
                self._ahead.append(self._feed.prepare())
                continue
            end = until_ns if now < until_ns else until_ns + _SLACK_NS
            rest = max(min(ahead, end - now), 0)
            if busy:
                pause_s = (rest - SPIN_NS) / 1e9 if rest > SPIN_NS else 0.0
                ready = self._wait(busy, [], [], pause_s)[0]
                if not ready:
                    looked_ns = now
                elif pause_s:
                    self.spare_ns += clock() - now
                for connection in ready:
                    self._receive(connection)
                continue
            if rest > SPIN_NS:
                self._sleep((rest - SPIN_NS) / 1e9)
            looked_ns = now
        self._use()
        return self._taken()

    def abandon(self, kind: str, text: str) -> Burst:
        """Count everything outstanding as failed."""
        self._count, self._failed, self.failures = 0, [], []
        for connection in list(self._busy):
            self._complete(connection, OperationFailed(kind, text))
        self._row_of_failures = 0
        return self._taken()

    def _send(self, due: int, now: int) -> None:
        self._dues.take()
        if self._next == len(self._prepared):
            self._use()
            self._prepared = self._ahead.popleft() if self._ahead else self._feed.prepare()
            self._next = 0
            now = self._clock()
        position, self._next = self._next, self._next + 1
        connection = self._idle.pop()
        connection.operation = operation = int(self._prepared.operation[position])
        connection.due, connection.sent = due, now
        connection.free = self._starved_until_ns
        self._busy.append(connection)
        try:
            connection.sends[operation](self._prepared.arguments[position])
        except OperationFailed as failure:
            self._complete(connection, failure)

    def _receive(self, connection: Connection) -> None:
        try:
            if connection.receive() is not None:
                self._complete(connection, None)
        except OperationFailed as failure:
            self._complete(connection, failure)

    def _complete(self, connection: Connection, failure: OperationFailed | None) -> None:
        now = self._clock()
        position, self._count = self._count, self._count + 1
        self._operation[position] = connection.operation
        self._due[position], self._sent[position] = connection.due, connection.sent
        self._end[position], self._free[position] = now, connection.free
        if not self._idle:
            self._starved_until_ns = now
        self._busy.remove(connection)
        self._idle.append(connection)
        if failure is None:
            self._row_of_failures = 0
            return
        self._row_of_failures += 1
        self._failed.append(position)
        self.failures.append((failure.kind, now, str(failure)))

    def _use(self) -> None:
        self._feed.used(self._prepared, self._next)

    def _taken(self) -> Burst:
        count = self._count
        return Burst(
            operation=np.frombuffer(self._operation, dtype=np.uint8)[:count],
            due=np.frombuffer(self._due, dtype=np.int64)[:count],
            sent=np.frombuffer(self._sent, dtype=np.int64)[:count],
            end=np.frombuffer(self._end, dtype=np.int64)[:count],
            failed=tuple(self._failed),
            free=np.frombuffer(self._free, dtype=np.int64)[:count],
        )
