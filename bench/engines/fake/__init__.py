"""A deterministic engine for tests: right answers, and time, failures and faults on demand.

    with FakeEngine(behaviour=Behaviour(service_time=Constant(1e-3)), clock=VirtualClock()).open(…)

With a virtual clock nothing waits: a session's call moves the clock on. A session in another
process works on a copy of its own, on that process's real clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.engines.fake.ageing import BACKUP_WAYS, EXPIRY_WAYS, Ageing
from bench.engines.fake.behaviour import Behaviour, Clock, RealClock, Request
from bench.engines.seam import Counters, Description, Loaded, OperationFailed, Usage
from workloads.spec.model import KINDS, WRITE_KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from bench.engines.fake.reference import ReferenceStore
    from bench.engines.seam import LoadPlan, Place, Row, Settings
    from workloads.spec.model import Operation
    from workloads.stream import Batch

HIDDEN = True
_COMMIT_S, _OVERSLEPT_S = 2e-4, 1e-4
_START_S = 0.3
Argument = tuple[int, int, int]  # key, limit, token


class FakeSession:
    """One client of a fake."""

    def __init__(
        self,
        store: ReferenceStore,
        behaviour: Behaviour,
        clock: Clock,
        slowness: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.commit_s, self.exchange_s = slowness
        self.store = store
        self.behaviour = behaviour
        self.clock = clock
        self.requests = 0

    def bind(self, operation: Operation) -> FakeBound:
        kind = FakeTransaction if operation.kind == "transaction" else FakeBound
        return kind(self, operation)

    def usage(self) -> Usage:
        return Usage()

    def server_pids(self) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        """Nothing is held."""


class FakeBound:
    """One operation of a fake. The raw answer is the rows."""

    def __init__(self, session: FakeSession, operation: Operation) -> None:
        self._session = session
        self._operation = operation

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        return [(int(batch.key[row]), int(batch.limit[row]), int(batch.token[row])) for row in rows]

    @property
    def call(self) -> Callable[[Any], list[Row]]:
        return self._call

    def _call(self, argument: Any) -> list[Row]:
        session = self._session
        request = Request(self._operation.kind, session.requests, session.clock.now_ns())
        session.requests += 1
        session.clock.sleep(session.exchange_s + session.behaviour.service_time(request))
        if request.kind in WRITE_KINDS:
            session.clock.sleep(session.commit_s)
        failure = session.behaviour.failure(request)
        if failure is not None:
            raise OperationFailed(failure, f"request {request.number}")
        rows = self._perform(session.store, argument)
        return _broken(rows) if session.behaviour.wrong(request) else rows

    def _perform(self, store: ReferenceStore, argument: Argument) -> list[Row]:
        return store.perform(self._operation, *argument)

    def answer(self, raw: list[Row]) -> list[Row]:
        return raw


class FakeTransaction(FakeBound):
    """Several requests as one operation; the argument is the list of them."""

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        from bench.engines.requests import requests
        from workloads.transactions import Transactions

        plan = self._session.store.plan
        meant = Transactions(
            operation=self._operation,
            dataset=plan.dataset,
            records=plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
        )
        return list(requests(meant, batch, rows))

    def _perform(self, store: ReferenceStore, argument: Any) -> list[Row]:
        return store.transact(argument)


def _broken(rows: list[Row]) -> list[Row]:
    """A wrong answer that looks plausible: a row less, or one that is not there."""
    return rows[:-1] if rows else [(0,)]


@dataclass(slots=True)
class FakeDialer:
    """Opens sessions on the target's store, or in another process on a copy made there."""

    plan: LoadPlan
    behaviour: Behaviour
    clock: Clock | None
    store: ReferenceStore | None
    slowness: tuple[float, float] = (0.0, 0.0)  # of a commit and of an exchange, seconds

    def dial(self) -> FakeSession:
        if self.store is None:
            from bench.engines.fake.reference import ReferenceStore

            self.store = ReferenceStore(self.plan)
        clock = self.clock or RealClock()
        return FakeSession(self.store, self.behaviour, clock, self.slowness)

    def __getstate__(self) -> tuple[LoadPlan, Behaviour, tuple[float, float]]:
        from dataclasses import replace

        return replace(self.plan, progress=None), self.behaviour, self.slowness

    def __setstate__(self, state: tuple[LoadPlan, Behaviour, tuple[float, float]]) -> None:
        self.plan, self.behaviour, self.slowness = state
        self.clock = self.store = None


@dataclass(slots=True)
class FakeTarget(Ageing):
    """A fake with its rows in memory."""

    settings: Settings
    behaviour: Behaviour
    clock: Clock
    plan: LoadPlan | None = None
    store: ReferenceStore | None = None
    slowness: tuple[float, float] = (0.0, 0.0)

    def describe(self) -> Description:
        return Description(
            engine="fake",
            version="1",
            place="in-process",
            durability=self.settings.durability,
            settings=dict(self.settings.options),
        )

    def load(self, plan: LoadPlan) -> Loaded:
        from bench.engines.fake.reference import ReferenceStore

        start_ns = self.clock.now_ns()
        self.plan, self.store = plan, ReferenceStore(plan)
        self.clock.sleep(1e-6 * plan.records)
        size = plan.record_size_bytes or plan.dataset.default_record_size_bytes()
        if plan.progress is not None:
            plan.progress(plan.records, plan.records)
        return Loaded(
            rows=plan.records,
            logical_bytes=round(plan.records * size),
            stored_bytes=None,
            seconds=(self.clock.now_ns() - start_ns) / 1e9,
        )

    def settle(self) -> None:
        """Nothing is pending."""

    def dialer(self) -> FakeDialer:
        if self.plan is None:
            raise ValueError("load a fake before dialling it")
        return FakeDialer(self.plan, self.behaviour, self.clock, self.store, self.slowness)

    @property
    def flushes_per_commit(self) -> int:
        return 1

    def delay_commits(self, seconds: float) -> str:
        """A commit oversleeps as a server does, by a tenth of a millisecond."""
        self.slowness = (seconds + _OVERSLEPT_S, self.slowness[1])
        return f"sleeps {seconds * 1e6:.0f} us"

    def why_not_restarted(self) -> str | None:
        return None

    def restart(self, between: Callable[[Sequence[Path]], None]) -> float:
        """Takes as long as a small server does; sessions begin with request 0 anyway."""
        between([])
        self.clock.sleep(_START_S)
        return _START_S

    def delay_exchanges(self, seconds: float) -> None:
        self.slowness = (self.slowness[0], seconds)

    def commit_times_s(self, count: int) -> list[float]:
        times = []
        for _ in range(count):
            start_ns = self.clock.now_ns()
            self.clock.sleep(_COMMIT_S + self.slowness[0])
            times.append((self.clock.now_ns() - start_ns) / 1e9)
        return times

    def counters(self) -> Counters:
        return Counters()

    def row_count(self) -> int:
        return 0 if self.store is None else len(self.store.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeEngine:
    """The engine that tests are made with."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    clock: Clock = field(default_factory=RealClock)
    name: str = "fake"
    title: str = "a deterministic fake, for tests"
    evidence_for: tuple[str, ...] = ()
    places: tuple[str, ...] = ("in-process",)
    kinds: frozenset[str] = frozenset(KINDS)
    in_process: bool = True
    resolution_ns: int = 100

    @property
    def unsupported(self) -> Mapping[str, str]:
        return {}

    def available(self, place: Place) -> str | None:  # noqa: ARG002 - always
        return None

    def why_not_emulated(self, place: Place) -> str | None:  # noqa: ARG002 - it has one place
        return None

    def check(self, options: Mapping[str, str]) -> None:
        from bench.engines import require_options

        require_options(self.name, options, "service_us", "fail_every", "wrong_every")
        Behaviour.from_options(options, self.behaviour)

    def expiry_ways(
        self,
        place: Place,  # noqa: ARG002 - always the same
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        return dict.fromkeys(EXPIRY_WAYS)

    def backup_ways(
        self,
        place: Place,  # noqa: ARG002 - always the same
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        return dict.fromkeys(BACKUP_WAYS)

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[FakeTarget]:  # noqa: ARG002
        behaviour = Behaviour.from_options(settings.options, self.behaviour)
        yield FakeTarget(settings=settings, behaviour=behaviour, clock=self.clock)


ENGINE = FakeEngine()
