"""An actor on a Dask worker: it starts a worker process beside it and passes messages on.

Messages stay the bytes that the two ends made of them. The process is a child of the Dask worker
and ends with it (see `bench.driver.process`); it also ends when nobody has asked for its messages
for a while, because then the parent is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from multiprocessing.connection import Connection

# The parent asks all the time, see `bench.cluster.crew`.
PATIENCE_S = 30.0
_LOOK_S = 2.0


class Post:
    """One worker process. All methods but the first run in the Dask worker's event loop."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._near: Connection | None = None
        self._arrived: deque[bytes] = deque()
        self._how: str | None = None
        self._asked_s = 0.0

    async def start(self) -> int:
        """Start the process; its process id."""
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        near, far = socket.socketpair()
        with far:
            # In the thread of the event loop, which lives as long as the Dask worker does: the
            # kernel ends the child when the thread that started it ends.
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "bench.cluster.child", str(far.fileno()), _pid()],
                pass_fds=[far.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
            )
        self._near = Connection(near.detach())
        self._asked_s = time.monotonic()
        threading.Thread(target=self._listen, args=(self._near,), daemon=True).start()
        self._loop.call_later(_LOOK_S, self._look)
        return self._child.pid

    async def give(self, data: bytes) -> None:
        """A message for the process; one that is gone is noticed by `take`."""
        if self._near is not None:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._near.send_bytes, data)

    async def take(self, wait_s: float) -> tuple[list[bytes], str | None]:
        """What the process sent since, waiting for it so long; and how it ended, if it did."""
        self._asked_s = time.monotonic()
        if not self._arrived and self._how is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait_s)
        self._news.clear()
        how = self._how  # first: what arrived before the end is then among the messages
        found = [self._arrived.popleft() for _ in range(len(self._arrived))]
        self._asked_s = time.monotonic()
        return found, how

    async def clock(self) -> int:
        """Nanoseconds of the clock that the process uses too."""
        return time.perf_counter_ns()

    async def end(self, patience_s: float) -> None:
        """End the process; it may take so long to do it by itself."""
        await asyncio.to_thread(self._end, patience_s)

    def _listen(self, near: Connection) -> None:
        """A thread of its own: a process that was stopped in the middle of a message blocks it."""
        assert self._child is not None
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._arrived.append(near.recv_bytes())
                self._tell()
        self._how = _words(self._child)
        self._tell()

    def _tell(self) -> None:
        with contextlib.suppress(RuntimeError):  # the Dask worker is ending
            self._loop.call_soon_threadsafe(self._news.set)

    def _look(self) -> None:
        if self._how is not None:
            return
        if time.monotonic() - self._asked_s > PATIENCE_S:
            self._kill()
            return
        self._loop.call_later(_LOOK_S, self._look)

    def _end(self, patience_s: float) -> None:
        if self._child is None or self._near is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(patience_s)
        self._kill()
        self._child.wait()

    def _kill(self) -> None:
        assert self._child is not None
        if self._child.poll() is None:
            self._child.kill()


def _pid() -> str:
    return str(os.getpid())


def _words(child: subprocess.Popen[bytes]) -> str:
    """How a process ended whose connection is closed."""
    try:
        code = child.wait(1.0)
    except subprocess.TimeoutExpired:
        return "it closed its connection"
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
