"""The parent's side of several workers, each a process of its own.

The processes come from a fork server that has numpy and the driver loaded already, so a fresh
crew for each target costs milliseconds; nothing of the parent's memory or threads is in them.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection as pipes
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.context import BaseContext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from bench.driver import process
from bench.driver.messages import Quit
from bench.targets.keeper import Keeper
from bench.targets.private import SOCKET_PATH_BYTES
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

# pyarrow looks for pandas when it is first given an array; both take a worker half a second.
_PRELOADED = ["bench.driver.process", "bench.driver.crew", "workloads.stream", "pyarrow", "pandas"]

# How long workers may take to end by themselves, all together.
_PATIENCE_S = 1.0
# multiprocessing's own directory and socket below the one for temporary files.
_SOCKET_NAME_BYTES = len("/pymp-12345678/listener-12345678")
# Long enough for a message to reach every worker.
_LEAD_NS = 20_000_000


class Lost:
    """A worker process that ended by itself; `how` says with what signal or exit code."""

    __slots__ = ("how",)

    def __init__(self, how: str) -> None:
        self.how = how


class Workers(Protocol):
    """What a trial needs of workers, wherever they are. They share the parent's clock, or what
    carries the messages makes it seem so."""

    @property
    def lead_ns(self) -> int:
        """How long ahead a moment must be named to be known to every worker when it comes."""
        ...

    def grow(self, size: int) -> None:
        """Have at least `size` workers; ended ones are replaced."""
        ...

    def renew(self) -> None:
        """End every worker and start others in their place."""
        ...

    def send(self, worker: int, message: object) -> None:
        """Give a message to a worker; a worker that is gone is noticed by `receive`."""
        ...

    def receive(self, workers: Sequence[int], timeout_s: float) -> list[tuple[int, object]]:
        """Messages that arrive within `timeout_s`; a `Lost` for a worker that has ended."""
        ...

    def replace(self, worker: int) -> None:
        """End a worker that does not answer and start another in its place."""
        ...


class Crew:
    """Worker processes; a context manager that leaves none behind.

    `admit` is told the process of each before it has anything to do.
    """

    def __init__(
        self,
        size: int,
        *,
        main: Any = process.main,
        admit: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._size = size
        self._main = main
        self._admit = admit
        self._processes: list[BaseProcess] = []
        self._pipes: list[Connection] = []

    def __enter__(self) -> Self:
        self.grow(self._size)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_all(patience_s=0.0 if error else _PATIENCE_S)

    @property
    def lead_ns(self) -> int:
        """How long ahead a moment is named."""
        return _LEAD_NS

    def __len__(self) -> int:
        return len(self._pipes)

    def grow(self, size: int) -> None:
        """Have at least `size` workers; ended ones are replaced."""
        context = _context()
        for worker in range(len(self._processes)):
            if not self._processes[worker].is_alive():
                self._pipes[worker].close()
                self._processes[worker], self._pipes[worker] = self._start(context)
        while len(self._processes) < size:
            child, pipe = self._start(context)
            self._processes.append(child)
            self._pipes.append(pipe)

    def renew(self) -> None:
        """End every worker and start others in their place.

        Two processes of the same program differ in speed by where things lie in memory, by more
        than a tenth for requests of 100 ns; what compares sides must not keep one process each.
        """
        size = len(self._pipes)
        self._end_all(patience_s=_PATIENCE_S)
        self.grow(size)

    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers."""
        return tuple(child.pid or 0 for child in self._processes)

    def send(self, worker: int, message: object) -> None:
        """Give a message to a worker; a worker that is gone is noticed by `receive`."""
        with contextlib.suppress(OSError):
            self._pipes[worker].send(message)

    def receive(self, workers: Sequence[int], timeout_s: float) -> list[tuple[int, object]]:
        """Messages that arrive within `timeout_s`; a `Lost` for a worker that has ended."""
        by_pipe = {id(self._pipes[worker]): worker for worker in workers}
        ready = pipes.wait([self._pipes[worker] for worker in workers], max(0.0, timeout_s))
        found: list[tuple[int, object]] = []
        for pipe in ready:
            worker = by_pipe[id(pipe)]
            try:
                found.append((worker, self._pipes[worker].recv()))
            except (EOFError, OSError):
                found.append((worker, Lost(self._how_it_ended(worker))))
        return found

    def replace(self, worker: int) -> None:
        """End a worker that does not answer and start another in its place."""
        self._end(worker, patience_s=0.0)
        self._processes[worker], self._pipes[worker] = self._start(_context())

    def _start(self, context: BaseContext) -> tuple[BaseProcess, Connection]:
        near, far = context.Pipe()
        child: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=self._main, args=(far, os.getpid()), daemon=True
        )
        with interrupts_blocked():
            child.start()
        far.close()
        self._admit(child.pid or 0)
        return child, near

    def _end_all(self, *, patience_s: float) -> None:
        for worker in range(len(self._pipes)):
            with contextlib.suppress(OSError):
                self._pipes[worker].send(Quit())
        patient_until = time.monotonic() + patience_s
        for worker in range(len(self._pipes)):
            self._end(worker, patience_s=max(0.0, patient_until - time.monotonic()))
        self._pipes, self._processes = [], []

    def _end(self, worker: int, *, patience_s: float) -> None:
        child = self._processes[worker]
        child.join(patience_s)
        if child.is_alive():
            child.kill()
            child.join()
        self._pipes[worker].close()

    def _how_it_ended(self, worker: int) -> str:
        child = self._processes[worker]
        child.join(1.0)
        code = child.exitcode
        if code is not None and code < 0:
            return f"signal {signal.Signals(-code).name}"
        return f"exit code {code}"


def warm_up() -> None:
    """Start the fork server now, so that it loads while something else is done."""
    with interrupts_blocked():
        _context()
        forkserver.ensure_running()


@contextmanager
def scratch_kept() -> Iterator[None]:
    """If storefit is killed inside, the directory of its fork server goes too.

    In every other case multiprocessing removes it itself, when the process ends.
    """
    with Keeper() as keeper:
        number = keeper.directory(Path(util.get_temp_dir()))
        try:
            yield
        finally:
            keeper.forget(number)


def now_ns() -> int:
    """The clock that parent and workers share."""
    return time.perf_counter_ns()


def _context() -> BaseContext:
    """Raises PlaceError where a socket's path in the directory for temporary files is too long."""
    root = tempfile.gettempdir()
    if len(os.fsencode(root)) + _SOCKET_NAME_BYTES > SOCKET_PATH_BYTES:
        raise PlaceError(
            f"the directory for temporary files has a path of {len(os.fsencode(root))} bytes, too "
            f"long for sockets in it (at most {SOCKET_PATH_BYTES - _SOCKET_NAME_BYTES})",
            hint="TMPDIR=/tmp before the command",
        )
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Ctrl-C reaches the whole foreground group: children are born with it blocked."""
    # its start unblocks the signal, so it must not happen inside
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
