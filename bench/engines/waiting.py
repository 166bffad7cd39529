"""Waiting for an answer on a Unix socket, asleep until the answer is there.

A thread that sleeps in `recv` on a Unix socket is also woken when the other side takes what was
sent: Linux wakes everything that sleeps on the socket, as there is room to write again (measured:
1.6 switches a request instead of 1, and a fifth of the throughput of short requests). A thread
that sleeps in `poll` is woken by what it polls for only. TCP has no such wake-ups.

A `poll` that times out would cost a timer for each request, 0.7 µs on a virtual machine; here it
waits for ever, and one thread for all sockets of the process looks once in a while whether any
has been waited for too long, and shuts that one down.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# The watch looks so many times in the patience of the least patient, at least once a second.
_LOOKS = 8
_LONGEST_SLEEP_S = 1.0


class Wait:
    """Waits until a connected Unix socket can be read. Used by one thread.

    Calling `until_readable` raises TimeoutError when that took longer than `patience_s` (by up
    to a quarter); the socket is shut down then.
    """

    def __init__(self, connection: socket.socket, *, patience_s: float) -> None:
        self.patience_s = patience_s
        self._socket = connection
        # [waiting, since when the watch has seen it wait, given up]; a list, as it is quickest
        self._state: list[float | bool | None] = [None, None, None]
        self.until_readable = self._make()
        _watch.add(self)

    def close(self) -> None:
        """Be watched no more."""
        _watch.discard(self)

    def look(self, now_s: float) -> None:
        """Called by the watch: end a wait that has lasted too long."""
        state = self._state
        since_s = state[1]
        if state[0] is None:
            state[1] = None
        elif since_s is None:
            state[1] = now_s
        elif now_s - since_s >= self.patience_s:
            state[2] = True
            with suppress(OSError):  # it was closed meanwhile
                self._socket.shutdown(socket.SHUT_RDWR)

    def _make(self) -> Callable[[], None]:
        poll = select.poll()
        poll.register(self._socket.fileno(), select.POLLIN)
        state, sleep = self._state, poll.poll

        def until_readable() -> None:
            state[0] = True
            sleep()
            # what the watch noted goes too: the next wait begins anew
            state[0] = state[1] = None
            if state[2]:
                raise TimeoutError("the wait took too long")

        return until_readable


class _Watch:
    """Looks after all waits of a process, in a thread that is there while any is."""

    def __init__(self) -> None:
        self._waits: set[Wait] = set()
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, wait: Wait) -> None:
        with self._lock:
            self._waits.add(wait)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="storefit-patience", daemon=True
                )
                self._thread.start()
        self._changed.set()

    def discard(self, wait: Wait) -> None:
        with self._lock:
            self._waits.discard(wait)
            if not self._waits:
                self._changed.set()

    def _run(self) -> None:
        while True:
            with self._lock:
                waits = list(self._waits)
                if not waits:
                    self._thread = None
                    return
                self._changed.clear()
            patience_s = min(wait.patience_s for wait in waits)
            self._changed.wait(min(_LONGEST_SLEEP_S, patience_s / _LOOKS))
            now_s = time.monotonic()
            for wait in waits:
                wait.look(now_s)


_watch = _Watch()
