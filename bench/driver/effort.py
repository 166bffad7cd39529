"""What a worker spends itself: CPU, time between requests, storage traffic, memory."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.driver.messages import Effort

if TYPE_CHECKING:
    from collections.abc import Callable

# Linux counts a process's storage traffic in blocks of 512 bytes (getrusage(2), ru_inblock).
_BLOCK_BYTES = 512
# Time on a processor, time waited for one, turns: the kernel's sched-stats.rst.
_SCHEDSTAT = "/proc/self/schedstat"
# Bytes in calls that read and wrote come first: proc_pid_io(5).
_IO = "/proc/self/io"


@dataclass(frozen=True, slots=True)
class _Mark:
    wall_ns: int
    cpu_ns: int
    operations: int
    call_cpu_ns: int
    busy_ns: int
    spare_ns: int
    blocks_in: int
    blocks_out: int
    waited_ns: int | None = None
    write_call_bytes: int | None = None


class Meter:
    """Marks between bursts; what lies between the last mark before the window and the last of all.

    `cpu_clock` gives this process's CPU time, ns. Read `call_cpu_ns` around each burst.
    """

    def __init__(self, *, cpu_clock: Callable[[], int] = time.process_time_ns) -> None:
        self._cpu_clock = cpu_clock
        self._call_cpu_ns = 0
        self._busy_ns = 0
        self._spare_ns = 0
        self._base: _Mark | None = None
        self._last: _Mark | None = None

    def cpu_ns(self) -> int:
        """CPU time of this process so far."""
        return self._cpu_clock()

    def burst(self, *, busy_ns: int, call_cpu_ns: int, spare_ns: int = 0) -> None:
        """A burst took so long, and so much CPU; `spare_ns`: the loop's spare time."""
        self._busy_ns += busy_ns
        self._call_cpu_ns += call_cpu_ns
        self._spare_ns += spare_ns

    def mark(self, now_ns: int, *, operations: int, from_ns: int) -> None:
        """Note where things stand; the last mark before `from_ns` becomes the base."""
        blocks_in, blocks_out = _blocks()
        mark = _Mark(
            wall_ns=now_ns,
            cpu_ns=self._cpu_clock(),
            operations=operations,
            call_cpu_ns=self._call_cpu_ns,
            busy_ns=self._busy_ns,
            spare_ns=self._spare_ns,
            blocks_in=blocks_in,
            blocks_out=blocks_out,
            waited_ns=_waited_ns(),
            write_call_bytes=_write_call_bytes(),
        )
        if self._base is None or now_ns <= from_ns:
            self._base = mark
        self._last = mark

    def effort(self, *, calls_apart: bool, spare_by_clock: bool) -> Effort:
        """The difference.

        calls_apart     whether a burst's CPU is that of the requests alone
        spare_by_clock  whether spare time was all the time without work, or only that part of the
                        processor's time
        """
        base, last = self._base, self._last
        if base is None or last is None:
            base = last = _Mark(0, 0, 0, 0, 0, 0, 0, 0)
        linux = sys.platform == "linux"
        wall_ns = last.wall_ns - base.wall_ns
        used_ns = wall_ns if spare_by_clock else last.cpu_ns - base.cpu_ns
        return Effort(
            wall_s=wall_ns / 1e9,
            cpu_s=(last.cpu_ns - base.cpu_ns) / 1e9,
            operations=last.operations - base.operations,
            call_cpu_s=(last.call_cpu_ns - base.call_cpu_ns) / 1e9 if calls_apart else None,
            pause_s=max(0, wall_ns - (last.busy_ns - base.busy_ns)) / 1e9,
            busy_s=max(0, used_ns - (last.spare_ns - base.spare_ns)) / 1e9,
            read_bytes=(last.blocks_in - base.blocks_in) * _BLOCK_BYTES if linux else None,
            write_bytes=(last.blocks_out - base.blocks_out) * _BLOCK_BYTES if linux else None,
            memory_bytes=_resident_bytes() if linux else None,
            waited_s=_seconds_between(base.waited_ns, last.waited_ns),
            write_call_bytes=_growth(base.write_call_bytes, last.write_call_bytes),
        )


def _growth(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before


def _seconds_between(before_ns: int | None, after_ns: int | None) -> float | None:
    passed_ns = _growth(before_ns, after_ns)
    return None if passed_ns is None else passed_ns / 1e9


def _waited_ns() -> int | None:
    """How long the main thread was ready to run and had no processor; None: not told."""
    return _told(_SCHEDSTAT, 1)


def _write_call_bytes() -> int | None:
    """Bytes in write calls so far; None: not told."""
    return _told(_IO, 3)


def _told(path: str, position: int) -> int | None:
    """One word of a short file of the kernel's, as a number; None: not told."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return int(os.read(file, 256).split()[position])
    except (OSError, ValueError, IndexError):
        return None
    finally:
        os.close(file)


def _blocks() -> tuple[int, int]:
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_inblock, usage.ru_oublock


def _resident_bytes() -> int | None:
    import resource

    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * resource.getpagesize()
