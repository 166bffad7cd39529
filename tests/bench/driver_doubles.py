"""Doubles for the driver's tests: a clock that only moves when told to, and engines on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.engines.seam import OperationFailed, Row, Usage
from workloads.spec.model import Data, Operation, Workload
from workloads.stream import Batch

MS = 1_000_000


def workload(*kinds: str, records: int = 1_000) -> Workload:
    """A workload of equally weighted kinds."""
    operations = tuple(Operation(kind=kind, weight=1) for kind in kinds or ("read",))
    return Workload(name="test", data=Data(records=records), operations=operations)


@dataclass
class TickingClock:
    """Starts at 0; each look takes `tick_ns`, sleeping takes exactly what it says."""

    now: int = 0
    tick_ns: int = 0

    def now_ns(self) -> int:
        self.now += self.tick_ns
        return self.now

    def now_s(self) -> float:
        return self.now_ns() / 1e9

    def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)


@dataclass
class ScriptedBound:
    """Request i takes `service_ns(i)` of the clock, or fails when `failing(i)` names a kind."""

    clock: TickingClock
    service_ns: Callable[[int], int] = lambda _: MS
    failing: Callable[[int], str | None] = lambda _: None
    asked: list[int] = field(default_factory=list)

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[int]:
        return [int(batch.key[row]) for row in rows]

    def call(self, argument: int) -> None:
        number = len(self.asked)
        self.asked.append(argument)
        self.clock.now += self.service_ns(number)
        kind = self.failing(number)
        if kind:
            raise OperationFailed(kind, f"request {number}")

    def answer(self, raw: object) -> list[Row]:
        return []


@dataclass
class PlainSession:
    """A session that can only wait."""

    bound: ScriptedBound
    closed: bool = False

    def bind(self, operation: Operation) -> ScriptedBound:
        return self.bound

    def usage(self) -> Usage:
        return Usage(read_units=0.5 * len(self.bound.asked))

    def server_pids(self) -> tuple[int, ...]:
        return (4711,)

    def close(self) -> None:
        self.closed = True


@dataclass
class PlainDialer:
    """Dials one session after the other on the same bound operation."""

    bound: ScriptedBound
    sessions: list[PlainSession] = field(default_factory=list)

    def dial(self) -> PlainSession:
        self.sessions.append(PlainSession(self.bound))
        return self.sessions[-1]


@dataclass
class Wire:
    """Pipelined connections on a clock; `wait` stands for `select.select`."""

    clock: TickingClock
    service_ns: Callable[[int], int]
    failing: Callable[[int], str | None] = lambda _: None
    sent: list[tuple[int, int]] = field(default_factory=list)  # connection, moment

    def wait(
        self, readers: Sequence[Any], _w: object, _x: object, seconds: float
    ) -> tuple[list[Any], list[Any], list[Any]]:
        ends = [reader.session.ready_at for reader in readers]
        limit = self.clock.now + round(seconds * 1e9)
        if min(ends) > self.clock.now:
            self.clock.now = min(min(ends), max(limit, self.clock.now + 100))
        return [r for r in readers if r.session.ready_at <= self.clock.now], [], []


@dataclass
class WireSession:
    """One connection of a wire: an answer is there when its service time is over."""

    wire: Wire
    number: int
    ready_at: int = 0
    failure: str | None = None

    def fileno(self) -> int:
        return self.number

    def send(self, argument: object) -> None:
        request = len(self.wire.sent)
        self.wire.sent.append((self.number, self.wire.clock.now))
        self.ready_at = self.wire.clock.now + self.wire.service_ns(request)
        self.failure = self.wire.failing(request)

    def receive(self) -> object | None:
        if self.wire.clock.now < self.ready_at:
            return None
        if self.failure:
            raise OperationFailed(self.failure)
        return ()


def keys(count: int = 1 << 20) -> Iterator[Batch]:
    """Reads of keys 0, 1, 2, …, 64 a batch."""
    for start in range(0, count, 64):
        yield Batch(
            operation=np.zeros(64, dtype=np.uint8),
            key=np.arange(start, start + 64),
            limit=np.zeros(64, dtype=np.int32),
            token=np.zeros(64, dtype=np.uint64),
        )


def every(gap_ns: int, *, count: int = 1 << 20) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
    """Due every `gap_ns`, the first at 0."""
    for start in range(0, count, 256):
        yield np.arange(start, min(start + 256, count), dtype=np.int64) * gap_ns
