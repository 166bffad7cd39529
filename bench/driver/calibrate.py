"""The driver's own cost per operation: the same loop, the same stream, an engine that does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.driver.conduct import Timing, conduct
from bench.driver.messages import Job
from bench.engines.noop import NoopDialer
from bench.engines.seam import Counters

if TYPE_CHECKING:
    from bench.driver.crew import Workers

_TIMING = Timing(duration_s=0.2, warmup_min_s=0.05, warmup_max_s=0.1, slice_s=0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """CPU seconds per operation. None: not measured, or it cannot be told apart.

    cpu_s       of a whole worker: making arguments, the loop, binning
    call_cpu_s  inside the timed path only
    """

    cpu_s: float | None = None
    call_cpu_s: float | None = None


def overhead(crew: Workers, jobs: Sequence[Job]) -> Overhead:
    """What these jobs cost without an engine. Closed load without think time only.

    Of clients that share a worker one is taken, as they do the same for each request. A worker of
    open load spends its CPU on looking at the clock, so its cost per operation says nothing; its
    schedule lag is measured on the trial itself.
    """
    if any(job.schedule is not None or job.think_ns for job in jobs):
        return Overhead()
    slice_ns = round(_TIMING.slice_s * 1e9)
    idle = [
        replace(job, dialer=NoopDialer(), clients=1, slice_ns=slice_ns, burst_ns=slice_ns // 2)
        for job in jobs
    ]
    measured = conduct(crew, idle, _TIMING, probe=Counters)
    efforts = [report.effort for report in measured.reports.values()]
    done = sum(effort.operations for effort in efforts)
    if not done:
        return Overhead()
    calls = [effort.call_cpu_s for effort in efforts if effort.call_cpu_s is not None]
    return Overhead(
        cpu_s=sum(effort.cpu_s for effort in efforts) / done,
        call_cpu_s=sum(calls) / done if len(calls) == len(efforts) else None,
    )
