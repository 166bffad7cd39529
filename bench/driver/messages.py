"""What crosses between the parent and its workers. Values only: any transport can carry them.

Moments are int64 nanoseconds of the machine's monotonic clock (`time.perf_counter_ns`), which
all processes of one machine share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.driver.schedule import Schedule
    from bench.engines.seam import Dialer
    from results.histogram import Histogram
    from workloads.spec.model import Workload


@dataclass(frozen=True, slots=True)
class Limit:
    """Answers to the operations at these positions of the mix are late after `ns`."""

    operations: tuple[int, ...]
    ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one worker does in one trial.

    workload   with the operations of this phase only
    records    rows that exist when the trial starts: keys are chosen below, inserts go above
    clients    sessions of this worker; more than one needs pipelined sessions
    schedule   intended times (open load); None: closed load
    slice_ns   width of the series' slices
    burst_ns   longest time between two looks at the parent's messages, while answers come
    drain_ns   open load: how long after the end answers are waited for
    give_up_ns without any success for so long, the engine counts as lost
    limits     what counts as late, slice by slice; empty: nothing is counted
    record_bytes  of a record that is written, so that few large ones are made ahead; 0: small
    """

    dialer: Dialer
    workload: Workload
    seed: int
    worker: int
    workers: int
    records: int
    clients: int
    resolution_ns: int
    schedule: Schedule | None = None
    think_ns: int = 0
    slice_ns: int = 100_000_000
    burst_ns: int = 20_000_000
    drain_ns: int = 5_000_000_000
    give_up_ns: int = 3_000_000_000
    limits: tuple[Limit, ...] = ()
    record_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Begin:
    """Start at `at_ns`; stop at `end_ns` when no window was named before."""

    at_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Window:
    """Measure what is due (closed load: what starts) from `from_ns` until `to_ns`, then stop.

    A second one may bring the end forward, to a moment that is still to come.
    """

    from_ns: int
    to_ns: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop now and report what there is."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End the worker process."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Connected, prepared, first arguments encoded."""

    server_pids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice of a worker's series: `position` counts slices from the start."""

    position: int
    operations: int
    errors: int
    sum_ns: int
    max_ns: int


@dataclass(frozen=True, slots=True)
class Late:
    """Of the answers in one slice, for each of the job's limits: how many it concerns, how many
    of them were late (failed ones are)."""

    position: int
    counted: tuple[int, ...]
    late: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Slices that are complete since the last progress; all below `complete` are."""

    slices: tuple[Slice, ...]
    complete: int
    lates: tuple[Late, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker could not do the job at all (dialling or binding failed, or a defect)."""

    kind: str
    text: str


@dataclass(slots=True, kw_only=True)
class Failures:
    """Failed operations of one kind of error, in the window and in the whole trial.

    `first_at_ns`, `last_at_ns` are the moments of the first and the last of the whole trial.
    """

    kind: str
    count: int
    all_count: int
    first_at_ns: int
    example: str
    last_at_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one operation of the mix did. `service`, `response`: of successes in the window.

    `done` and `failed` count the window; `all_done` and `all_failed` the whole trial, warm-up
    included, for checking the number of rows afterwards.
    """

    done: int
    failed: int
    all_done: int
    all_failed: int
    service: Histogram
    response: Histogram | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What the worker itself spent, between its looks at the clock inside the window.

    wall_s, cpu_s, operations  of the whole worker
    call_cpu_s                 CPU inside the timed path only (closed and inline load)
    pause_s                    time in which the worker encoded or binned instead of requesting
    busy_s                     time in which it had work to do itself: near `wall_s`, the worker
                               is the limit. CPU time, less what was spent looking at the clock;
                               of pipelined load all time but that without work
    read_bytes, write_bytes    this process's storage traffic; None where it cannot be read
    write_call_bytes           what it handed over in write calls, see bench/telemetry.py
    waited_s                   time in which it was ready to run and had no processor; None where
                               the system does not tell
    """

    wall_s: float
    cpu_s: float
    operations: int
    call_cpu_s: float | None
    pause_s: float
    busy_s: float
    read_bytes: int | None
    write_bytes: int | None
    memory_bytes: int | None
    waited_s: float | None = None
    write_call_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a worker found, after its last answer.

    active_ns     closed load: from the first counted start to the last counted end, all clients
                  added up; divided by the clients it is the window in which the counted ran
    lag           due -> sent, of requests for which a connection was free when they were due
    queue_wait    due -> sent of the others: the wait for a free connection
    unsent        requests due in the window and never sent, because every connection was busy
    refused       connections that the engine refused in the window
    next_key      one above the highest key that was inserted (or the job's `records`)
    read_units, write_units   by the engine's own accounting, over the whole trial
    lost          why the worker gave the engine up, or None
    lates         late answers in each slice, when the job has limits
    started_ns    when it began to offer load
    missed_ns     how much of the window was over when the worker heard of it
    clock_error_ns  how far `started_ns` may be wrong: 0 where parent and worker share a clock
    """

    tallies: tuple[Tally, ...]
    failures: tuple[Failures, ...]
    slices: tuple[Slice, ...]
    effort: Effort
    active_ns: int
    lag: Histogram | None
    queue_wait: Histogram | None
    unsent: int
    next_key: int
    read_units: float | None
    write_units: float | None
    lost: str | None = None
    refused: int = 0
    lates: tuple[Late, ...] = ()
    started_ns: int | None = None
    missed_ns: int = 0
    clock_error_ns: int = 0
