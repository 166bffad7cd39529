"""A limit on calls into an engine, so that one that hangs ends its trial and not the run.

At the limit the call is interrupted; where it does not come back from a library written in C, the
processes that work in the target's directory are killed a little later, which ends what such a
library waits for. Server processes elsewhere (a container's, somebody's) are left alone: there the
timeouts of the engine's own driver end the call.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from bench.targets.cleanup import inhabitants

if TYPE_CHECKING:
    from bench.engines.seam import Loaded

# A call that was interrupted is given so long to come back before its processes are killed.
_PATIENCE_S = 2.0
# Interrupted again after so long, as code in between may swallow the first time.
_AGAIN_S = 5.0
# A limit that was over while one inside it ended.
_SOON_S = 0.001


class Overdue(Exception):
    """A call into an engine that did not end within its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long calls may take, seconds; a test sets shorter ones.

    What looks at all rows takes longer where there are more of them, so the time that loading
    took is added `loads` times.
    """

    counters_s: float = 30.0
    count_s: float = 60.0
    verify_s: float = 120.0
    settle_s: float = 300.0
    procedure_s: float = 1_800.0
    close_s: float = 120.0
    loads: float = 10.0

    def after(self, loaded: Loaded, limit_s: float) -> float:
        """A limit, with what rows that took so long to load need on top."""
        return limit_s + self.loads * loaded.seconds


LIMITS = Limits()


@dataclass(slots=True)
class _Alarm:
    """The state of one limit: still in force, and whether it was reached."""

    text: str
    in_force: bool = True
    rang: bool = False

    def ring(self, _signal: int, _frame: FrameType | None) -> None:
        """The handler of the signal: interrupts what the main thread does."""
        if self.in_force:
            self.rang = True
            raise Overdue(self.text)


@contextmanager
def limited(limit_s: float, what: str, *, workdir: Path | None = None) -> Iterator[None]:
    """End what is done inside after `limit_s` seconds, with Overdue.

    `workdir`: the target's directory; what works there is killed when interrupting is not enough,
    and outside of the main thread, the only one that can be interrupted. Of two, one inside the
    other, the one that ends first counts.
    """
    is_main = threading.current_thread() is threading.main_thread()
    outer_s = signal.getitimer(signal.ITIMER_REAL)[0] if is_main else 0.0
    if 0 < outer_s < limit_s:
        yield  # the limit around this one ends it earlier
        return
    alarm = _Alarm(f"timeout: {what} did not end within {limit_s:g} s")
    killer = threading.Timer(limit_s + _PATIENCE_S, _kill, (workdir, alarm))
    killer.daemon = True
    began_s = time.monotonic()
    before = signal.signal(signal.SIGALRM, alarm.ring) if is_main else None
    try:
        killer.start()
        if is_main:
            signal.setitimer(signal.ITIMER_REAL, limit_s, _AGAIN_S)
        yield
    except Exception as error:
        if alarm.rang and not isinstance(error, Overdue):
            raise Overdue(alarm.text) from error
        raise
    finally:
        alarm.in_force = False
        killer.cancel()
        if is_main:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            if outer_s:
                left_s = outer_s - (time.monotonic() - began_s)
                signal.setitimer(signal.ITIMER_REAL, max(left_s, _SOON_S), _AGAIN_S)
    if alarm.rang:
        raise Overdue(alarm.text)  # somebody swallowed it, and what came back is not whole


def _kill(workdir: Path | None, alarm: _Alarm) -> None:
    """End the processes that work in a directory, and so what waits for their answer."""
    if workdir is None or not alarm.in_force:
        return
    alarm.rang = True
    for pid in inhabitants(str(workdir)):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
