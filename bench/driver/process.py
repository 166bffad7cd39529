"""A worker in a process of its own, which ends when its parent does.

On Linux the kernel ends it (PR_SET_PDEATHSIG), even inside a request that never returns; on
every system it ends itself when its pipe is closed. SIGINT is left to the parent, who decides.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
from typing import TYPE_CHECKING

from bench.driver.worker import Clock, serve

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_PR_SET_PDEATHSIG = 1
_PR_SET_TIMERSLACK = 29
# Sleeps may end so much late; the default of 50 microseconds is half of what we allow ourselves.
_TIMER_SLACK_NS = 1_000


class PipeLink:
    """The worker's end of a pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def wait(self) -> object:
        message: object = self._connection.recv()
        return message

    def poll(self) -> object | None:
        # a tenth of what Connection.poll costs
        ready, _, _ = select.select([self._connection], [], [], 0)
        return self.wait() if ready else None

    def send(self, message: object) -> None:
        try:
            self._connection.send(message)
        except BrokenPipeError as error:
            raise EOFError from error


def main(connection: Connection, parent_pid: int) -> None:
    """Serve the parent at the other end of `connection`; the entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tie_to_parent(parent_pid)
    try:
        serve(PipeLink(connection), Clock())
    except EOFError:
        return
    finally:
        connection.close()


def tie_to_parent(parent_pid: int) -> None:
    """Have the kernel end this process when its parent ends."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_TIMERSLACK, _TIMER_SLACK_NS, 0, 0, 0)
    try:
        os.kill(parent_pid, 0)
    except ProcessLookupError:  # it ended before the line above
        os._exit(1)
