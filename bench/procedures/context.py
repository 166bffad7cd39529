"""What a procedure works with: the clock, what is told to the person, and the workload beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from bench.engines.seam import Counters
from bench.runner import growth
from results.record import Step

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from bench.driver.conduct import Measured, Timing
    from bench.driver.messages import Job
    from bench.runner.blank import Laboratory
    from bench.runner.progress import Progress
    from bench.runner.stand import Stand
    from results.manifest import PlannedTrial
    from workloads.spec.model import Workload

T = TypeVar("T")

# The name of the thread that offers it.
BESIDE = "workload beside a procedure"
# The series of a workload that runs beside a procedure: fine enough for work that is over soon.
_SLICE_S = 0.02
# Longest that a workload runs beside a procedure, seconds.
_LONGEST_S = 3_600.0
# So long the workers are waited for when the work is over.
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The workload while something else was done. None: no operation was completed."""

    seconds: float
    throughput_per_s: float | None
    p99_s: float | None
    errors: int


class BesideFailed(Exception):
    """The workload beside a procedure could not be offered or came to an end by itself."""


@dataclass(slots=True, kw_only=True)
class Context:
    """Of one trial. `load`: the run's own load, under which the workload runs beside a procedure.

    `clock` and `sleep` are in seconds; a test gives others.
    """

    stand: Stand
    planned: PlannedTrial
    laboratory: Laboratory
    progress: Progress
    seed: int
    load: str = "default"
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def step(self, name: str, work: Callable[[], T]) -> tuple[T, Step]:
        """Do something and say what it took: time, resources, bytes at rest before and after."""
        self.progress.stage(self.planned.target, name)
        before, began_s = self.stand.counters(), self.clock()
        made = work()
        seconds, after = self.clock() - began_s, self.stand.counters()
        log_bytes = growth.grown(before.log_bytes, after.log_bytes)
        return made, Step(
            name=name,
            seconds=seconds,
            stored_bytes_before=before.stored_bytes,
            stored_bytes_after=after.stored_bytes,
            log_bytes=None if log_bytes is None else round(log_bytes),
            cpu_s=growth.cpu_s(before, after),
            read_bytes=growth.grown(before.read_bytes, after.read_bytes),
            write_bytes=growth.write_bytes(before, after, own_writes=self.stand.own_writes),
        )

    def beside(self, work: Callable[[], T], *, load: str | None = None) -> tuple[T, Beside]:
        """Do something while the workload runs, and say how the workload fared meanwhile.

        The work begins when the workload is warm. It may last as long as it wants; work that only
        sleeps tells how the workload fares undisturbed. BesideFailed when it does not run.
        """
        offered = _Offered(self, load or self.load)
        with ExitStack() as undone:
            undone.callback(offered.abandon)
            offered.begin()
            made = work()
            undone.pop_all()
        return made, offered.end()


class _Offered:
    """A workload that another thread offers while the main one works."""

    def __init__(self, context: Context, load: str) -> None:
        from bench.runner.plan import phase_workload
        from bench.runner.trial import jobs_for

        stand = context.stand
        planned = replace(context.planned, load=load)
        pace = replace(context.laboratory.pace, slice_s=_SLICE_S)
        laboratory = replace(context.laboratory, pace=pace)
        self.stand = stand
        self.workload: Workload = phase_workload(stand.workload, stand.served.operations)
        made = jobs_for(stand, self.workload, laboratory, planned, seed=context.seed)
        # a procedure may keep the workload waiting for long: that is what is to be seen
        self.jobs: list[Job] = [replace(job, give_up_ns=round(_LONGEST_S * 1e9)) for job in made]
        self.timing = _timing(pace.warmup_min_s, pace.warmup_max_s)
        self.measured: Measured | None = None
        self.failure: BaseException | None = None
        self._warm, self._over, self._abandoned = (threading.Event() for _ in range(3))
        self._thread = threading.Thread(target=self._offer, name=BESIDE, daemon=True)

    def begin(self) -> None:
        """Start and wait until the workload is warm."""
        self.stand.crew.grow(len(self.jobs))
        self._thread.start()
        timing = self.timing
        self._warm.wait(timing.ready_timeout_s + timing.warmup_max_s + timing.grace_s)
        if self.measured is not None or self.failure is not None or not self._warm.is_set():
            self.abandon()
            raise BesideFailed(self._why())

    def end(self) -> Beside:
        """Stop; how it fared."""
        from bench.runner import summary
        from results.summary import merged

        self._over.set()
        self._thread.join(self.timing.drain_s + _PATIENCE_S)
        measured = self.measured
        if measured is None or measured.failed or measured.lost or measured.late:
            self.stand.broken = self._why()
            raise BesideFailed(self.stand.broken)
        self._settle(measured)
        results = summary.operations(measured, self.workload)
        told = [result.response or result.service for result in results if result.count]
        return Beside(
            seconds=summary.window_s(measured),
            throughput_per_s=summary.rate_per_s(measured) if told else None,
            p99_s=merged(told).p99_s if told else None,
            errors=sum(result.errors for result in results),
        )

    def abandon(self) -> None:
        """Stop without an interest in what it gave; the stand serves no further trial."""
        self._abandoned.set()
        self._over.set()
        self.stand.broken = self.stand.broken or "a workload beside a procedure was given up"
        if self._thread.ident is not None:
            self._thread.join(_PATIENCE_S)

    def _offer(self) -> None:
        from bench.driver.conduct import conduct

        try:
            self.measured = conduct(
                self.stand.crew,
                self.jobs,
                self.timing,
                # the main thread may be using what would be asked
                probe=Counters,
                observe=self._look,
                enough=self._enough,
            )
        except Exception as error:  # noqa: BLE001 - told by the main thread
            self.failure = error
        finally:
            self._warm.set()

    def _enough(self, _seen: object, _lates: npt.NDArray[np.int64]) -> bool:
        """Asked from the first complete slice of the window on."""
        self._warm.set()
        return self._over.is_set()

    def _look(self, _rate_per_s: float, _share: float) -> None:
        if self._abandoned.is_set():
            raise BesideFailed("given up")

    def _settle(self, measured: Measured) -> None:
        """What the workload wrote counts as there."""
        stand = self.stand
        for report in measured.reports.values():
            stand.next_key = max(stand.next_key, report.next_key)
        if stand.loaded.rows and any(o.is_write for o in self.workload.operations):
            stand.rows_least = stand.rows_most = stand.row_count()

    def _why(self) -> str:
        measured = self.measured
        if self.failure is not None:
            return f"the workload beside it failed: {self.failure}"
        reasons = [*measured.failed.values(), *measured.lost.values()] if measured else []
        return f"the workload beside it ended: {reasons[0] if reasons else 'it did not get going'}"


def _timing(shortest_s: float, longest_s: float) -> Timing:
    from bench.driver.conduct import Timing

    return Timing(
        duration_s=_LONGEST_S, warmup_min_s=shortest_s, warmup_max_s=longest_s, slice_s=_SLICE_S
    )
