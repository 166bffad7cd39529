"""A crew whose workers run beside Dask workers. The parent's side; the other is `post`.

A thread (the Dask client's event loop) asks every post for its messages all the time, so that
they are here when the parent looks, and gives it what the parent sends, in order. Before a job is
given, and when its report is there, the clock over there is asked where it is another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import threading
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from bench.cluster import clocks
from bench.cluster.post import Post
from bench.driver.crew import Lost
from bench.driver.messages import Job, Quit, Report
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from types import TracebackType

    from bench.cluster.cluster import Cluster

# One question to a post waits so long for news; one that is not answered by then is lost.
_ASK_S, _SILENCE_S = 1.0, 10.0
# Starting a worker process over there: a Python with numpy, on a busy machine.
_START_S = 30.0
_END_S = 5.0
_PATIENCE_S = 1.0
# A message takes two event loops that share their processors with the load.
_LEAD_S = 0.2
_LEAD_DELAYS = 4
_PROTOCOL = pickle.HIGHEST_PROTOCOL


@dataclass(slots=True, kw_only=True, eq=False)
class _Seat:
    """A worker over there, as seen from here. `how` it ended, or None;
    `gone`: its Dask worker is."""

    address: str
    post: Any = None
    same_clock: bool = True
    offset: clocks.Offset = clocks.SAME_CLOCK
    arrived: deque[object] = field(default_factory=deque)
    outgoing: asyncio.Queue[object] = field(default_factory=asyncio.Queue)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    how: str | None = None
    gone: bool = False


class ClusterCrew:
    """Workers on a cluster, spread over its machines; a context manager that leaves none behind."""

    def __init__(self, cluster: Cluster, size: int) -> None:
        self._cluster = cluster
        self._size = size
        self._seats: list[_Seat] = []
        self._news = threading.Condition()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(lambda: self._end(self._seats, patience_s=0.0))
            self.grow(self._size)
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(self._seats, patience_s=0.0 if error else _PATIENCE_S)
        self._seats = []

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def lead_ns(self) -> int:
        """How long ahead a moment is named: several delays of the slowest way there."""
        worst_ns = max((2 * seat.offset.error_ns for seat in self._seats), default=0)
        return max(round(_LEAD_S * 1e9), _LEAD_DELAYS * worst_ns)

    def places(self) -> tuple[str, ...]:
        """The Dask worker of each worker."""
        return tuple(seat.address for seat in self._seats)

    def grow(self, size: int) -> None:
        """Have at least `size` workers; ended ones are replaced. PlaceError when that fails."""
        self._seats = [seat for seat in self._seats if seat.how is None]
        missing = max(0, size - len(self._seats))
        if not missing:
            return
        taken = [seat.address for seat in self._seats]
        fresh = [_Seat(address=a) for a in self._cluster.spread(missing, taken=taken)]
        self._seats += fresh  # before they start, so that each is ended whatever happens
        self._wait(self._start_all(fresh), _START_S)
        for seat in fresh:
            if seat.how is not None:
                raise PlaceError(
                    f"no load worker starts on the cluster: {seat.how}",
                    hint="look at the log of the Dask worker",
                )

    def renew(self) -> None:
        """End every worker and start others in their place."""
        size = len(self._seats)
        self._end(self._seats, patience_s=_PATIENCE_S)
        self.grow(size)

    def send(self, worker: int, message: object) -> None:
        """Give a message to a worker; a worker that is gone is noticed by `receive`."""
        seat = self._seats[worker]
        self._loop.call_soon_threadsafe(seat.outgoing.put_nowait, message)

    def receive(self, workers: Sequence[int], timeout_s: float) -> list[tuple[int, object]]:
        """Messages that arrive within `timeout_s`; a `Lost` for a worker that has ended."""
        until_s = time.monotonic() + timeout_s
        with self._news:
            while True:
                found = [(w, m) for w in workers if (m := self._next(w)) is not None]
                left_s = until_s - time.monotonic()
                if found or left_s <= 0:
                    return found
                self._news.wait(left_s)

    def replace(self, worker: int) -> None:
        """End a worker that does not answer and start another in its place, where one can be.

        Where none can, what others found is still wanted: the next `grow` tells.
        """
        seat = self._seats[worker]
        self._end([seat], patience_s=0.0)
        with contextlib.suppress(PlaceError):
            taken = [other.address for other in self._seats if other is not seat]
            fresh = _Seat(address=self._cluster.spread(1, taken=taken)[0])
            self._seats[worker] = fresh
            self._wait(self._start_all([fresh]), _START_S)

    def _next(self, worker: int) -> object | None:
        seat = self._seats[worker]
        if seat.arrived:
            return seat.arrived.popleft()
        return None if seat.how is None else Lost(seat.how)

    # --- in the event loop's thread

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return self._cluster.loop

    def _wait(self, work: Coroutine[Any, Any, None], timeout_s: float) -> None:
        """Do this over there; on a timeout or an interrupt it is given up."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            future.result(timeout_s)
        except TimeoutError as error:
            raise PlaceError(
                f"the cluster does not answer within {timeout_s:g} s",
                hint="its workers may be busy with other work: give storefit a cluster of its own",
            ) from error
        finally:
            future.cancel()  # nothing, when it is done

    async def _start_all(self, seats: Sequence[_Seat]) -> None:
        await asyncio.gather(*map(self._start, seats))

    async def _start(self, seat: _Seat) -> None:
        try:
            seat.same_clock = self._cluster.shares_clock(seat.address)
            seat.post = await self._cluster.actor(Post, seat.address)
            await seat.post.start()
            await self._compare_clocks(seat)
        except Exception as error:  # noqa: BLE001 - becomes how the worker ended
            self._lose(seat, f"{type(error).__name__}: {error}")
            return
        seat.tasks = [asyncio.create_task(self._pump(seat)), asyncio.create_task(self._post(seat))]

    async def _pump(self, seat: _Seat) -> None:
        """Ask for messages until the worker is gone."""
        while seat.how is None:
            try:
                data, how = await asyncio.wait_for(seat.post.take(_ASK_S), _SILENCE_S)
                for message in [pickle.loads(part) for part in data]:
                    await self._arrive(seat, message)
            except TimeoutError:
                seat.gone, how = True, f"its Dask worker does not answer for {_SILENCE_S:g} s"
            except Exception:  # noqa: BLE001 - whatever Dask raises, the worker is gone
                seat.gone, how = True, "its Dask worker is gone"
            if seat.gone:
                self._cluster.lost(seat.address)
            if how is not None:
                self._lose(seat, how)

    async def _arrive(self, seat: _Seat, message: object) -> None:
        if isinstance(message, Report):
            before = seat.offset
            await self._compare_clocks(seat)
            message = clocks.to_ours(message, clocks.over(before, seat.offset))
        with self._news:
            seat.arrived.append(message)
            self._news.notify()

    async def _post(self, seat: _Seat) -> None:
        """Give the worker what the parent sends, one after the other."""
        with contextlib.suppress(Exception):  # a worker that is gone is noticed by the pump
            while True:
                message = await seat.outgoing.get()
                if isinstance(message, Job):
                    await self._compare_clocks(seat)
                theirs = clocks.to_theirs(message, seat.offset)
                await seat.post.give(pickle.dumps(theirs, _PROTOCOL))

    async def _compare_clocks(self, seat: _Seat) -> None:
        if seat.same_clock:
            return
        exchanges = []
        for _ in range(clocks.QUESTIONS):
            asked = time.perf_counter_ns()
            told = await seat.post.clock()
            exchanges.append(clocks.Exchange(asked, told, time.perf_counter_ns()))
        seat.offset = clocks.best(exchanges)

    def _lose(self, seat: _Seat, how: str) -> None:
        with self._news:
            if seat.how is None:
                seat.how = how
            self._news.notify()

    def _end(self, seats: Sequence[_Seat], *, patience_s: float) -> None:
        """End these workers; one that cannot be told ends when nobody asks it any more."""
        with contextlib.suppress(PlaceError):
            self._wait(self._end_all(seats, patience_s), _END_S + patience_s)

    async def _end_all(self, seats: Sequence[_Seat], patience_s: float) -> None:
        await asyncio.gather(*(self._end_one(seat, patience_s) for seat in seats))

    async def _end_one(self, seat: _Seat, patience_s: float) -> None:
        for task in seat.tasks:
            task.cancel()
        self._lose(seat, "it was ended")
        if seat.post is None or seat.gone:
            return
        with contextlib.suppress(Exception):  # it is gone already, and its process with it
            async with asyncio.timeout(_END_S + patience_s):
                if patience_s:
                    await seat.post.give(pickle.dumps(Quit(), _PROTOCOL))
                await seat.post.end(patience_s)
        self._cluster.release(seat.post)
