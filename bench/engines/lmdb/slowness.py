"""A store as slow as one on other storage and a network away, in its sessions.

A commit waits inside its transaction, so that it is the only writer for as long as a flush there
would take. An operation waits a round trip before its request; of those that send two requests one
after the other, two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from bench.emulation.distance import Pause, before

if TYPE_CHECKING:
    import lmdb

    from bench.engines.seam import Bound, Row
    from workloads.stream import Batch

# A read, then a write on condition that nothing has changed.
_TWO_REQUESTS = frozenset({"read-modify-write"})
_KEY = b"storefit-commits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowness:
    """What commits and exchanges are to take longer; 0: nothing."""

    commit_s: float = 0.0
    round_trip_s: float = 0.0


NO_SLOWNESS = Slowness()


class Slow:
    """The pauses of one session."""

    def __init__(self, slowness: Slowness) -> None:
        self._commit = Pause(slowness.commit_s) if slowness.commit_s > 0 else None
        self._exchange = Pause(slowness.round_trip_s) if slowness.round_trip_s > 0 else None

    def environment(self, opened: lmdb.Environment) -> lmdb.Environment:
        """The environment with slow commits."""
        if self._commit is None:
            return opened
        return cast("lmdb.Environment", _SlowEnvironment(opened, self._commit))

    def bound(self, near: Bound, kind: str) -> Bound:
        """An operation with the network before its requests."""
        if self._exchange is None:
            return near
        return _FarBound(near, self._exchange, 2 if kind in _TWO_REQUESTS else 1)

    def close(self) -> None:
        for pause in (self._commit, self._exchange):
            if pause is not None:
                pause.close()


class _FarBound:
    """A bound operation whose call begins with round trips."""

    def __init__(self, near: Bound, exchange: Pause, requests: int) -> None:
        self._near = near
        call = near.call
        for _ in range(requests):
            call = before(exchange, call)
        self._call = call

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        return self._near.encode(batch, rows)

    @property
    def call(self) -> Callable[[Any], Any]:
        return self._call

    def answer(self, raw: Any) -> list[Row]:
        return self._near.answer(raw)


class _SlowEnvironment:
    """An environment whose write transactions wait before they commit."""

    def __init__(self, near: lmdb.Environment, commit: Pause) -> None:
        self._near: Any = near
        self._commit = commit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._near, name)

    def begin(self, *given: Any, write: bool = False, **named: Any) -> Any:
        """As the environment's."""
        near = self._near.begin(*given, write=write, **named)
        return _SlowTransaction(near, self._commit) if write else near


class _SlowTransaction:
    """The context manager of a write transaction."""

    def __init__(self, near: Any, commit: Pause) -> None:
        self._near = near
        self._commit = commit

    def __enter__(self) -> Any:
        return self._near.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        if kind is None:
            self._commit.wait()
        return self._near.__exit__(kind, error, trace)


def commit_times_s(opened: lmdb.Environment, slowness: Slowness, count: int) -> list[float]:
    """What the smallest commits take, one after the other, in seconds; nothing stays."""
    times = []
    with closing(Slow(slowness)) as slow:
        environment = slow.environment(opened)
        for number in range(count):
            start_s = time.perf_counter()
            with environment.begin(write=True) as txn:
                txn.put(_KEY, number.to_bytes(8))
            times.append(time.perf_counter() - start_s)
    with opened.begin(write=True) as txn:
        txn.delete(_KEY)
    return times
