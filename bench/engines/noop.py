"""The engine that does nothing: what is measured with it is the driver's own cost.

Every kind is served and every answer is empty, so it is never evidence and never verified. Its
sessions are pipelined too: a request makes the session's socket readable at once, so the open-load
loop can be measured with an answer that takes no time.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.seam import Counters, Description, Loaded, Row, Usage
from bench.engines.selection import index
from workloads.spec.model import KINDS

if TYPE_CHECKING:
    from bench.engines.seam import Durability, LoadPlan, Place, Settings
    from workloads.spec.model import Operation
    from workloads.stream import Batch


def nothing(_argument: int) -> None:
    """The whole request."""


class NoopBound:
    """One operation that does nothing, at once or through the session's socket."""

    def __init__(self, wake: Callable[[bytes], int]) -> None:
        self._wake = wake

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[int]:
        keys: list[int] = batch.key[index(rows)].tolist()
        return keys

    @property
    def call(self) -> Callable[[int], None]:
        return nothing

    def answer(self, raw: object) -> list[Row]:  # noqa: ARG002 - the seam's shape
        return []

    def send(self, argument: int) -> None:  # noqa: ARG002 - the seam's shape
        self._wake(b".")


class NoopSession:
    """A client of nothing. `receive` gives `()` for each request sent."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)

    def bind(self, operation: Operation) -> NoopBound:  # noqa: ARG002 - all are the same
        return NoopBound(self._far.send)

    def usage(self) -> Usage:
        return Usage()

    def server_pids(self) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        self._near.close()
        self._far.close()

    def fileno(self) -> int:
        return self._near.fileno()

    def receive(self) -> tuple[()] | None:
        try:
            return () if self._near.recv(1) else None
        except BlockingIOError:
            return None


@dataclass(frozen=True, slots=True)
class NoopDialer:
    """Opens sessions of nothing."""

    def dial(self) -> NoopSession:
        return NoopSession()


@dataclass(frozen=True, slots=True)
class NoopTarget:
    """Nothing, running."""

    durability: Durability

    def describe(self) -> Description:
        return Description(
            engine="noop",
            version="1",
            place="in-process",
            durability=self.durability,
            settings={},
        )

    def load(self, plan: LoadPlan) -> Loaded:  # noqa: ARG002 - nothing is stored
        start_s = time.perf_counter()
        return Loaded(
            rows=0, logical_bytes=0, stored_bytes=None, seconds=time.perf_counter() - start_s
        )

    def settle(self) -> None:
        """Nothing is written, so nothing settles."""

    def dialer(self) -> NoopDialer:
        return NoopDialer()

    def counters(self) -> Counters:
        return Counters()

    def row_count(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class NoopEngine:
    """The driver's own cost, as an engine."""

    name: str = "noop"
    title: str = "nothing (the driver's own cost)"
    evidence_for: tuple[str, ...] = ()
    places: tuple[str, ...] = ("in-process",)
    kinds: frozenset[str] = frozenset(KINDS)
    in_process: bool = True
    resolution_ns: int = 100

    @property
    def unsupported(self) -> Mapping[str, str]:
        return {}

    def available(self, place: Place) -> str | None:  # noqa: ARG002 - always
        return None

    def check(self, options: Mapping[str, str]) -> None:
        from bench.engines import require_options

        require_options(self.name, options)

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[NoopTarget]:  # noqa: ARG002
        yield NoopTarget(settings.durability)


ENGINE = NoopEngine()
