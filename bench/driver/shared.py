"""Closed load of several clients on one thread: each sends again when its answer is there.

One thread that takes whatever answers have come needs fewer switches between processes than one
process a client. docs/explanation/peers.md has what that is worth. One connection carries one request at a time. An answer that arrives while
the thread is busy with another one waits for it, and that wait (some microseconds) is part of its
service time, as it would be part of its wait for a processor otherwise.

Between bursts the worker counts, which takes some 50 microseconds, and now and then it encodes the
next batch, which takes milliseconds. Before a batch is encoded, and where requests are short
against a burst, the last answers are therefore awaited before the burst ends. Otherwise what is
under way stays so: those microseconds are nothing to it.
"""

from __future__ import annotations

import select
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.driver.closed import MOST_FAILURES_IN_A_ROW
from bench.driver.recorder import FOREVER_NS, Burst
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    import numpy.typing as npt

    from bench.driver.feed import Feed, Prepared
    from bench.driver.pipelined import Connection
    from bench.engines.seam import Bound

Poll = Callable[[float], list[tuple[int, int]]]
"""Descriptors that can be read, with an event each; waits for so many seconds at most."""

# Completed operations a burst can hold.
ROOM = 8_192
# A request is short if so many of them fit into a burst.
_SHORT = 100
# How long the last answers are awaited, as a multiple of the mean.
_PATIENCE = 20


def watching(connections: Sequence[Connection]) -> Poll:
    """A poll of these connections."""
    if hasattr(select, "epoll"):
        epoll = select.epoll()
        for connection in connections:
            epoll.register(connection.fileno(), select.EPOLLIN)
        return partial(epoll.poll, maxevents=max(1, len(connections)))
    poll = select.poll()
    for connection in connections:
        poll.register(connection.fileno(), select.POLLIN)
    return lambda seconds: poll.poll(seconds * 1e3)


class SharedLoop:
    """Several clients on one thread. `clock` gives seconds, on the clock of all moments.

    `spare_ns` is the time in which there was nothing to send and nothing to take.
    """

    def __init__(
        self,
        feed: Feed,
        connections: Sequence[Connection],
        *,
        clock: Callable[[], float],
        watch: Callable[[Sequence[Connection]], Poll] = watching,
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._watch = watch
        self._count = 0
        self._row = 0
        self._failed: list[int] = []
        self.failures: list[tuple[str, int, str]] = []
        self._spare_s = 0.0
        self.reconnect(connections)
        self._take(feed.prepare())

    @property
    def outstanding(self) -> int:
        """Requests sent and not answered."""
        return len(self._connections) - len(self._idle)

    @property
    def spare_ns(self) -> int:
        """Time without work so far."""
        return round(self._spare_s * 1e9)

    def reconnect(self, connections: Sequence[Connection]) -> None:
        """Go on with other connections; nothing may be outstanding (see `abandon`)."""
        self._connections: list[Connection] = []
        self._idle: list[Connection] = []
        self.join(connections)

    def join(self, connections: Sequence[Connection]) -> None:
        """Use further connections from now on."""
        self._connections += connections
        self._idle += connections
        # a connection that was closed has no descriptor; the next request on it fails
        open_ones = [each for each in self._connections if each.fileno() >= 0]
        self._by_descriptor = {each.fileno(): each for each in open_ones}
        self._poll = self._watch(open_ones)
        # what is under way when the room is used up is taken too
        size = ROOM + len(self._connections)
        self._operation = bytearray(size)
        self._sent, self._end = array("d", bytes(8 * size)), array("d", bytes(8 * size))

    def rebind(self, bounds: Sequence[Bound]) -> None:
        """Encode through other bound operations from now on."""
        self._feed.rebind(bounds)
        self._take(self._feed.prepare())

    def make_ready(self) -> None:
        """Encode the next batch when this one is used up."""
        if self._handed == len(self._prepared):
            self._take(self._feed.prepare())

    def burst(self, until_ns: int, *, due_before_ns: int = FOREVER_NS) -> Burst:
        """Request until `until_ns`, or `due_before_ns`, or until the batch is used up.

        What was sent before may still be under way afterwards.
        """
        self.make_ready()
        self._count, self._row, self._failed, self.failures = 0, 0, [], []
        under_way = self.outstanding
        start_s = self._clock()
        last_s = min(until_ns, due_before_ns) / 1e9
        self._request(start_s, last_s, until_ns / 1e9)
        self._handed += self._count + self.outstanding - under_way
        self._feed.used(self._prepared, self._handed)
        return self._taken()

    def abandon(self, kind: str, text: str) -> Burst:
        """Count everything outstanding as failed."""
        self._count, self._row, self._failed, self.failures = 0, 0, [], []
        for connection in self._connections:
            if connection not in self._idle:
                self._fail(connection, OperationFailed(kind, text))
        return self._taken()

    def _take(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._handed = 0
        self._used_up = False
        work = zip(prepared.operation.tolist(), prepared.arguments, strict=True)
        self._work: Iterator[tuple[int, Any]] = work

    def _request(self, start_s: float, last_s: float, until_s: float) -> None:
        """Send until `last_s`; then take what is under way, where that is soon there."""
        while self._row < MOST_FAILURES_IN_A_ROW:
            if not self._fill(last_s):
                break
            if self._exchange(last_s, until_s):
                break
        if not (self._count and self._idle and self.outstanding):
            return
        now_s = self._clock()
        mean_s = (now_s - start_s) * len(self._connections) / self._count
        if self._used_up or _SHORT * mean_s <= until_s - start_s:
            self._exchange(0.0, now_s + _PATIENCE * mean_s)

    def _fill(self, last_s: float) -> bool:
        """Send on every free connection. False when nothing may be sent and nothing is awaited."""
        while self._idle and self._row < MOST_FAILURES_IN_A_ROW and self._count < ROOM:
            now_s = self._clock()
            if now_s >= last_s:
                break
            item = next(self._work, None)
            if item is None:
                self._used_up = True
                break
            connection = self._idle.pop()
            connection.operation, connection.sent_s = item[0], now_s
            try:
                connection.sends[item[0]](item[1])
            except OperationFailed as failure:
                self._fail(connection, failure)
        return bool(self.outstanding)

    def _exchange(self, last_s: float, until_s: float) -> bool:
        """The timed path: take answers, and send again until `last_s`.

        True when the time or the batch is used up, False after a failure.
        """
        clock, poll, by_descriptor, work = self._clock, self._poll, self._by_descriptor, self._work
        operations, sent, end = self._operation, self._sent, self._end
        idle, clients, count = self._idle, len(self._connections), self._count
        sending = True
        try:
            while len(idle) < clients:
                before_s = clock()
                ready = poll(until_s - before_s if before_s < until_s else 0.0)
                now_s = clock()
                self._spare_s += now_s - before_s
                if not ready:
                    return True
                for descriptor, _ in ready:
                    connection = by_descriptor[descriptor]
                    if connection.receive() is None:
                        continue
                    now_s = clock()
                    operations[count] = connection.operation
                    sent[count], end[count] = connection.sent_s, now_s
                    count += 1
                    if sending and now_s < last_s and count < ROOM:
                        item = next(work, None)
                        if item is None:
                            self._used_up = True
                        else:
                            connection.operation, connection.sent_s = item[0], now_s
                            connection.sends[item[0]](item[1])
                            continue
                    sending = False
                    idle.append(connection)
                if not sending and last_s:
                    return True
        except OperationFailed as failure:
            self._count = count
            self._fail(connection, failure)
            return False
        finally:
            self._count = max(count, self._count)
        return True

    def _fail(self, connection: Connection, failure: OperationFailed) -> None:
        """Count a failure; its connection is free again."""
        now_s, position = self._clock(), self._count
        in_a_row = bool(self._failed) and self._failed[-1] == position - 1
        self._row = self._row + 1 if in_a_row else 1
        self._operation[position] = connection.operation
        self._sent[position], self._end[position] = connection.sent_s, now_s
        self._count += 1
        self._failed.append(position)
        self.failures.append((failure.kind, round(now_s * 1e9), str(failure)))
        self._idle.append(connection)

    def _taken(self) -> Burst:
        count = self._count
        return Burst(
            operation=np.frombuffer(self._operation, dtype=np.uint8)[:count],
            due=None,
            sent=_nanoseconds(self._sent, count),
            end=_nanoseconds(self._end, count),
            failed=tuple(self._failed),
        )


def _nanoseconds(seconds: array[float], count: int) -> npt.NDArray[np.int64]:
    return np.rint(np.frombuffer(seconds)[:count] * 1e9).astype(np.int64)
