"""A server farther away: each request is held back for as long as a round trip would take.

The whole round trip is spent before the request is sent: for the client, and for how long a
transaction of several exchanges keeps its locks, that is the same as half before and half after.

Nothing waits that need not: where several requests are under way on one thread, a held one makes its
descriptor readable when its time has come. The kernel's timers (`timerfd`) are exact to some
microseconds, where sleeping comes 50 and more too late; waking up takes time of its own, which each
pause learns and ends earlier by.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypeVar, cast

from workloads.errors import PlaceError

_MONOTONIC = 1
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
_BILLION = 1_000_000_000
# Waking up takes about so long on an idle processor; what it takes here is learnt in such steps.
_FIRST_LEAD_NS, _STEP_NS = 40_000, 2_000
# What is learnt is waking up, not a thread that has too much to do.
_MOST_LEAD_SHARE = 0.5


class _Spec(ctypes.Structure):
    _fields_ = (("interval", ctypes.c_long * 2), ("value", ctypes.c_long * 2))


@cache
def _library() -> ctypes.CDLL:
    """The C library. PlaceError where it has no such timers."""
    found = ctypes.CDLL(None, use_errno=True)
    if not sys.platform.startswith("linux") or not hasattr(found, "timerfd_create"):
        raise PlaceError(
            "a network can be emulated on Linux only",
            hint="--emulate STORAGE,network=0 leaves the network as it is",
        )
    return found


class Pause:
    """A pause of `seconds`, over and over; by itself or beside other things to wait for.

    `begin` starts one, `is_over` looks whether it is over, and `wait` does both and waits. One at
    a time.
    """

    def __init__(self, seconds: float) -> None:
        self._length_ns = round(seconds * 1e9)
        self._lead_ns = min(_FIRST_LEAD_NS, int(self._length_ns * _MOST_LEAD_SHARE))
        self._began_ns = 0
        library = _library()
        self._descriptor: int = library.timerfd_create(_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self._descriptor < 0:
            raise PlaceError(f"no timer can be had: {os.strerror(ctypes.get_errno())}")
        self._spec = _Spec()
        self._reference = ctypes.byref(self._spec)
        self._set = library.timerfd_settime
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)

    def begin(self) -> None:
        """From now on."""
        self._began_ns = time.perf_counter_ns()
        seconds, nanoseconds = divmod(max(self._length_ns - self._lead_ns, 1), _BILLION)
        self._spec.value[0], self._spec.value[1] = seconds, nanoseconds
        self._set(self._descriptor, 0, self._reference, None)

    def is_over(self) -> bool:
        """Whether it is; what it took beyond its length is learnt from."""
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            return False
        late_ns = time.perf_counter_ns() - self._began_ns - self._length_ns
        # steps of one size find the median, whatever the tail is like
        lead_ns = self._lead_ns + (_STEP_NS if late_ns > 0 else -_STEP_NS)
        self._lead_ns = min(max(lead_ns, 0), int(self._length_ns * _MOST_LEAD_SHARE))
        return True

    def wait(self) -> None:
        """Until it is over, doing nothing else."""
        self.begin()
        while not self.is_over():
            self._poll.poll()

    def fileno(self) -> int:
        """Readable when it is over."""
        return self._descriptor

    def close(self) -> None:
        """A second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Channel(Protocol):
    """What is needed of a connection: one request at a time is under way."""

    @property
    def trip(self) -> Callable[[Any], Any]: ...

    def post(self, request: Any) -> None: ...

    def collect(self) -> Any | None: ...

    def fileno(self) -> int: ...

    def close(self) -> None: ...


class _FarChannel:
    """A channel whose requests are held back; everything else is the near channel's."""

    def __init__(self, near: Channel, round_trip_s: float) -> None:
        self._near = near
        self._pause = Pause(round_trip_s)
        self._held: Any = None
        self._both = select.epoll()
        self._both.register(self._pause.fileno(), select.EPOLLIN)
        self._both.register(near.fileno(), select.EPOLLIN)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._near, name)

    @property
    def trip(self) -> Callable[[Any], Any]:
        return before(self._pause, self._near.trip)

    def post(self, request: Any) -> None:
        self._held = request
        self._pause.begin()

    def collect(self) -> Any | None:
        if self._held is None:
            return self._near.collect()
        if self._pause.is_over():
            request, self._held = self._held, None
            self._near.post(request)
        return None

    def fileno(self) -> int:
        """Readable when a held request must go, and when an answer has come; -1: broken."""
        return self._both.fileno() if self._near.fileno() >= 0 else -1

    def close(self) -> None:
        self._both.close()
        self._pause.close()
        self._near.close()


_C = TypeVar("_C", bound=Channel)


def far(near: _C, round_trip_s: float) -> _C:
    """The same channel, a round trip farther away; with 0 the channel itself."""
    return near if round_trip_s <= 0 else cast("_C", _FarChannel(near, round_trip_s))


def before(pause: Pause, call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A call that is made after a pause."""
    wait = pause.wait

    def later(argument: Any) -> Any:
        wait()
        return call(argument)

    return later
