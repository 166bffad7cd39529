"""One worker against a scripted parent: what it says, and what it does when the engine fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from driver_doubles import MS, PlainDialer, PlainSession, ScriptedBound, TickingClock, workload

from bench.driver.feed import batch_size
from bench.driver.messages import Begin, Failed, Job, Progress, Quit, Ready, Report, Stop, Window
from bench.driver.worker import Clock, perform, serve
from bench.engines.noop import NoopDialer
from bench.engines.seam import OperationFailed
from workloads.spec.model import Operation


@dataclass
class Parent:
    """Begins at once, names the window as told, and keeps what it hears."""

    clock: TickingClock
    window: Window
    end_ns: int = 10_000 * MS
    stop_at_ns: int = 1 << 62
    heard: list[object] = field(default_factory=list)
    told: bool = False

    def wait(self) -> object:
        return Begin(self.clock.now, self.end_ns)

    def poll(self) -> object | None:
        if self.clock.now >= self.stop_at_ns:
            self.stop_at_ns = 1 << 62
            return Stop()
        if self.told:
            return None
        self.told = True
        return self.window

    def send(self, message: object) -> None:
        self.heard.append(message)

    @property
    def report(self) -> Report:
        found = self.heard[-1]
        assert isinstance(found, Report)
        return found


def job(dialer: object, *kinds: str) -> Job:
    return Job(
        dialer=dialer,  # type: ignore[arg-type]
        workload=workload(*kinds),
        seed=1,
        worker=0,
        workers=1,
        records=1_000,
        clients=1,
        resolution_ns=1_000,
        slice_ns=10 * MS,
        burst_ns=5 * MS,
        give_up_ns=200 * MS,
    )


def performed(
    bound: ScriptedBound, window: Window, *, asked: Job | None = None, stop_at_ns: int = 1 << 62
) -> Parent:
    clock = bound.clock
    parent = Parent(clock, window, stop_at_ns=stop_at_ns)
    worker = Clock(
        now_ns=clock.now_ns,
        now_s=clock.now_s,
        sleep=clock.sleep,
        cpu_ns=lambda: clock.now // 2,
    )
    perform(asked or job(PlainDialer(bound)), parent, worker)
    return parent


@dataclass(frozen=True)
class Every:
    """Due every `gap_ns`."""

    gap_ns: int

    @property
    def rate_per_s(self) -> float:
        return 1e9 / self.gap_ns

    def moments(self, *, worker: int, workers: int, seed: int) -> Iterator[object]:
        yield np.arange(100_000, dtype=np.int64) * self.gap_ns


@dataclass
class SlowParent(Parent):
    """Names the window when the clock shows `tells_at_ns`."""

    tells_at_ns: int = 0

    def poll(self) -> object | None:
        return super().poll() if self.clock.now >= self.tells_at_ns else None


@pytest.mark.parametrize(("tells_at_ms", "missed_ms"), [(95, 0), (150, 46)])
def test_a_window_that_was_named_too_late_is_told(tells_at_ms: int, missed_ms: int) -> None:
    """Requests of 1 ms in bursts of 5 ms: those before the last burst were counted without it."""
    clock = TickingClock()
    parent = SlowParent(clock, Window(100 * MS, 300 * MS), tells_at_ns=tells_at_ms * MS)
    worker = Clock(now_ns=clock.now_ns, now_s=clock.now_s, sleep=clock.sleep, cpu_ns=lambda: 0)
    perform(job(PlainDialer(ScriptedBound(clock))), parent, worker)
    assert parent.report.started_ns == 0
    assert parent.report.missed_ns == pytest.approx(missed_ms * MS, abs=2 * MS)
    assert parent.report.tallies[0].done == pytest.approx(200 - missed_ms, abs=2)


def test_a_closed_trial_is_reported_whole() -> None:
    parent = performed(ScriptedBound(TickingClock()), Window(100 * MS, 300 * MS))
    assert isinstance(parent.heard[0], Ready)
    assert parent.heard[0].server_pids == (4711,)
    report = parent.report
    (tally,) = report.tallies
    assert (tally.done, tally.failed) == (200, 0)
    assert tally.all_done == 300
    assert report.active_ns == 200 * MS
    assert report.read_units == pytest.approx(150.0)
    assert report.lost is None
    progress = [message for message in parent.heard if isinstance(message, Progress)]
    assert progress[-1].complete == 30
    assert (
        sum(s.operations for p in progress for s in p.slices) == 299
    )  # the last ends on the border
    assert report.effort.cpu_s == pytest.approx(report.effort.wall_s / 2)
    assert report.effort.pause_s == 0


def test_sessions_are_closed_before_the_report() -> None:
    bound = ScriptedBound(TickingClock())
    dialer = PlainDialer(bound)
    performed(bound, Window(0, 10 * MS), asked=job(dialer))
    assert [session.closed for session in dialer.sessions] == [True]


def test_errors_are_counted_and_not_fatal() -> None:
    bound = ScriptedBound(TickingClock(), failing=lambda i: "40001" if i % 10 == 3 else None)
    report = performed(bound, Window(100 * MS, 300 * MS)).report
    (tally,) = report.tallies
    assert (tally.done, tally.failed) == (180, 20)
    assert [(f.kind, f.count) for f in report.failures] == [("40001", 20)]
    assert report.lost is None


def test_an_engine_that_comes_back_is_dialled_again() -> None:
    clock = TickingClock()
    bound = ScriptedBound(clock, failing=lambda i: "refused" if 100 <= i < 150 else None)
    dialer = PlainDialer(bound)
    report = performed(bound, Window(0, 600 * MS), asked=job(dialer)).report
    assert report.lost is None
    assert len(dialer.sessions) > 1
    assert all(session.closed for session in dialer.sessions)
    assert report.tallies[0].done > 300
    assert report.read_units is None  # the new session counts from nothing


def test_an_engine_that_does_not_come_back_ends_the_trial_and_keeps_what_was_measured() -> None:
    bound = ScriptedBound(TickingClock(), failing=lambda i: "refused" if i >= 300 else None)
    report = performed(bound, Window(100 * MS, 5_000 * MS)).report
    assert report.lost is not None
    assert "no success for 0.2 s" in report.lost
    assert report.tallies[0].done == 200
    assert bound.clock.now < 1_000 * MS


def test_an_error_that_the_engine_did_not_translate_is_reported_with_the_counts() -> None:
    def service(number: int) -> int:
        if number == 50:
            raise RuntimeError("a defect")
        return MS

    report = performed(
        ScriptedBound(TickingClock(), service_ns=service), Window(0, 200 * MS)
    ).report
    assert report.lost == "RuntimeError: a defect"
    # the burst in which it happened is not counted, those before are
    assert 40 <= report.tallies[0].done <= 50


def test_stop_ends_a_trial_early() -> None:
    parent = performed(ScriptedBound(TickingClock()), Window(0, 5_000 * MS), stop_at_ns=100 * MS)
    assert parent.clock.now < 120 * MS
    assert parent.report.tallies[0].done == pytest.approx(100, abs=10)


def test_open_load_counts_what_was_never_sent() -> None:
    """Requests every 1 ms that take 3 ms: two thirds are still waiting at the end."""
    bound = ScriptedBound(TickingClock(tick_ns=500), service_ns=lambda _: 3 * MS)
    asked = replace(job(PlainDialer(bound)), schedule=Every(MS), drain_ns=90 * MS)
    report = performed(bound, Window(0, 300 * MS), asked=asked).report
    done = report.tallies[0].done
    assert done == pytest.approx(130, abs=4)  # 300 ms and 90 ms of drain, 3 ms each
    assert report.unsent == 300 - done
    assert {f.kind: f.count for f in report.failures} == {"unsent": 300 - done}


def test_open_load_finishes_its_backlog_when_it_can() -> None:
    slow = {10: 50 * MS}
    bound = ScriptedBound(TickingClock(tick_ns=500), service_ns=lambda i: slow.get(i, MS // 2))
    asked = replace(job(PlainDialer(bound)), schedule=Every(MS))
    report = performed(bound, Window(0, 40 * MS), asked=asked).report
    assert (report.tallies[0].done, report.unsent) == (40, 0)
    response = report.tallies[0].response
    assert response is not None
    assert response.max_ns == pytest.approx(50 * MS, rel=0.03)


def test_a_target_that_cannot_be_used_is_said_and_the_worker_goes_on_serving() -> None:
    class Broken:
        def dial(self) -> None:
            raise OperationFailed("28P01", "nobody is let in")

    jobs: list[object] = [Stop(), job(Broken()), Quit()]
    parent = Parent(TickingClock(), Window(0, 1))
    parent.wait = lambda: jobs.pop(0)  # type: ignore[method-assign]
    serve(parent, Clock())
    (failed,) = parent.heard
    assert failed == Failed("28P01", "nobody is let in")


@dataclass
class Full:
    """Lets a client in when it has asked so often."""

    bound: ScriptedBound
    refusals: int

    def dial(self) -> PlainSession:
        self.refusals -= 1
        if self.refusals >= 0:
            raise OperationFailed("refused", "too many clients")
        return PlainSession(self.bound)


def test_a_client_that_is_refused_asks_again_and_is_counted() -> None:
    bound = ScriptedBound(TickingClock())
    report = performed(bound, Window(100 * MS, 600 * MS), asked=job(Full(bound, 6))).report
    # when it was told what to do, at the start, and every 50 ms from then on
    assert {f.kind: (f.count, f.all_count) for f in report.failures} == {"refused": (3, 6)}
    assert report.refused == 3
    assert sum(part.errors for part in report.slices) == 5
    assert report.tallies[0].done == pytest.approx(350, abs=20)
    assert report.tallies[0].failed == 0
    assert report.lost is None


def test_a_client_that_is_never_let_in_leaves_its_refusals() -> None:
    bound = ScriptedBound(TickingClock())
    parent = performed(bound, Window(100 * MS, 400 * MS), asked=job(Full(bound, 1_000)))
    report = parent.report
    assert report.refused == 6
    assert report.tallies[0].done == 0
    assert report.next_key == 1_000
    assert report.lost is None


def test_open_load_without_a_connection_counts_what_it_could_not_send() -> None:
    bound = ScriptedBound(TickingClock())
    asked = replace(job(Full(bound, 1_000)), schedule=Every(MS))
    report = performed(bound, Window(100 * MS, 400 * MS), asked=asked).report
    assert report.unsent == 300


def test_inserted_keys_are_remembered_so_that_the_next_trial_goes_above() -> None:
    bound = ScriptedBound(TickingClock())
    report = performed(bound, Window(0, 50 * MS), asked=job(PlainDialer(bound), "insert")).report
    assert bound.asked == list(range(1_000, 1_000 + len(bound.asked)))
    assert report.next_key == 1_000 + len(bound.asked)


def test_the_no_op_engine_is_driven_in_real_time() -> None:
    class Now:
        """A parent on the real clock: a window of 100 ms after 20 ms."""

        def __init__(self) -> None:
            self.heard: list[object] = []
            self.messages: list[Callable[[], object]] = []

        def wait(self) -> object:
            start = Clock().now_ns()
            self.window: object | None = Window(start + 20 * MS, start + 120 * MS)
            return Begin(start, start + 1_000 * MS)

        def poll(self) -> object | None:
            window, self.window = self.window, None
            return window

        def send(self, message: object) -> None:
            self.heard.append(message)

    parent = Now()
    perform(replace(job(NoopDialer(), "read", "update"), resolution_ns=100), parent, Clock())
    report = parent.heard[-1]
    assert isinstance(report, Report)
    done = sum(tally.done for tally in report.tallies)
    assert done > 10_000
    mean_ns = report.tallies[0].service.mean_ns
    assert mean_ns is not None
    assert mean_ns < 20_000
    # Little's law for one client: what it did not spend in requests, it spent making them
    busy_ns = sum((t.service.mean_ns or 0) * t.done for t in report.tallies)
    assert busy_ns < report.active_ns <= 140 * MS


@pytest.mark.parametrize(
    ("kind", "record_bytes", "size"),
    [
        ("read", 409_500.0, 8_192),
        ("update", 0.0, 8_192),
        ("update", 500.0, 8_192),
        ("update", 100_000.0, 41),
        ("insert", 409_500.0, 10),
        ("insert", 1e9, 4),
    ],
)
def test_few_large_records_are_made_ahead(kind: str, record_bytes: float, size: int) -> None:
    asked = (Operation(kind=kind, weight=1.0),)
    assert batch_size(8_192, asked, record_bytes) == size
    assert batch_size(4, asked, record_bytes) == 4


def test_as_many_records_of_a_batch_as_are_written_at_once() -> None:
    asked = (Operation(kind="insert", weight=1.0, atomic_with=100),)
    assert batch_size(8_192, asked, 10_000.0) == 4
    assert batch_size(8_192, asked, 100.0) == 419
