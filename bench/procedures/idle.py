"""Idle cost: what an engine uses while nobody asks anything of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.procedures.seam import Impossible, Performed
from bench.runner import growth
from results.display import number

if TYPE_CHECKING:
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from results.record import Step
    from workloads.spec.model import Workload

LOADED, CONNECTED = "loaded", "connected"
# Connections of the way `connected`, such as an application's pool holds.
CONNECTIONS = 20
# What an engine wakes up for now and then shows in windows of so long.
_LEAST_S, _MOST_S, _QUICK_S = 5.0, 60.0, 2.0
_IN_PROCESS = (
    "it runs inside of the program that asks: while nobody asks there is no process of it that could "
    "use anything"
)


@dataclass(frozen=True, slots=True)
class Idle:
    """Processor time, memory, reads, writes and log of an engine that is asked nothing."""

    name: str = "idle"
    title: str = "what the engine uses while nobody asks"
    axis: str = "frequency"

    def ways(
        self,
        target: Target,
        workload: Workload,  # noqa: ARG002 - whatever is loaded
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        """With no client, and with connections that ask nothing."""
        why_not = _IN_PROCESS if target.engine.in_process else None
        return {LOADED: why_not, CONNECTED: why_not}

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        """Watch for a while; nothing is changed."""
        if stand.counters().cpu_s is None:
            raise Impossible("its processes cannot be seen from this machine")
        with ExitStack() as stack:
            for _ in range(CONNECTIONS if way == CONNECTED else 0):
                stack.callback(stand.dialer.dial().close)
            return Performed((_watched(stand, way, context),))


def _watched(stand: Stand, way: str, context: Context) -> Step:
    """One window."""
    window_s = _window_s(context)
    before = stand.counters()
    _, step = context.step(f"idle, {way}", lambda: context.sleep(window_s))
    after = stand.counters()
    return replace(
        step,
        memory_bytes=after.memory_bytes,
        read_ios=growth.grown(before.read_ios, after.read_ios),
        write_ios=growth.grown(before.write_ios, after.write_ios),
        note=_told(step, way, used_s=growth.grown(before.cpu_s, after.cpu_s)),
    )


def _window_s(context: Context) -> float:
    """As long as a trial is, within bounds."""
    if context.laboratory.request.quick and context.laboratory.request.duration_s is None:
        return _QUICK_S
    asked = context.laboratory.request.duration_s
    return asked or min(max(context.planned.planned_duration_s, _LEAST_S), _MOST_S)


def _told(step: Step, way: str, *, used_s: float | None) -> str:
    """Processor time per second, and log per day."""
    seconds = step.seconds or 1.0
    parts = []
    if step.cpu_s is not None:
        parts.append(f"{step.cpu_s / seconds:.2g} s a second")
    elif used_s is not None:
        most = f"{growth.TICK_S / seconds:.2g} s a second"
        parts.append(f"less than {most}, one tick of the system's count")
    if step.log_bytes is not None:
        parts.append(f"{number(step.log_bytes / seconds * 86_400)} B of log a day")
    if way == CONNECTED:
        parts.append(f"with {CONNECTIONS} connections that ask nothing")
    return "; ".join(parts)


PROCEDURE = Idle()
