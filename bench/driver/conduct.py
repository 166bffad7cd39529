"""One trial: start together, find the end of the warm-up, measure, stop, collect."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.driver.crew import Lost, now_ns
from bench.driver.lateness import LateSeries
from bench.driver.messages import Begin, Failed, Job, Progress, Ready, Report, Slice, Stop, Window
from bench.driver.series import Series
from bench.driver.steady import Point, Verdict, WarmUp, judge

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from bench.driver.crew import Workers
    from bench.driver.notes import Notebook
    from bench.engines.seam import Counters

# Engines book what a session did when it ends, which takes them a moment.
_BOOKING_S = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the parts of a trial may take, seconds; `span` slices must be level.

    window_at_s   the window begins so long after the start, whatever the warm-up shows, because
                  the offered rate changes by plan from there on
    """

    duration_s: float
    warmup_min_s: float
    warmup_max_s: float
    window_at_s: float | None = None
    slice_s: float = 0.1
    span: int = 10
    ready_timeout_s: float = 30.0
    drain_s: float = 5.0
    grace_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The engine's counters at a moment."""

    at_ns: int
    counters: Counters


@dataclass(slots=True, kw_only=True)
class Measured:
    """What a trial gave, good or bad.

    The engine's counters are read four times: `first` before its sessions are opened, `before`
    and `after` the window, `last` when the sessions are closed.
    `lost` are workers that ended by themselves, `failed` those that could not do their job (or
    gave the engine up), `late` those that did not report in time; each with the reason.
    `lates` are the late answers of the window by slice, limit and (counted, late), when the jobs
    have limits.
    """

    jobs: tuple[Job, ...]
    reports: dict[int, Report] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    late: tuple[int, ...] = ()
    start_ns: int = 0
    window: Window | None = None
    warmup: Verdict | None = None
    first: Reading | None = None
    before: Reading | None = None
    after: Reading | None = None
    last: Reading | None = None
    probe_error: str | None = None
    slices: tuple[Slice, ...] = ()
    lates: npt.NDArray[np.int64] | None = None
    slice_ns: int = 1

    @property
    def warmup_s(self) -> float:
        """From the start to the window."""
        return (self.window.from_ns - self.start_ns) / 1e9 if self.window else 0.0

    @property
    def start_spread_s(self) -> float | None:
        """From the first worker's start to the last's, at most; None: there are not two to compare.

        Where their clocks differ, the doubt about these counts as spread.
        """
        starts = [
            (report.started_ns, report.clock_error_ns)
            for report in self.reports.values()
            if report.started_ns is not None
        ]
        if len(starts) < 2:
            return None
        first = min(at - error for at, error in starts)
        return (max(at + error for at, error in starts) - first) / 1e9

    @property
    def missed_s(self) -> float:
        """How much of the window was over when the last worker heard of it."""
        return max((report.missed_ns for report in self.reports.values()), default=0) / 1e9

    def steady(self) -> Verdict:
        """Whether the window kept its level, and how the warm-up ended."""
        if self.window is None or self.warmup is None:
            return Verdict(None, "the window never began")
        if self.warmup.steady is None:
            return self.warmup
        first = (self.window.from_ns - self.start_ns) // self.slice_ns
        last = (self.window.to_ns - self.start_ns) // self.slice_ns
        inside = {s.position: s for s in self.slices}
        points = [_point(inside.get(position)) for position in range(first, last)]
        found = judge(points, closed=self.jobs[0].schedule is None)
        return Verdict(found.steady, f"{found.reason}; {self.warmup.reason}")


Observer = Callable[[float, float], None]
"""Called with operations per second and the share of the trial that is over, 0..1."""

Enough = Callable[["Sequence[Slice]", "npt.NDArray[np.int64]"], bool]
"""Asked again and again with the window's complete slices, and their late answers by slice, limit
and (counted, late): True ends the window."""


def conduct(
    crew: Workers,
    jobs: Sequence[Job],
    timing: Timing,
    *,
    probe: Callable[[], Counters],
    observe: Observer | None = None,
    enough: Enough | None = None,
    notebook: Notebook | None = None,
) -> Measured:
    """Run one job on each of the crew's first workers. Never raises for what a worker does.

    `probe` reads the engine's counters, `notebook` notes what it does by itself.
    """
    trial = _Trial(crew, jobs, timing, probe, observe)
    trial.enough, trial.notebook = enough, notebook
    with ExitStack() as undo:
        undo.callback(trial.stop)
        trial.prepare()
        if not trial.measured.failed and not trial.measured.lost and not trial.measured.late:
            trial.begin()
            trial.follow()
        undo.pop_all()
    trial.finish()
    return trial.measured


class _Trial:
    """The parent's view while the workers run."""

    def __init__(
        self,
        crew: Workers,
        jobs: Sequence[Job],
        timing: Timing,
        probe: Callable[[], Counters],
        observe: Observer | None,
    ) -> None:
        self._crew = crew
        self._timing = timing
        self._probe = probe
        self._observe = observe
        self._open: set[int] = set(range(len(jobs)))  # workers that owe a report
        self.enough: Enough | None = None
        self.notebook: Notebook | None = None
        self._series = Series(len(jobs))
        self._lates = LateSeries(len(jobs), len(jobs[0].limits))
        self._closed = jobs[0].schedule is None
        self._warm_up = WarmUp(
            minimum=round(timing.warmup_min_s / timing.slice_s),
            maximum=round(timing.warmup_max_s / timing.slice_s),
            span=timing.span,
        )
        self.measured = Measured(jobs=tuple(jobs), slice_ns=jobs[0].slice_ns)

    def prepare(self) -> None:
        """Give every worker its job and wait until all are connected."""
        self.measured.first = self._reading()
        for worker, job in enumerate(self.measured.jobs):
            self._crew.send(worker, job)
        waiting = set(self._open)
        deadline_ns = now_ns() + int(self._timing.ready_timeout_s * 1e9)
        while waiting and not self.measured.failed and now_ns() < deadline_ns:
            for worker, message in self._crew.receive(
                sorted(waiting), (deadline_ns - now_ns()) / 1e9
            ):
                waiting.discard(worker)
                if not isinstance(message, Ready):
                    self._take(worker, message)
        self.measured.late = tuple(sorted(waiting - self.measured.failed.keys()))
        if self.measured.failed or self.measured.lost or self.measured.late:
            self.stop()

    def begin(self) -> None:
        """Tell all workers the common start."""
        timing = self._timing
        self.measured.start_ns = now_ns() + self._crew.lead_ns
        longest_s = timing.warmup_max_s + timing.duration_s + timing.grace_s
        end_ns = self.measured.start_ns + int(longest_s * 1e9)
        for worker in self._open:
            self._crew.send(worker, Begin(self.measured.start_ns, end_ns))
        if timing.window_at_s is not None:
            from_ns = self.measured.start_ns + int(timing.window_at_s * 1e9)
            self._name(from_ns, Verdict(None, "not tested: the offered rate changes by plan"))

    def follow(self) -> None:
        """Until every worker has reported, is lost, or is later than it may be."""
        timing, measured = self._timing, self.measured
        while self._open:
            self._decide()
            self._end_early()
            self._read_counters()
            if now_ns() > self._latest_ns():
                break
            for worker, message in self._crew.receive(sorted(self._open), self._patience_s()):
                self._take(worker, message)
            if self._observe is not None:
                total_s = timing.warmup_max_s + timing.duration_s
                share = (now_ns() - measured.start_ns) / 1e9 / total_s
                self._observe(self._series.rate_per_s(measured.slice_ns), min(1.0, share))
        if measured.window is not None and measured.after is None:
            measured.after = self._reading()
        measured.late = tuple(sorted(self._open))

    def stop(self) -> None:
        """Ask every worker that still works to end its trial now."""
        for worker in self._open:
            self._crew.send(worker, Stop())

    def finish(self) -> None:
        """Collect what stopped workers still report, replace those that do not answer."""
        deadline_ns = now_ns() + 2_000_000_000
        while self._open and now_ns() < deadline_ns:
            for worker, message in self._crew.receive(
                sorted(self._open), (deadline_ns - now_ns()) / 1e9
            ):
                self._take(worker, message)
        for worker in sorted(self._open | self.measured.lost.keys()):
            self._crew.replace(worker)
        if self.measured.window is not None:
            time.sleep(_BOOKING_S)
            self.measured.last = self._reading()
        self.measured.slices = self._series.merged()
        if self.measured.jobs[0].limits:
            self.measured.lates = self._lates.between(*self._window_slices())

    def _take(self, worker: int, message: object) -> None:
        measured = self.measured
        if isinstance(message, Progress):
            self._series.add(worker, message)
            self._lates.add(worker, message.lates)
            return
        if isinstance(message, Ready):
            return
        self._open.discard(worker)
        self._series.leave(worker)
        if isinstance(message, Report):
            measured.reports[worker] = message
            self._series.replace(worker, message.slices)
            self._lates.replace(worker, message.lates)
            if message.lost:
                measured.failed[worker] = message.lost
        elif isinstance(message, Failed):
            measured.failed[worker] = f"{message.kind}: {message.text}".rstrip(": ")
        elif isinstance(message, Lost):
            measured.lost[worker] = message.how

    def _decide(self) -> None:
        """Name the window when the warm-up is over."""
        measured = self.measured
        if measured.window is not None:
            return
        last = [_point(part) for part in self._series.last(self._warm_up.span)]
        verdict = self._warm_up.verdict(last, count=self._series.complete, closed=self._closed)
        elapsed_ns = now_ns() - measured.start_ns
        if verdict is None and elapsed_ns > self._timing.warmup_max_s * 1e9:
            verdict = Verdict(False, "warm-up ended by its limit: the slices were too late")
        if verdict is None:
            return
        # on a slice's border, and late enough for the message to be there before
        slices = math.ceil((elapsed_ns + self._crew.lead_ns) / measured.slice_ns)
        self._name(measured.start_ns + slices * measured.slice_ns, verdict)

    def _name(self, from_ns: int, warmup: Verdict) -> None:
        """Name the window to all workers."""
        to_ns = from_ns + int(self._timing.duration_s * 1e9)
        self.measured.window, self.measured.warmup = Window(from_ns, to_ns), warmup
        for worker in self._open:
            self._crew.send(worker, self.measured.window)

    def _window_slices(self) -> tuple[int, int]:
        """Positions of the window's first slice and of the first one after it."""
        window, measured = self.measured.window, self.measured
        if window is None:
            return 0, 0
        first = (window.from_ns - measured.start_ns) // measured.slice_ns
        return first, (window.to_ns - measured.start_ns) // measured.slice_ns

    def _end_early(self) -> None:
        """Bring the window's end forward, to a slice's border, when enough was seen."""
        measured = self.measured
        if self.enough is None or measured.window is None or measured.after is not None:
            return
        first, last = self._window_slices()
        complete = min(self._series.complete, last)
        if complete <= first:
            return
        seen = self._series.last(complete - first)
        if not self.enough(seen, self._lates.between(first, complete)):
            return
        slices = math.ceil((now_ns() + self._crew.lead_ns - measured.start_ns) / measured.slice_ns)
        if slices < last:
            to_ns = measured.start_ns + slices * measured.slice_ns
            measured.window = Window(measured.window.from_ns, to_ns)
            for worker in self._open:
                self._crew.send(worker, measured.window)
        self.enough = None

    def _read_counters(self) -> None:
        measured = self.measured
        if measured.window is None:
            return
        if measured.before is None and now_ns() >= measured.window.from_ns:
            measured.before = self._reading()
        notebook = self.notebook
        if notebook and measured.after is None and now_ns() >= notebook.due_ns(measured.window):
            notebook.look(now_ns())
        if measured.after is None and now_ns() >= measured.window.to_ns:
            measured.after = self._reading()

    def _reading(self) -> Reading | None:
        if self.measured.probe_error is not None:
            return None  # asked again, an engine that hangs would hold up everything once more
        before_ns = now_ns()
        try:
            counters = self._probe()
        except Exception as error:  # noqa: BLE001 - a dead engine cannot be read: becomes data
            self.measured.probe_error = f"{type(error).__name__}: {error}"
            return None
        return Reading((before_ns + now_ns()) // 2, counters)

    def _patience_s(self) -> float:
        """Until the next thing that the parent must do itself."""
        measured = self.measured
        if measured.window is None:
            return self._timing.slice_s / 2
        now = now_ns()
        moments = [
            moment
            for moment, done in (
                (measured.window.from_ns, measured.before),
                (measured.window.to_ns, measured.after),
            )
            if done is None and moment > now
        ]
        if self.notebook and measured.after is None:
            moments.append(max(now, self.notebook.due_ns(measured.window)))
        return min([(moment - now) / 1e9 for moment in moments] + [0.2])

    def _latest_ns(self) -> int:
        timing, measured = self._timing, self.measured
        if measured.window is None:
            longest_s = timing.warmup_max_s + timing.duration_s + timing.grace_s
            return measured.start_ns + int(longest_s * 1e9)
        return measured.window.to_ns + int((timing.drain_s + timing.grace_s) * 1e9)


def _point(part: Slice | None) -> Point:
    return Point(part.operations, part.sum_ns) if part else Point(0, 0)
