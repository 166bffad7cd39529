"""What the driver measured -> the parts of a record. Pure: nothing is read or run here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from bench.engines.seam import Counters
from bench.runner import growth
from results.distribution import of_histogram
from results.histogram import Histogram
from results.record import (
    Client,
    ErrorCount,
    OperationResult,
    Resources,
    Second,
)
from workloads.transactions import deletes, inserts, replaces

if TYPE_CHECKING:
    from bench.driver.calibrate import Overhead
    from bench.driver.conduct import Measured, Reading
    from bench.driver.messages import Effort, Failures, Report, Slice
    from bench.telemetry import ProcessUse
    from workloads.spec.model import Workload

# From this length on the series has one point a second, below one a slice.
_SECONDS_FROM_S = 20.0
# A look at the engine's processes is so late at most.
_AROUND_S = 0.1


@dataclass(frozen=True, slots=True)
class Rates:
    """Counters per second: what the engine uses without any request (the idle baseline)."""

    cpu_s: float | None = None
    read_bytes: float | None = None
    write_bytes: float | None = None
    read_ios: float | None = None
    write_ios: float | None = None
    log_bytes: float | None = None
    commits: float | None = None
    write_call_bytes: float | None = None

    @staticmethod
    def names() -> tuple[str, ...]:
        """What is counted."""
        return tuple(field.name for field in fields(Rates))


def rates(before: Reading, after: Reading) -> Rates:
    """Growth of each counter per second between two readings."""
    span_s = (after.at_ns - before.at_ns) / 1e9
    if span_s <= 0:
        return Rates()
    found = {}
    for name in Rates.names():
        first, last = value(before, name), value(after, name)
        found[name] = None if first is None or last is None else (last - first) / span_s
    return Rates(**found)


def value(reading: Reading, name: str) -> float | None:
    """One of `Rates.names()` at a reading, cumulative; None: not measured."""
    found: float | None = getattr(reading.counters, name)
    return found


def window_s(measured: Measured) -> float:
    """Seconds in which the counted operations ran.

    Closed load: mean over the clients from the first counted start to the last counted end (an
    operation that began in the window belongs to it with its whole length). Open load: the window.
    """
    window = measured.window
    if window is None:
        return 0.0
    planned_s = (window.to_ns - window.from_ns) / 1e9
    if measured.jobs[0].schedule is not None:
        return planned_s
    active = [
        (report.active_ns, measured.jobs[worker].clients)
        for worker, report in measured.reports.items()
        if report.active_ns
    ]
    if not active:
        return planned_s
    return sum(ns for ns, _ in active) / sum(clients for _, clients in active) / 1e9


def rate_per_s(measured: Measured) -> float:
    """Operations completed without error, per second of the window.

    Open load: those that ended in the window. Beyond the knee they were due before it, and what
    was due in it is still answered when it is over: neither is what the engine does in a second.
    """
    duration_s = window_s(measured)
    if not duration_s:
        return 0.0
    if measured.jobs[0].schedule is not None:
        return sum(second.operations for second in series(measured)) / duration_s
    done = sum(tally.done for report in measured.reports.values() for tally in report.tallies)
    return done / duration_s


def operations(measured: Measured, workload: Workload) -> tuple[OperationResult, ...]:
    """Counts and distributions of each operation of the phase, all workers merged."""
    reports = list(measured.reports.values())
    whole = sum(tally.done for report in reports for tally in report.tallies)
    rate = rate_per_s(measured)
    found = []
    for position, operation in enumerate(workload.operations):
        tallies = [report.tallies[position] for report in reports]
        if not tallies:
            continue
        done = sum(tally.done for tally in tallies)
        responses = [tally.response for tally in tallies if tally.response is not None]
        found.append(
            OperationResult(
                index=position,
                kind=operation.kind,
                count=done,
                errors=sum(tally.failed for tally in tallies),
                throughput_per_s=rate * done / whole if whole else 0.0,
                service=of_histogram(Histogram.merged(tally.service for tally in tallies)),
                response=of_histogram(Histogram.merged(responses)) if responses else None,
            )
        )
    return tuple(found)


def errors(measured: Measured) -> tuple[ErrorCount, ...]:
    """Errors by kind, the most frequent first; in the window, or in all when there was none."""
    whole: dict[str, list[Failures]] = {}
    for report in measured.reports.values():
        for failures in report.failures:
            whole.setdefault(failures.kind, []).append(failures)
    origin_ns = measured.window.from_ns if measured.window else measured.start_ns
    found = []
    for kind, parts in whole.items():
        count = sum(part.count if measured.window else part.all_count for part in parts)
        if count:
            first = min(parts, key=lambda part: part.first_at_ns)
            last_ns = max(part.last_at_ns for part in parts)
            found.append(
                ErrorCount(
                    kind=kind,
                    count=count,
                    first_at_s=(first.first_at_ns - origin_ns) / 1e9,
                    example=first.example,
                    last_at_s=(last_ns - origin_ns) / 1e9,
                )
            )
    return tuple(sorted(found, key=lambda error: -error.count))


def series(measured: Measured) -> tuple[Second, ...]:
    """What ended in each slice of the window (each second, for long windows)."""
    window, slice_ns = measured.window, measured.slice_ns
    if window is None:
        return ()
    first = (window.from_ns - measured.start_ns) // slice_ns
    count = max(1, round((window.to_ns - window.from_ns) / slice_ns))
    width = 1
    if count * slice_ns / 1e9 >= _SECONDS_FROM_S:
        width = max(1, round(1e9 / slice_ns))
    inside = {s.position - first: s for s in measured.slices if 0 <= s.position - first < count}
    points = []
    for start in range(0, count, width):
        parts = [inside[at] for at in range(start, start + width) if at in inside]
        points.append(_second(start * slice_ns / 1e9, parts))
    return tuple(points)


def with_use(
    series: Sequence[Second], used: Sequence[tuple[float, ProcessUse]], *, own_writes: bool
) -> tuple[Second, ...]:
    """The points with what the engine's processes used in them.

    `used`: cumulative, at moments of the window about a second apart; between two of them use is
    taken to be even, so a point shorter than a second shows its second's. What lies outside of the
    first and the last moment has none. `own_writes` as for `resources`: where it is not so, the bytes
    of write calls stand for the written ones.
    """
    points = tuple(series)
    if len(used) < 2 or not points:
        return points
    ends = [*(point.t_s for point in points[1:]), used[-1][0]]
    spans = [(a.t_s, end) for a, end in zip(points, ends, strict=True)]
    names = ("cpu_s", "read_bytes", "write_bytes" if own_writes else "write_call_bytes")
    found = [_between(name, used, spans) for name in names]
    return tuple(
        replace(point, cpu_s=cpu_s, read_bytes=read, write_bytes=written)
        for point, cpu_s, read, written in zip(points, *found, strict=True)
    )


def _between(
    name: str, used: Sequence[tuple[float, ProcessUse]], spans: Sequence[tuple[float, float]]
) -> list[float | None]:
    """Growth of one counter in each span; None where it was not looked at."""
    import numpy as np

    known = [(at_s, value) for at_s, use in used if (value := getattr(use, name)) is not None]
    if len(known) < 2:
        return [None] * len(spans)
    moments, values = zip(*known, strict=True)
    first_s, last_s = moments[0] - _AROUND_S, moments[-1] + _AROUND_S
    grown = np.interp([b for _, b in spans], moments, values) - np.interp(
        [a for a, _ in spans], moments, values
    )
    return [
        float(max(0.0, by)) if first_s <= a < b <= last_s else None
        for (a, b), by in zip(spans, grown, strict=True)
    ]


def client(measured: Measured, overhead: Overhead) -> Client:
    """The load generator's own state."""
    reports = list(measured.reports.values())
    efforts = [report.effort for report in reports]
    done = sum(effort.operations for effort in efforts)
    used_s = sum(effort.cpu_s for effort in efforts)
    lag = _merged(report.lag for report in reports)
    wait = _merged(report.queue_wait for report in reports)
    p50, p99 = lag.percentiles_ns((50, 99)) if lag else (None, None)
    queued = wait.count if wait else 0
    sent = queued + (lag.count if lag else 0)
    return Client(
        cpu_s_per_operation=used_s / done if done else None,
        cpu_utilisation=max(
            (effort.busy_s / effort.wall_s for effort in efforts if effort.wall_s), default=None
        ),
        overhead_s_per_operation=overhead.cpu_s,
        schedule_lag_p50_s=None if p50 is None else p50 / 1e9,
        schedule_lag_p99_s=None if p99 is None else p99 / 1e9,
        queued_fraction=queued / sent if sent else None,
        queue_wait_p99_s=_seconds(wait.percentile_ns(99)) if wait else None,
        start_spread_s=measured.start_spread_s,
        cpu_wait_fraction=max(
            (e.waited_s / e.wall_s for e in efforts if e.wall_s and e.waited_s is not None),
            default=None,
        ),
    )


def resources(
    measured: Measured, *, in_process: bool, own_writes: bool, idle: Rates, overhead: Overhead
) -> Resources:
    """Resources per completed operation over the window, idle baseline subtracted.

    Commits and IOs are taken over the whole trial, from before the sessions are opened until
    they are closed: engines hand these counts in late, a second or so, but at the latest when a
    session ends. `own_writes`: see `growth.written`.
    """
    reports = list(measured.reports.values())
    efforts = [report.effort for report in reports]
    worker = in_process and bool(efforts)
    counters = measured.after.counters if measured.after else Counters()
    known = any(value is not None for value in values_of(counters))
    done = sum(tally.done for report in reports for tally in report.tallies)
    window = _PerOperation(measured.before, measured.after, rate_per_s(measured))
    all_done = sum(tally.all_done for report in reports for tally in report.tallies)
    trial = _PerOperation(measured.first, measured.last, _rate(measured, all_done))
    source = "worker" if worker else "engine-processes" if known else "none"
    written = window.of("write_bytes", idle)
    handed_over = window.of("write_call_bytes", idle)
    if worker:
        written = _worker_sum(efforts, lambda effort: effort.write_bytes)
        handed_over = _worker_sum(efforts, lambda effort: effort.write_call_bytes)
    log = window.of("log_bytes", idle)
    return Resources(
        source=source if own_writes or source == "none" else f"{source}+write-calls",
        operations=done,
        cpu_s=_worker_cpu_s(efforts, overhead) if worker else window.of("cpu_s", idle),
        read_bytes=(
            _worker_sum(efforts, lambda effort: effort.read_bytes)
            if worker
            else window.of("read_bytes", idle)
        ),
        write_bytes=growth.written(
            written, handed_over=handed_over, log=log, own_writes=own_writes
        ),
        read_ios=trial.of("read_ios", idle),
        write_ios=trial.of("write_ios", idle),
        log_bytes=log,
        commits=trial.of("commits", idle),
        read_units=_units(reports, lambda report: report.read_units),
        write_units=_units(reports, lambda report: report.write_units),
        memory_bytes=_memory(counters, efforts) if worker else counters.memory_bytes,
        idle_cpu_s_per_s=idle.cpu_s,
    )


class _PerOperation:
    """Growth of counters between two readings, per operation."""

    def __init__(self, before: Reading | None, after: Reading | None, rate_per_s: float) -> None:
        self._growth = rates(before, after) if before and after else Rates()
        self._span_s = (after.at_ns - before.at_ns) / 1e9 if before and after else 0.0
        self._rate_per_s = rate_per_s

    def of(self, name: str, idle: Rates) -> float | None:
        """One counter, less what it grows by without any request; None: not measured.

        CPU time is not measured when the engine's own share of it is less than the clock tells.
        """
        grown, baseline = getattr(self._growth, name), getattr(idle, name)
        if grown is None or not self._rate_per_s:
            return None
        own = max(0.0, grown - (baseline or 0.0))
        if name == "cpu_s" and growth.told_s(own * self._span_s) is None:
            return None
        return float(own / self._rate_per_s)


def _rate(measured: Measured, operations: int) -> float:
    """Operations per second between the first and the last reading."""
    if measured.first is None or measured.last is None:
        return 0.0
    span_s = (measured.last.at_ns - measured.first.at_ns) / 1e9
    return operations / span_s if span_s > 0 else 0.0


def values_of(counters: Counters) -> list[int | float | None]:
    """The values of all counters."""
    return [getattr(counters, field.name) for field in fields(counters)]


def written_rows(measured: Measured, workload: Workload) -> tuple[int, int]:
    """By how many rows the main table may have grown over the whole trial: least, most.

    A failed write may or may not have taken effect, and a delete may have found nothing.
    """
    least = most = 0
    missing = any(map(deletes, workload.operations))
    for report in measured.reports.values():
        for operation, tally in zip(workload.operations, report.tallies, strict=True):
            tried = tally.all_done + tally.all_failed
            least += inserts(operation) * tally.all_done - deletes(operation) * tried
            most += inserts(operation) * tried
            # what is deleted and inserted again grows the table where it was not there
            most += replaces(operation) * tried if missing else 0
    return least, most


def _second(at_s: float, parts: Sequence[Slice]) -> Second:
    done = sum(part.operations for part in parts)
    return Second(
        t_s=at_s,
        operations=done,
        errors=sum(part.errors for part in parts),
        mean_s=sum(part.sum_ns for part in parts) / done / 1e9 if done else None,
        max_s=max(part.max_ns for part in parts) / 1e9 if done else None,
    )


def _merged(histograms: Iterable[Histogram | None]) -> Histogram | None:
    present = [histogram for histogram in histograms if histogram is not None]
    return Histogram.merged(present) if present else None


def _seconds(value_ns: int | None) -> float | None:
    return None if value_ns is None else value_ns / 1e9


def _worker_cpu_s(efforts: Sequence[Effort], overhead: Overhead) -> float | None:
    """CPU of the requests of an in-process engine, the loop's own subtracted."""
    done = sum(effort.operations for effort in efforts)
    used = [effort.call_cpu_s for effort in efforts]
    if not done or overhead.call_cpu_s is None:
        return None
    total = 0.0
    for value in used:
        if value is None:
            return None
        total += value
    own_s = total / done - overhead.call_cpu_s
    # what drowns in the loop's own is not measured: no request costs nothing
    return own_s if own_s > 0 else None


def _worker_sum(efforts: Sequence[Effort], value: Callable[[Effort], int | None]) -> float | None:
    done = sum(effort.operations for effort in efforts)
    found = [value(effort) for effort in efforts]
    if not done or any(part is None for part in found):
        return None
    return sum(part for part in found if part is not None) / done


def _units(reports: Sequence[Report], value: Callable[[Report], float | None]) -> float | None:
    """Capacity units per completed operation, over the whole trial."""
    done = sum(tally.all_done for report in reports for tally in report.tallies)
    found = [value(report) for report in reports]
    if not done or not found or any(part is None for part in found):
        return None
    return sum(part for part in found if part is not None) / done


def _memory(counters: Counters, efforts: Sequence[Effort]) -> int | None:
    if counters.memory_bytes is not None:
        return counters.memory_bytes
    found = [effort.memory_bytes for effort in efforts if effort.memory_bytes is not None]
    return max(found, default=None)
