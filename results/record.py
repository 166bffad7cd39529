"""The record: what a trial leaves. Immutable, versioned, self-describing, one JSON line each.

All times in seconds, sizes in bytes. `None` is *not measured*, never 0. Open-ended maps are
lists of name and value, so that the columns of a table of records do not depend on the content.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RECORD_SCHEMA = 1

# `unsupported`: the engine does not serve the operation, so nothing was tried; `error` says why.
Outcome = Literal["ok", "error", "timeout", "incorrect", "unstable", "unsupported"]
Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameValue:
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRef:
    """Which workload: its name, the digest of its canonical form, and that form as JSON text."""

    name: str
    digest: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was asked for. `phase` is `mix`, one operation kind measured alone, or `NAME:WAY`.

    `NAME:WAY` is a procedure, such as `backup:copy`. `axis` says which of the five axes the trial
    varies, `varied` what it varies and to which value: inputs of the workload by their path, the
    `load`, options of the engine as `option:KEY`; where nothing was varied both are empty.

    `data` says where rows of a person's own file come from and how they were scaled; of a shipped
    dataset, nothing.

    `variant` is set on the second side of an interleaved comparison: what differs from the first
    side (`durability=relaxed`), or `same`. Repetitions of equal number are a pair. `precision`:
    the window was to go on past its planned duration until throughput was known to this half
    width, a fraction of it, or until time was up; None: it was to last as long as planned.
    """

    suite: str | None
    phase: str
    repetition: int
    seed: int
    records: int
    record_size_bytes: float
    scale: float
    durability: str
    dataset: str
    keys: str
    planned_duration_s: float
    variant: str | None = None
    precision: float | None = None
    axis: str | None = None
    varied: tuple[NameValue, ...] = ()
    emulate: str | None = None  # storage and network that were asked for, such as gp3,zones=2
    data: tuple[NameValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How requests were offered. closed: `clients`; open: `rate_per_s` and `arrivals`.

    `compression`: so many seconds of a shape that has a time of its own, such as a day, passed in
    one second of the window.
    none: a procedure, of which a load is no part.
    """

    kind: Literal["closed", "open", "none"]
    clients: int
    workers: int
    rate_per_s: float | None
    arrivals: str | None
    think_time_s: float | None
    compression: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    name: str
    version: str
    place: str
    durability: str
    in_process: bool
    settings: tuple[NameValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A latency distribution. Percentiles that the sample does not support are None.

    `histogram` is HdrHistogram V2, compressed, base64; its unit is `histogram_unit_s` seconds.
    """

    count: int
    mean_s: float | None
    min_s: float | None
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None
    p999_s: float | None
    max_s: float | None
    histogram: str
    histogram_unit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCount:
    """Failures of one kind in the window; when the first and the last were, since it began.

    The first may have been before the window. `refused`: a client that was not let in, and
    `unsent`: a request that was due and found no connection, are no operation's errors.
    """

    kind: str
    count: int
    first_at_s: float
    example: str
    last_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResult:
    """One operation of the mix. `response` is None in closed load (there is no due time)."""

    index: int
    kind: str
    count: int
    errors: int
    throughput_per_s: float
    service: Distribution
    response: Distribution | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Resources per completed operation over the steady window, idle baseline subtracted.

    `source` says what was read: `engine-processes`, `worker` (in-process engines) or `none`;
    `+write-calls` is added where processes count whole folios as written bytes (large folios of
    the file system) and what they handed over in write calls bounds them. `write_bytes` is None,
    too, where less than `log_bytes` was seen.
    """

    source: str
    operations: int
    cpu_s: float | None
    read_bytes: float | None
    write_bytes: float | None
    read_ios: float | None
    write_ios: float | None
    log_bytes: float | None
    commits: float | None
    read_units: float | None
    write_units: float | None
    memory_bytes: int | None
    idle_cpu_s_per_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """What a table takes at rest without its indexes, or one of its indexes."""

    table: str
    index: str | None
    stored_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What loading cost and what the data takes at rest.

    `parts`: of `stored_bytes`, what tables and indexes take; None: the engine does not tell.
    """

    rows: int
    logical_bytes: int
    stored_bytes: int | None
    stored_bytes_after: int | None
    load_s: float
    rows_per_s: float
    parts: tuple[StoredPart, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """One second of the measured window.

    cpu_s, read_bytes, write_bytes   that the engine's processes used in it, idle use included
    """

    t_s: float
    operations: int
    errors: int
    mean_s: float | None
    max_s: float | None
    cpu_s: float | None = None
    read_bytes: float | None = None
    write_bytes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the engine did of its own accord in the window: a checkpoint, flushing, growth.

    count                    by how much the engine's own count grew
    first_at_s, last_at_s    since the window began: the look at the counter before it first grew,
                             and the look that last saw it grow
    """

    kind: str
    count: int
    first_at_s: float
    last_at_s: float

    @property
    def text(self) -> str:
        """As people read it."""
        return f"{self.kind} +{self.count:,} in {self.first_at_s:.2g}..{self.last_at_s:.2g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The load generator's own state: what it cost, and whether it was the limit."""

    cpu_s_per_operation: float | None
    cpu_utilisation: float | None  # busiest worker, 0..1, without its waits
    overhead_s_per_operation: float | None  # of the no-op engine, same loop
    schedule_lag_p50_s: float | None  # due -> sent, while a connection was free
    schedule_lag_p99_s: float | None
    queued_fraction: float | None = None  # open load: requests that waited for a connection
    queue_wait_p99_s: float | None = None  # of those, part of their response time
    start_spread_s: float | None = None  # first worker's start to the last's, clock doubt included
    cpu_wait_fraction: float | None = None  # ready to run, without a processor; worst worker, 0..1
    machines: int | None = None  # that the workers of a cluster were on; None: not a cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulation:
    """Storage and network that the store was made as slow as.

    flush_target_s            what one flush takes on that storage, its copy elsewhere included
    local_flush_s             what it takes on the disk that the data really lies on
    flushes_per_commit        that wait for each other in a commit of this engine
    commit_delay_s            what was to be added to a commit: flushes x (target - local), at least 0
    commit_delay_achieved_s   how much longer the smallest commits of one client got, at the median
    round_trip_s              what was to be added to each exchange
    round_trip_achieved_s     how much longer reads by key of one client got, at the median
    how                       what made commits wait
    sources                   of the figures
    """

    flush_target_s: float
    local_flush_s: float
    flushes_per_commit: int
    commit_delay_s: float
    commit_delay_achieved_s: float | None
    round_trip_s: float
    round_trip_achieved_s: float | None
    how: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement of a gate: whether this record is evidence."""

    code: str
    level: Level
    message: str
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The machine and the software, as read at the start of the run. No host name, no paths.

    cpu_score_…      megabytes (10^6 bytes) of a fixed text deflated per second by an undisturbed
                     thread, and by one a processor together (bench/kernel.py)
    cpu_free_share   of the processors' time, what other programs left at that moment
    """

    cpu_model: str
    cpu_family: str
    cpus: int
    hyper_threads: bool | None
    memory_bytes: int
    kernel: str
    system: str
    virtualisation: str | None
    disk: str | None
    fsync_p50_s: float | None
    cpu_score_single: float | None
    cpu_score_all: float | None
    python: str
    storefit: str
    commit: str | None
    packages: tuple[NameValue, ...]
    cpu_free_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of a procedure.

    at_s                  simulated time since the beginning, where months pass within seconds
    rows                  that it was about: loaded, removed, kept elsewhere
    made_bytes            size of what was made: a backup, a file of the archive
    stored_bytes_…        of the engine's data at rest, right before and after
    log_bytes, cpu_s, …   used for it, by the engine's own processes
    memory_bytes          the most that was held meanwhile, by the process of an engine in process;
                          of a server what it holds at the end
    throughput_per_s, p99_s   of the workload that ran beside it
    correct               whether the content was what it should be; None: not compared
    """

    name: str
    seconds: float | None
    at_s: float | None = None
    rows: int | None = None
    made_bytes: int | None = None
    stored_bytes_before: int | None = None
    stored_bytes_after: int | None = None
    log_bytes: int | None = None
    cpu_s: float | None = None
    read_bytes: float | None = None
    write_bytes: float | None = None
    read_ios: float | None = None
    write_ios: float | None = None
    memory_bytes: int | None = None
    throughput_per_s: float | None = None
    p99_s: float | None = None
    correct: bool | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureResult:
    """What was done to a loaded target that is no load, in which way, step by step."""

    name: str
    way: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one trial left."""

    schema: int
    id: str  # unique: RUN.NNN, or RUN.NNN.MM of a search or curve (results/answers.py)
    run: str
    started_at: str  # ISO 8601, UTC
    outcome: Outcome
    error: str | None
    workload: WorkloadRef
    trial: Trial
    load: Load
    engine: EngineInfo
    duration_s: float  # of the measured window
    warmup_s: float
    operations_done: int
    errors_count: int
    throughput_per_s: float  # completed without error, per second
    operations: tuple[OperationResult, ...]
    unsupported: tuple[NameValue, ...]  # operation kind -> reason
    errors: tuple[ErrorCount, ...]
    resources: Resources
    storage: Storage | None
    series: tuple[Second, ...]
    client: Client
    steady: bool | None
    steady_reason: str
    answers_checked: int
    answers_digest: str | None
    findings: tuple[Finding, ...]
    environment: Environment
    goodput_per_s: float | None = None  # of throughput: within the declared objectives
    notes: tuple[Note, ...] | None = None  # None: the engine does not tell
    procedure: ProcedureResult | None = None  # None: a trial under load
    emulation: Emulation | None = None  # None: storage and network are those that are here

    @property
    def was_tried(self) -> bool:
        """False for an operation that the engine does not serve."""
        return self.outcome != "unsupported"

    @property
    def is_evidence(self) -> bool:
        """True when the trial ended well and no gate refused it."""
        return self.outcome == "ok" and not any(f.level == "error" for f in self.findings)
