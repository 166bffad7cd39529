"""What an engine is: a small folder or module behind one seam.

    Engine.open(place, settings)  -> Target      a running engine, in the parent process
    Target.load(plan)             -> Loaded      the logical rows are in it
    Target.dialer()               -> Dialer      picklable; crosses to the worker process
    Dialer.dial()                 -> Session     one connection (or handle) of one client
    Session.bind(operation)       -> Bound       one operation, prepared
    Bound.encode(batch)           -> arguments   outside the timed path, vectorised
    Bound.call(argument)          -> raw answer  the timed path: nothing but the request
    Bound.answer(raw)             -> rows        canonical, for comparing answers

Engines and targets are context managers. Nothing here knows an engine's name: each module or
package below `bench/engines` that defines `ENGINE` is discovered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from workloads.spec.model import Operation

if TYPE_CHECKING:
    from bench.targets.limits import Limits
    from bench.targets.memory_group import MemoryGroup
    from results.record import StoredPart
    from workloads.datasets.seam import Dataset
    from workloads.queries.answers import Answer
    from workloads.queries.seam import Query, Tables
    from workloads.stream import Batch

Durability = Literal["full", "relaxed"]
# The kind of failure of a client that is not let in: it may ask again.
REFUSED = "refused"
# The kind of failure of what did not end within its limit of time.
TIMEOUT = "timeout"

Value = int | float | str | bool | None
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an engine runs: `embedded`, `in-process`, `local`, `container` or `remote`.

    `address` is an image, a DSN or an endpoint URL where the place needs one. `version` picks
    one of several installed versions. A DSN may hold a password: `Place` does not print it.
    """

    kind: str
    address: str | None = field(default=None, repr=False)
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the parent decides for a target. `workdir` is private and removed by the parent.

    limits   of a server of ours; None: it may use the machine
    memory   what holds a server that is in no container to its limit of memory
    tell     takes a few words on what is being done, for a person who waits
    """

    workdir: Path
    durability: Durability = "full"
    seed: int = 1
    allow_writes: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    limits: Limits | None = None
    memory: MemoryGroup | None = None
    tell: Callable[[str], None] = field(default=lambda _: None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """The logical rows to load: `records` rows of the main table, generated from `seed`.

    `format` is the workload's `data.format`: an engine that can keep rows in several forms takes
    the one that is meant; None or one that it does not have: its usual one.
    """

    dataset: Dataset
    records: int
    seed: int
    record_size_bytes: float | None = None
    format: str | None = None
    progress: Callable[[int, int], None] | None = None  # rows done, rows in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading cost. `logical_bytes`: sum of the values' bytes; `stored_bytes`: at rest.

    `parts`: of them, what each table and each index takes; None: the engine does not tell.
    """

    rows: int
    logical_bytes: int
    stored_bytes: int | None
    seconds: float
    parts: tuple[StoredPart, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Cumulative use of resources by the engine's own processes; None is *not measured*.

    `processes` names the pids that were read. For an in-process engine the worker measures its
    own CPU instead and these stay None. `write_bytes` are pages made dirty, `write_call_bytes` what
    was handed over for writing to files.
    """

    cpu_s: float | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    write_call_bytes: int | None = None
    read_ios: int | None = None
    write_ios: int | None = None
    log_bytes: int | None = None
    commits: int | None = None
    memory_bytes: int | None = None
    stored_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one session consumed by its own accounting (capacity units), cumulative."""

    read_units: float | None = None
    write_units: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the record says of the engine. `settings` holds every setting that is not default.

    `elsewhere`: where on this machine its data lies when that is not below the work directory; not
    in the record, which says what kind of disk it is.
    """

    engine: str
    version: str
    place: str
    durability: Durability
    settings: Mapping[str, str]
    elsewhere: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One trial to come: `operations` at their weights, for at most `seconds`.

    requests_per_s  the rate that is offered; None: `clients` one after the other, each when it has
                    its answer
    clients         None as well: nobody knows yet (a search)
    """

    operations: tuple[Operation, ...]
    seconds: float
    requests_per_s: float | None = None
    clients: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a run will ask of a target for one workload."""

    dataset: Dataset
    records: int
    record_size_bytes: float | None
    phases: tuple[Phase, ...]


class OperationFailed(Exception):
    """One operation failed; `kind` is a short stable word (`timeout`, `refused`, a SQLSTATE)."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message or kind)
        self.kind = kind


class Bound(Protocol):
    """One operation, prepared on one session."""

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        """Arguments for `call`, one for each position in `rows` of `batch`; not timed."""
        ...

    @property
    def call(self) -> Callable[[Any], Any]:
        """Send one request and wait for its whole answer. Raises OperationFailed."""
        ...

    def answer(self, raw: Any) -> list[Row]:
        """The canonical rows of an answer (writes: one row with the number of records changed)."""
        ...


class Session(Protocol):
    """One client's connection or handle. Used by one process, one thread."""

    def bind(self, operation: Operation) -> Bound: ...

    def usage(self) -> Usage: ...

    def server_pids(self) -> tuple[int, ...]:
        """Process ids that serve this session where the engine has some of its own."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class PreparedEngine(Protocol):
    """An engine that has something to fetch, or to refuse, before a run begins."""

    def prepare(self, place: Place, settings: Settings) -> None:
        """Fetch an image that is absent, see that limits can be kept. PlaceError, InputError."""
        ...


@runtime_checkable
class PipelinedBound(Protocol):
    """A bound operation that can be sent without waiting (open load)."""

    def send(self, argument: Any) -> None:
        """Send the request; the answer is taken with the session's `receive`."""
        ...


@runtime_checkable
class PipelinedSession(Protocol):
    """A session with a file descriptor to wait on (open load)."""

    def fileno(self) -> int: ...

    def receive(self) -> Any | None:
        """The whole answer if it has arrived, else None. Raises OperationFailed."""
        ...


class Dialer(Protocol):
    """Opens sessions in another process; must be picklable."""

    def dial(self) -> Session: ...


class Target(Protocol):
    """A running engine with (after `load`) the logical rows in it."""

    def describe(self) -> Description: ...

    def load(self, plan: LoadPlan) -> Loaded: ...

    def settle(self) -> None:
        """After load: checkpoint, vacuum, sync, so that what follows measures operations only."""
        ...

    def dialer(self) -> Dialer: ...

    def counters(self) -> Counters: ...

    def row_count(self) -> int:
        """Rows in the main table now, as the engine counts them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """What the removal of old records did.

    `seconds`: of the removal alone. `log_bytes`: written to the log for it. Bytes at rest are those
    right before and after; what settling gives back later is in the target's counters.
    `write_units`: capacity that it consumed, where the engine counts any.
    """

    rows: int
    seconds: float
    log_bytes: int | None
    stored_bytes_before: int | None
    stored_bytes_after: int | None
    write_units: float | None = None


@runtime_checkable
class ExpiringTarget(Protocol):
    """A target that can remove its oldest records: those with the lowest keys."""

    def expiry_ways(self) -> tuple[str, ...]:
        """How it can do so as it is loaded now, such as `delete` and `drop`."""
        ...

    def expire(self, way: str, *, below_key: int) -> Expired:
        """Remove the records of the main table with lower keys; InputError for another way.

        `drop` removes whole partitions only, so it leaves what shares one with a younger record.
        """
        ...


class Inquiry(Protocol):
    """Asks queries of a set, in a process of its own (bench.asking)."""

    def ask(self, query: Query) -> Any:
        """The timed part: send the query, wait for the whole answer. Raises OperationFailed."""
        ...

    def rows(self, raw: Any) -> int:
        """How many rows an answer has."""
        ...

    def answer(self, raw: Any) -> Answer:
        """The answer in canonical form, for comparing."""
        ...

    def close(self) -> None: ...


class Questioner(Protocol):
    """Opens an inquiry in another process; must be picklable."""

    def open(self) -> Inquiry: ...


@runtime_checkable
class Questioned(Protocol):
    """A target that answers the queries of a set (workloads.queries) to that set's tables."""

    def take(self, tables: Tables) -> Loaded:
        """Have the tables from their files, in place of what was loaded."""
        ...

    def questioner(self, tables: Tables, *, limit_s: float) -> Questioner:
        """What asks; a query that takes longer than `limit_s` is a `timeout`."""
        ...

    def question_settings(self) -> Mapping[str, str]:
        """What the record says of how the queries are run, beyond the engine's own settings."""
        ...


@runtime_checkable
class AnswersQueries(Protocol):
    """An engine whose targets are `Questioned`."""

    @property
    def query_language(self) -> str:
        """In which form it is asked: `SQL`, `lazy frames`."""
        ...


@runtime_checkable
class Priced(Protocol):
    """An engine whose use may cost money."""

    def price(self, place: Place, work: Work, options: Mapping[str, str]) -> tuple[str, ...]:
        """Sentences that say what the work will cost at most; none where it costs nothing.

        They are shown before anything is created.
        """
        ...


@runtime_checkable
class Baseline(Protocol):
    """An engine that another one is measured against, and that runs when it is asked for."""

    @property
    def baseline_of(self) -> str:
        """Name of the other engine."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """An engine whose transactions hold so many records at most."""

    @property
    def most_in_transaction(self) -> int: ...


@runtime_checkable
class Emulating(Protocol):
    """An engine whose targets can be made as slow as other storage and another network are."""

    def why_not_emulated(self, place: Place) -> str | None:
        """None where its targets are `Slowed`, else why they are not."""
        ...


@runtime_checkable
class Slowed(Protocol):
    """A target that can be made slower than its disk and its network are."""

    @property
    def flushes_per_commit(self) -> int:
        """How many flushes of the smallest commit wait for each other."""
        ...

    def delay_commits(self, seconds: float) -> str:
        """Let each commit wait so much longer from now on, its locks held; how, in a few words."""
        ...

    def delay_exchanges(self, seconds: float) -> None:
        """Let each exchange of sessions of later dialers take so much longer."""
        ...

    def commit_times_s(self, count: int) -> list[float]:
        """What so many of the smallest commits of one client take, one after the other."""
        ...


@runtime_checkable
class Watched(Protocol):
    """A target whose server is a process that storefit started."""

    def ended(self) -> str | None:
        """In words how the server came to an end by itself; None: it runs, or nobody can tell."""
        ...


@runtime_checkable
class Restarted(Protocol):
    """A target that can be stopped and started again with its data, to begin with empty caches."""

    def why_not_restarted(self) -> str | None:
        """None where it can be, else why not."""
        ...

    def restart(self, between: Callable[[Sequence[Path]], None]) -> float:
        """Stop it in order, hand over the files of its data, start it: what starting took, seconds.

        No session may be open. Sessions of dialers from before find it again.
        """
        ...


class Engine(Protocol):
    """A kind of software that is exercised."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def evidence_for(self) -> tuple[str, ...]:
        """What its measurements say something about: `rds postgresql`, `dynamodb`, …"""
        ...

    @property
    def places(self) -> tuple[str, ...]:
        """Kinds of place it runs at, the default first."""
        ...

    @property
    def kinds(self) -> frozenset[str]:
        """Operation kinds it serves."""
        ...

    @property
    def unsupported(self) -> Mapping[str, str]:
        """Kind -> reason, for every kind that it does not serve."""
        ...

    @property
    def in_process(self) -> bool:
        """Whether the engine runs inside the worker (its CPU is the worker's)."""
        ...

    @property
    def resolution_ns(self) -> int:
        """Lowest distinguishable latency: 1,000 for servers, 100 in process."""
        ...

    def available(self, place: Place) -> str | None:
        """None when it can run at this place here, else the one command or step that is missing."""
        ...

    def check(self, options: Mapping[str, str]) -> None:
        """InputError for one of `Settings.options` that it does not have, or a wrong value."""
        ...

    def open(self, place: Place, settings: Settings) -> AbstractContextManager[Target]: ...
