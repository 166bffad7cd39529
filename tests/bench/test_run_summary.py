"""What the driver measured -> the parts of a record: arithmetic on readings and reports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driver_doubles import MS, workload

from bench.driver.calibrate import Overhead
from bench.driver.conduct import Measured, Reading
from bench.driver.messages import Effort, Failures, Job, Report, Slice, Tally, Window
from bench.engines.noop import NoopDialer
from bench.engines.seam import Counters
from bench.runner import summary
from bench.runner.summary import Rates
from bench.telemetry import ProcessUse
from results.histogram import Histogram
from results.record import Resources, Second

SECOND = 1_000_000_000
READS = workload("read")


def histogram(value_ns: int, count: int) -> Histogram:
    made = Histogram(lowest_ns=1_000)
    if count:
        made.record(value_ns, count)
    return made


def effort(**more: object) -> Effort:
    values: dict[str, object] = {
        "wall_s": 1.0,
        "cpu_s": 0.5,
        "operations": 1_000,
        "call_cpu_s": 0.4,
        "pause_s": 0.1,
        "busy_s": 0.5,
        "read_bytes": 0,
        "write_bytes": 0,
        "memory_bytes": 1 << 20,
    }
    return Effort(**{**values, **more})  # type: ignore[arg-type]


def report(done: int = 1_000, *, failed: int = 0, **more: object) -> Report:
    tally = Tally(
        done=done,
        failed=failed,
        all_done=2 * done,
        all_failed=failed,
        service=histogram(MS, done),
        response=None,
    )
    values: dict[str, object] = {
        "tallies": (tally,),
        "failures": (),
        "slices": (),
        "effort": effort(operations=done),
        "active_ns": SECOND,
        "lag": None,
        "queue_wait": None,
        "unsent": 0,
        "next_key": 0,
        "read_units": None,
        "write_units": None,
    }
    return Report(**{**values, **more})  # type: ignore[arg-type]


def measured(*reports: Report, slices: tuple[Slice, ...] = ()) -> Measured:
    """One worker a report; a window from 1 s to 2 s, the trial from 0 to 3 s."""
    jobs = tuple(
        Job(
            dialer=NoopDialer(),
            workload=READS,
            seed=1,
            worker=worker,
            workers=len(reports),
            records=1_000,
            clients=1,
            resolution_ns=1_000,
        )
        for worker in range(len(reports))
    )
    return Measured(
        jobs=jobs,
        reports=dict(enumerate(reports)),
        start_ns=0,
        window=Window(SECOND, 2 * SECOND),
        slices=slices,
        slice_ns=100 * MS,
    )


def read_at(found: Measured, *counters: Counters) -> Measured:
    """With readings at 0, 1, 2 and 3 s."""
    moments = ("first", "before", "after", "last")
    for position, (name, values) in enumerate(zip(moments, counters, strict=True)):
        setattr(found, name, Reading(position * SECOND, values))
    return found


def resources(
    found: Measured, *, in_process: bool = False, own_writes: bool = True, idle: Rates | None = None
) -> Resources:
    return summary.resources(
        found,
        in_process=in_process,
        own_writes=own_writes,
        idle=idle or Rates(),
        overhead=Overhead(cpu_s=1e-6, call_cpu_s=1e-4),
    )


def test_the_window_of_closed_load_is_that_of_the_clients() -> None:
    both = measured(report(active_ns=SECOND), report(active_ns=3 * SECOND))
    assert summary.window_s(both) == 2.0
    (result,) = summary.operations(both, READS)
    assert (result.count, result.throughput_per_s) == (2_000, 1_000.0)
    assert result.service.count == 2_000


def test_resources_are_per_operation_of_the_window_less_the_idle_baseline() -> None:
    counters = [Counters(cpu_s=float(s), log_bytes=1_000 * s, memory_bytes=7) for s in range(4)]
    found = resources(
        read_at(measured(report(1_000)), *counters), idle=Rates(cpu_s=0.25, log_bytes=400.0)
    )
    assert found.cpu_s == pytest.approx(0.75 / 1_000)
    assert found.log_bytes == pytest.approx(0.6)
    assert (found.memory_bytes, found.idle_cpu_s_per_s) == (7, 0.25)
    assert (found.source, found.operations) == ("engine-processes", 1_000)
    assert found.write_bytes is None


@pytest.mark.parametrize(
    ("used_s", "idle", "expected_s"), [(0.1, 5.0, None), (0.009, 0.0, None), (0.01, None, 1e-5)]
)
def test_cpu_that_the_clock_cannot_tell_from_the_baseline_is_not_measured(
    used_s: float, idle: float | None, expected_s: float | None
) -> None:
    counters = [Counters(cpu_s=5.1 + used_s * s, read_bytes=s) for s in range(4)]
    trial = read_at(measured(report(1_000)), *counters)
    found = resources(trial, idle=Rates(cpu_s=idle, read_bytes=9.0))
    assert found.cpu_s == (None if expected_s is None else pytest.approx(expected_s))
    assert found.read_bytes == 0.0


def test_what_drowns_in_the_loops_own_cpu_is_not_measured() -> None:
    spent = effort(call_cpu_s=0.09)
    found = resources(
        read_at(measured(report(1_000, effort=spent)), *[Counters()] * 4), in_process=True
    )
    assert found.cpu_s is None


def test_commits_and_ios_are_taken_over_the_whole_trial() -> None:
    """The engine books them when its sessions end: nothing between the readings in the window."""
    counters = [Counters(commits=0, write_ios=0)] * 3 + [Counters(commits=2_000, write_ios=500)]
    found = resources(read_at(measured(report(1_000)), *counters))
    assert found.commits == pytest.approx(1.0)  # 2,000 operations in the whole trial
    assert found.write_ios == pytest.approx(0.25)


def test_an_in_process_engine_uses_the_workers_cpu_less_the_loops_own() -> None:
    found = resources(
        read_at(measured(report(1_000), report(1_000)), *[Counters()] * 4), in_process=True
    )
    assert found.cpu_s == pytest.approx(0.4 / 1_000 - 1e-4)
    assert (found.source, found.memory_bytes) == ("worker", 1 << 20)


@pytest.mark.parametrize(
    ("dirtied_per_s", "handed_over_per_s", "expected"),
    [
        (1_000_000, 20_000, 20.0),  # whole folios
        (0, 3_000, 0.0),  # to pipes: nothing was made dirty
        (5_000, 20_000, 5.0),
        (None, 20_000, 20.0),
        (1_000_000, None, None),
    ],
)
def test_written_bytes_that_cannot_be_believed_are_bounded_by_the_write_calls(
    dirtied_per_s: int | None, handed_over_per_s: int | None, expected: float | None
) -> None:
    def at(per_s: int | None, s: int) -> int | None:
        return None if per_s is None else per_s * s

    counters = [
        Counters(write_bytes=at(dirtied_per_s, s), write_call_bytes=at(handed_over_per_s, s))
        for s in range(4)
    ]
    trial = read_at(measured(report(1_000)), *counters)
    found = resources(trial, own_writes=False)
    assert found.write_bytes == (None if expected is None else pytest.approx(expected))
    assert found.source == "engine-processes+write-calls"
    believed = resources(trial, own_writes=True).write_bytes
    assert believed == (None if dirtied_per_s is None else pytest.approx(dirtied_per_s / 1_000))


def test_an_in_process_engine_writes_in_the_worker() -> None:
    spent = effort(write_bytes=200_000_000, write_call_bytes=16_500_000)
    trial = read_at(measured(report(1_000, effort=spent)), *[Counters()] * 4)
    found = resources(trial, in_process=True, own_writes=False)
    assert found.write_bytes == pytest.approx(16_500.0)
    assert resources(trial, in_process=True).write_bytes == pytest.approx(200_000.0)


@pytest.mark.parametrize(("written_per_s", "expected"), [(17_000, 17.0), (9_000, None), (0, None)])
def test_less_written_than_logged_is_not_measured(
    written_per_s: int, expected: float | None
) -> None:
    """What is logged is on its way to the disk; a baseline of others must not hide it."""
    counters = [Counters(write_bytes=written_per_s * s, log_bytes=17_000 * s) for s in range(4)]
    assert resources(read_at(measured(report(1_000)), *counters)).write_bytes == expected


def test_what_was_not_read_is_none_and_not_zero() -> None:
    found = resources(measured(report()))
    assert found.source == "none"
    names = ("cpu_s", "read_bytes", "write_bytes", "read_ios", "log_bytes", "commits")
    assert {getattr(found, name) for name in names} == {None}


def test_units_are_per_operation_of_the_whole_trial() -> None:
    found = resources(measured(report(1_000, read_units=1_000.0, write_units=None)))
    assert (found.read_units, found.write_units) == (pytest.approx(0.5), None)


def test_the_series_covers_the_window_and_nothing_else() -> None:
    slices = tuple(Slice(position, position, 0, position * MS, MS) for position in range(30))
    points = summary.series(measured(report(), slices=slices))
    assert [point.t_s for point in points] == pytest.approx([0.1 * at for at in range(10)])
    assert [point.operations for point in points] == list(range(10, 20))
    assert points[0].mean_s == pytest.approx(0.001)


def test_a_slice_in_which_nothing_ended_has_no_mean() -> None:
    points = summary.series(measured(report(), slices=(Slice(12, 3, 1, 3 * MS, MS),)))
    assert [point.operations for point in points] == [0, 0, 3, *[0] * 7]
    assert (points[0].mean_s, points[0].max_s, points[2].errors) == (None, None, 1)


def test_errors_are_merged_by_kind_and_timed_from_the_window() -> None:
    def failures(kind: str, count: int, at_ns: int) -> Failures:
        return Failures(
            kind=kind, count=count, all_count=count + 1, first_at_ns=at_ns, example=str(at_ns)
        )

    both = measured(
        report(failures=(failures("timeout", 2, 1_500 * MS), failures("early", 0, 10))),
        report(failures=(failures("timeout", 3, 1_200 * MS), failures("refused", 9, 1_900 * MS))),
    )
    found = summary.errors(both)
    assert [(e.kind, e.count) for e in found] == [("refused", 9), ("timeout", 5)]
    assert (found[1].first_at_s, found[1].example) == (pytest.approx(0.2), str(1_200 * MS))


def test_without_a_window_the_errors_of_the_whole_trial_are_told() -> None:
    lost = Failures(kind="refused", count=0, all_count=4, first_at_ns=5, example="x")
    found = replace(measured(report(0, failures=(lost,))), window=None)
    assert [(e.kind, e.count) for e in summary.errors(found)] == [("refused", 4)]
    assert summary.series(found) == ()


def test_the_busiest_worker_tells_the_clients_utilisation() -> None:
    both = measured(
        report(effort=effort(cpu_s=0.2, busy_s=0.2)),
        report(effort=effort(cpu_s=0.9, busy_s=0.8, operations=3_000)),
    )
    found = summary.client(both, Overhead(cpu_s=3e-7))
    assert found.cpu_utilisation == pytest.approx(0.8)
    assert found.cpu_s_per_operation == pytest.approx(1.1 / 4_000)
    assert found.overhead_s_per_operation == 3e-7
    assert found.schedule_lag_p99_s is None
    assert found.queued_fraction is None


def test_lag_and_queueing_are_told_apart() -> None:
    found = summary.client(
        measured(report(lag=histogram(20_000, 300), queue_wait=histogram(5 * MS, 100))), Overhead()
    )
    assert found.schedule_lag_p50_s == pytest.approx(20e-6, rel=0.05)
    assert found.queued_fraction == pytest.approx(0.25)
    assert found.queue_wait_p99_s == pytest.approx(0.005, rel=0.01)


@pytest.mark.parametrize(
    ("kind", "expected"), [("insert", (2_000, 2_007)), ("delete", (-2_007, 0)), ("update", (0, 0))]
)
def test_rows_may_have_changed_by_what_was_acknowledged(
    kind: str, expected: tuple[int, int]
) -> None:
    assert summary.written_rows(measured(report(failed=7)), workload(kind)) == expected


def test_points_of_the_series_say_what_the_processes_used_in_them() -> None:
    points = tuple(
        Second(t_s=t, operations=1, errors=0, mean_s=None, max_s=None) for t in (0.0, 1.0, 2.0)
    )
    used = (
        (0.0, ProcessUse(cpu_s=1.0, read_bytes=0, write_bytes=0, write_call_bytes=0)),
        (2.0, ProcessUse(cpu_s=3.0, read_bytes=80, write_bytes=900, write_call_bytes=10)),
        (3.0, ProcessUse(cpu_s=3.5, read_bytes=80, write_bytes=900, write_call_bytes=30)),
    )
    found = summary.with_use(points, used, own_writes=False)
    assert [point.cpu_s for point in found] == [1.0, 1.0, 0.5]
    assert [point.read_bytes for point in found] == [40.0, 40.0, 0.0]
    assert [point.write_bytes for point in found] == [5.0, 5.0, 20.0]
    assert [p.write_bytes for p in summary.with_use(points, used, own_writes=True)] == [450, 450, 0]
    late = summary.with_use(points, used[1:], own_writes=True)
    assert [point.cpu_s for point in late] == [None, None, 0.5]
    assert summary.with_use(points, used[:1], own_writes=True) == points
