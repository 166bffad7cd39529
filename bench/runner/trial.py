"""One planned trial on a stand -> one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.driver.calibrate import Overhead, overhead
from bench.driver.conduct import Measured, Timing, conduct
from bench.driver.messages import Job
from bench.driver.notes import Housekeeping, Notebook, Observed, with_forecast, with_notes
from bench.engines.seam import Watched
from bench.runner import summary
from bench.runner.blank import Laboratory, on_stand
from bench.runner.extend import Extension
from bench.runner.monitor import Monitor
from bench.runner.plan import phase_workload
from bench.verify import TIMEOUT
from results.goodput import goodput_per_s
from results.record import ErrorCount, Outcome, Record, Storage
from workloads.errors import PlaceError
from workloads.transactions import deletes, inserts, replaces

if TYPE_CHECKING:
    from bench.engines.seam import Target as RunningTarget
    from bench.runner.stand import Stand
    from bench.suites import Pace
    from bench.telemetry import ProcessUse
    from results.manifest import PlannedTrial
    from workloads.spec.model import Workload

Watch = Callable[[float, float], None]
"""Called with operations per second and the share of the trial that is over."""

# Messages are looked at and latencies binned at most this often in closed load, and once a slice
# where those are longer; in open load binning makes requests late, so it is done less often there.
_BURST_S = 0.02
_OPEN_BURST_S = 0.1
# Open load goes on with its backlog after the window for as long as the window was, within these.
_DRAIN_S = (1.0, 10.0)
# Warm-up before a shape, where the pace allows it.
_LEAD_S = 2.0
# A worker that hears of the window later than this share of it has counted less than the others.
_MISSED_SHARE = 0.01
# So many processes of about 35 MB each are the most that one machine should be asked for.
_MOST_PROCESSES = 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a trial."""

    outcome: Outcome
    error: str | None = None


def perform(
    stand: Stand,
    planned: PlannedTrial,
    laboratory: Laboratory,
    *,
    record_id: str,
    watch: Watch | None = None,
    monitor: Monitor | Extension | None = None,
) -> Record:
    """Run the trial and say what came of it. An engine's failure becomes part of the record.

    A monitor may end the window early, and reads it at last; an extension lets it go on.
    PlaceError when the load needs more processes than a machine should run.
    """
    workload = phase_workload(stand.workload, stand.served.phase(planned.phase))
    record = on_stand(stand, planned, laboratory, record_id=record_id)
    record = replace(record, unsupported=stand.served.unsupported)
    checked = stand.verification
    if checked is not None:
        record = replace(record, answers_checked=checked.checked, answers_digest=checked.digest)
        if checked.timeout is not None and not checked.wrong:
            return timed_out(record, f"{TIMEOUT} while comparing answers: {checked.timeout}")
        if not checked.correct:
            return replace(record, outcome="incorrect", error=checked.first_difference)
    jobs = jobs_for(stand, workload, laboratory, planned, seed=record.trial.seed)
    window_s = planned.planned_duration_s
    if isinstance(monitor, Extension):
        window_s = monitor.longest_s
        record = replace(record, trial=replace(record.trial, precision=monitor.precision))
    if isinstance(monitor, Monitor):
        jobs = [
            replace(job, limits=monitor.limits, drain_ns=round(_DRAIN_S[0] * 1e9)) for job in jobs
        ]
    stand.crew.grow(len(jobs))
    cost = _overhead(stand, jobs, laboratory, planned)
    timing = _timing(laboratory, planned, window_s)
    target = stand.running
    notebook = _notebook(target)
    measured = conduct(
        stand.crew,
        jobs,
        timing,
        probe=stand.counters,
        observe=watch,
        enough=monitor.enough if monitor else None,
        notebook=notebook,
    )
    if isinstance(monitor, Monitor):
        monitor.finish(measured.lates)
    verdict = _verdict(stand, measured, workload)
    record = replace(record, outcome=verdict.outcome, error=verdict.error)
    record = _filled(record, stand, measured, workload=workload, cost=cost)
    record = with_notes(record, notebook.notes(measured.window))
    record = _with_use(record, notebook.used(measured.window), own_writes=stand.own_writes)
    record = with_forecast(record, target, workload)
    machines = laboratory.cluster.machines if laboratory.cluster else None
    return replace(record, client=replace(record.client, machines=machines))


def _notebook(target: RunningTarget) -> Notebook:
    return Notebook(
        target.housekeeping if isinstance(target, Housekeeping) else dict,
        target.use if isinstance(target, Observed) else None,
    )


def _with_use(
    record: Record, used: Sequence[tuple[float, ProcessUse]], *, own_writes: bool
) -> Record:
    return replace(record, series=summary.with_use(record.series, used, own_writes=own_writes))


def timed_out(record: Record, error: str) -> Record:
    """The record of a trial whose engine did not answer while nothing was measured.

    Not the outcome `timeout`, which is that of a load that was too much.
    """
    told = ErrorCount(kind=TIMEOUT, count=1, first_at_s=0.0, example=error)
    return replace(record, outcome="error", error=error, errors=(told,))


def jobs_for(
    stand: Stand,
    workload: Workload,
    laboratory: Laboratory,
    planned: PlannedTrial,
    *,
    seed: int,
) -> list[Job]:
    """One job for each worker."""
    offer, pace, cluster = laboratory.offer(planned), laboratory.pace, laboratory.cluster
    workers = offer.workers(
        cpus=cluster.cpus if cluster else laboratory.environment.cpus,
        pipelined=stand.pipelined,
        in_process=stand.target.engine.in_process,
        workload=stand.workload,
    )
    if cluster is not None:  # every one of its workers takes part, as far as there are clients
        workers = max(workers, min(cluster.size, offer.clients))
    if workers > _MOST_PROCESSES * (cluster.machines if cluster else 1):
        raise PlaceError(
            f"{planned.load} on {planned.target} needs {workers} processes",
            hint=f"at most {_MOST_PROCESSES} clients where each needs a process of its own",
        )
    clients = offer.shares(workers) if stand.pipelined else (1,) * workers
    schedule = offer.schedule(
        stand.workload, window_s=planned.planned_duration_s, lead_s=_lead_s(pace)
    )
    burst_s = _OPEN_BURST_S if schedule else min(max(_BURST_S, pace.slice_s), _OPEN_BURST_S)
    drain_s = min(max(planned.planned_duration_s, _DRAIN_S[0]), _DRAIN_S[1])
    return [
        Job(
            dialer=stand.dialer,
            workload=workload,
            seed=seed,
            worker=worker,
            workers=workers,
            records=stand.next_key,
            clients=share,
            resolution_ns=stand.target.engine.resolution_ns,
            schedule=schedule,
            think_ns=round(offer.think_s * 1e9),
            slice_ns=round(pace.slice_s * 1e9),
            burst_ns=round(burst_s * 1e9),
            drain_ns=round(drain_s * 1e9),
            record_bytes=stand.data.record_size_bytes,
        )
        for worker, share in enumerate(clients)
    ]


def _timing(laboratory: Laboratory, planned: PlannedTrial, window_s: float) -> Timing:
    pace = laboratory.pace
    shaped = laboratory.offer(planned).changes
    return Timing(
        duration_s=window_s,
        warmup_min_s=pace.warmup_min_s,
        warmup_max_s=pace.warmup_max_s,
        window_at_s=_lead_s(pace) if shaped else None,
        slice_s=pace.slice_s,
        drain_s=min(max(planned.planned_duration_s, _DRAIN_S[0]), _DRAIN_S[1]),
    )


def _lead_s(pace: Pace) -> float:
    """Warm-up before a load whose rate changes by plan: no test can tell when that is over."""
    return min(max(pace.warmup_min_s, _LEAD_S), pace.warmup_max_s)


def _overhead(
    stand: Stand, jobs: list[Job], laboratory: Laboratory, planned: PlannedTrial
) -> Overhead:
    """The driver's own cost on this loop; measured once in a run."""
    key = (planned.load, len(jobs))
    if key not in laboratory.overheads:
        laboratory.overheads[key] = overhead(stand.crew, jobs)
    return laboratory.overheads[key]


def _verdict(stand: Stand, measured: Measured, workload: Workload) -> Verdict:
    """The outcome; remembers what the trial did to the data.

    Of a server that died the error says so: what else went wrong follows from it.
    """
    verdict = _judged(stand, measured, workload)
    ended = stand.running.ended() if isinstance(stand.running, Watched) else None
    if ended is None:
        return verdict
    stand.broken = f"{ended} during the trial; {verdict.error or 'nobody has asked it since'}"
    return Verdict("error", stand.broken)


def _judged(stand: Stand, measured: Measured, workload: Workload) -> Verdict:
    verdict = _of_workers(measured)
    for report in measured.reports.values():
        stand.next_key = max(stand.next_key, report.next_key)
    if verdict.outcome != "ok":
        # what the missing workers wrote is unknown, so the next trial gets a fresh load
        stand.broken = verdict.error
        return verdict
    changes_rows = any(inserts(o) or deletes(o) or replaces(o) for o in workload.operations)
    if changes_rows and stand.loaded.rows:  # the no-op engine holds none and counts none
        verdict = _of_rows(stand, measured, workload)
    if verdict.outcome == "ok" and not summary.rate_per_s(measured):
        why = "; ".join(f"{e.kind} x {e.count}: {e.example}" for e in summary.errors(measured)[:3])
        return Verdict("error", f"no operation was completed in the window. {why}".strip())
    return verdict


def _of_workers(measured: Measured) -> Verdict:
    count = len(measured.jobs)
    if measured.failed:
        return Verdict("error", next(iter(measured.failed.values())))
    if measured.lost:
        worker, how = next(iter(measured.lost.items()))
        return Verdict("unstable", f"worker {worker + 1} of {count} ended by itself ({how})")
    if measured.late:
        return Verdict("timeout", f"{len(measured.late)} of {count} workers did not answer in time")
    window = measured.window
    if window is not None and measured.missed_s * 1e9 > _MISSED_SHARE * (
        window.to_ns - window.from_ns
    ):
        missed = f"a worker heard of the window {measured.missed_s * 1e3:.0f} ms after it began"
        return Verdict("unstable", f"{missed}: what it did until then is not counted")
    if measured.probe_error:
        return Verdict("error", f"the engine's counters cannot be read: {measured.probe_error}")
    return Verdict("ok")


def _of_rows(stand: Stand, measured: Measured, workload: Workload) -> Verdict:
    """Whether the engine holds as many rows as it acknowledged."""
    least, most = summary.written_rows(measured, workload)
    least, most = stand.rows_least + least, stand.rows_most + most
    try:
        rows = stand.row_count()
    except Exception as error:  # noqa: BLE001 - an engine that cannot count becomes the error
        stand.broken = f"rows cannot be counted: {error}"
        return Verdict("error", stand.broken)
    stand.rows_least = stand.rows_most = rows
    if least <= rows <= most:
        return Verdict("ok")
    expected = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return Verdict(
        "incorrect", f"the table holds {rows:,} rows after the trial; {expected} were acknowledged"
    )


def _filled(
    record: Record, stand: Stand, measured: Measured, *, workload: Workload, cost: Overhead
) -> Record:
    """The record with what was measured, as far as it goes."""
    reports = list(measured.reports.values())
    schedule = measured.jobs[0].schedule
    results = summary.operations(measured, workload)
    done = sum(result.count for result in results)
    duration_s = summary.window_s(measured)
    steady = measured.steady()
    failed = sum(result.errors for result in results)
    failed += sum(report.unsent + report.refused for report in reports)
    return replace(
        record,
        load=replace(
            record.load,
            workers=len(measured.jobs),
            clients=sum(job.clients for job in measured.jobs),
            rate_per_s=record.load.rate_per_s or (schedule.rate_per_s if schedule else None),
        ),
        duration_s=duration_s,
        warmup_s=measured.warmup_s,
        operations_done=done,
        goodput_per_s=goodput_per_s(results, summary.rate_per_s(measured), stand.workload),
        errors_count=failed,
        throughput_per_s=summary.rate_per_s(measured),
        operations=results,
        errors=summary.errors(measured),
        resources=summary.resources(
            measured,
            in_process=stand.target.engine.in_process,
            own_writes=stand.own_writes,
            idle=stand.idle,
            overhead=cost,
        ),
        storage=_storage(stand, measured, workload),
        series=summary.series(measured),
        client=summary.client(measured, cost),
        steady=steady.steady,
        steady_reason=steady.reason,
    )


def _storage(stand: Stand, measured: Measured, workload: Workload) -> Storage:
    loaded = stand.loaded
    writes = any(operation.is_write for operation in workload.operations)
    after = measured.after.counters.stored_bytes if measured.after and writes else None
    return Storage(
        rows=loaded.rows,
        logical_bytes=loaded.logical_bytes,
        stored_bytes=loaded.stored_bytes,
        stored_bytes_after=after,
        load_s=loaded.seconds,
        rows_per_s=loaded.rows / loaded.seconds if loaded.seconds else 0.0,
        parts=loaded.parts,
    )
