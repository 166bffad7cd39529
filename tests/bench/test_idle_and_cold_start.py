"""Idle cost and cold start: on a fake with a virtual clock, and on real engines."""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from postgresql_ground import running as postgresql

from bench import page_cache, procedures
from bench.engines.fake import FakeEngine, FakeTarget
from bench.engines.fake.behaviour import Behaviour, Request, VirtualClock
from bench.engines.lmdb import ENGINE as LMDB
from bench.engines.postgresql import ENGINE as POSTGRESQL
from bench.engines.seam import Counters, Engine, LoadPlan, Place, Restarted, Settings
from bench.environment import disk_of
from bench.procedures.cold_start import PROCEDURE as COLD_START
from bench.procedures.context import Context
from bench.procedures.idle import CONNECTIONS
from bench.procedures.idle import PROCEDURE as IDLE
from bench.procedures.seam import Impossible
from bench.runner.progress import Silent
from results.record import Step
from workloads import datasets
from workloads.spec.model import Data, Operation, Workload

RECORDS = 300
WORKLOAD = Workload(
    name="small",
    data=Data(records=RECORDS, dataset="records"),
    operations=(Operation(kind="read", weight=1.0), Operation(kind="update", weight=1.0)),
)
PLAN = LoadPlan(dataset=datasets.get("records"), records=RECORDS, seed=1)


@dataclass(frozen=True)
class SlowAtFirst:
    """A session whose first requests take ten times as long."""

    requests: int

    def __call__(self, request: Request) -> float:
        return 1e-2 if request.number < self.requests else 1e-3


def stand_of(target: Any, engine: Any, *, place: str = "embedded") -> Any:
    """As much of a stand as a procedure looks at."""
    return SimpleNamespace(
        target=SimpleNamespace(engine=engine, place=Place(kind=place), text=engine.name),
        running=target,
        workload=WORKLOAD,
        data=SimpleNamespace(records=RECORDS),
        dialer=target.dialer(),
        counters=target.counters,
        own_writes=True,
    )


def context_of(stand: Any, clock: Callable[[], float], sleep: Callable[[float], None]) -> Context:
    request = SimpleNamespace(quick=True, duration_s=None)
    return Context(
        stand=stand,
        planned=cast("Any", SimpleNamespace(target="fake", planned_duration_s=5.0)),
        laboratory=cast("Any", SimpleNamespace(request=request)),
        progress=Silent(),
        seed=1,
        clock=clock,
        sleep=sleep,
    )


def fake(behaviour: Behaviour) -> tuple[Any, Context, VirtualClock]:
    clock = VirtualClock()
    target = FakeTarget(Settings(workdir=Path()), behaviour, clock)
    target.load(PLAN)
    stand = stand_of(target, FakeEngine(behaviour=behaviour, clock=clock))
    return stand, context_of(stand, lambda: clock.now_ns() / 1e9, clock.sleep), clock


def by_name(steps: Sequence[Step]) -> dict[str, Step]:
    return {step.name: step for step in steps}


def test_both_are_found_and_belong_to_an_axis() -> None:
    assert {"idle", "cold-start"} <= set(procedures.names())
    assert (IDLE.axis, COLD_START.axis) == ("frequency", "latency")


def test_the_first_requests_of_a_new_connection_stand_beside_the_steady_ones() -> None:
    stand, context, _ = fake(Behaviour(service_time=SlowAtFirst(1)))
    steps = by_name(COLD_START.perform(stand, "connection", context).steps)
    assert steps["steady"].seconds == pytest.approx(1e-3)
    assert steps["first request"].seconds == pytest.approx(1e-2)
    assert steps["second request"].seconds == pytest.approx(1e-3)
    assert "10 x steady" in (steps["first request"].note or "")
    assert steps["connect"].rows == 15


def test_a_cold_store_is_asked_until_it_is_steady_again() -> None:
    stand, context, _ = fake(Behaviour(service_time=SlowAtFirst(50)))
    steps = by_name(COLD_START.perform(stand, "cache", context).steps)
    assert steps["start"].seconds == 0.3
    assert steps["requests 2 to 10"].seconds == pytest.approx(1e-2)
    again = steps["steady again"]
    # the median of the last twenty is quick when more than half of them are
    assert again.rows == 61
    assert again.seconds == pytest.approx(0.3 + 50 * 1e-2 + 11 * 1e-3)
    assert next(iter(steps)) == "steady"


def test_a_store_that_stays_cold_is_said_to() -> None:
    stand, context, _ = fake(Behaviour(service_time=SlowAtFirst(100_000)))
    warm = replace(WORKLOAD, name="warm")
    stand.workload = warm
    asked = COLD_START.perform(stand, "restart", context).steps
    assert asked[-1].name == "steady again"
    # it is as slow as it always was, so it is steady at once
    assert asked[-1].rows == 20
    stand, context, clock = fake(Behaviour(service_time=SlowerAfter(400)))
    last = by_name(COLD_START.perform(stand, "restart", context).steps)["steady again"]
    assert last.seconds is None
    assert "not within 30 s" in (last.note or "")
    assert clock.now_ns() < 60e9


class SlowerAfter:
    """Slow from so many requests in all sessions on."""

    def __init__(self, requests: int) -> None:
        self.left = requests

    def __call__(self, request: Request) -> float:
        self.left -= 1
        return 1e-3 if self.left >= 0 else 0.5


def test_ways_that_cannot_be_gone_say_why() -> None:
    def ways(engine: Any, place: str, workload: Workload = WORKLOAD) -> Any:
        target = cast("Any", SimpleNamespace(engine=engine, place=Place(kind=place)))
        return COLD_START.ways(target, workload, {}), IDLE.ways(target, workload, {})

    cold, idle = ways(POSTGRESQL, "remote")
    assert cold["connection"] is None
    assert "of its own" in cold["cache"]
    assert idle == {"loaded": None, "connected": None}
    _, idle = ways(LMDB, "in-process")
    assert "no process" in idle["loaded"]
    writer = replace(WORKLOAD, operations=(Operation(kind="insert", weight=1.0),))
    only_writes = SimpleNamespace(kinds=frozenset({"insert"}), in_process=False)
    assert "only reads" in ways(only_writes, "embedded", writer)[0]["cache"]


def test_idle_cost_is_what_grew_in_the_window() -> None:
    stand, context, clock = fake(Behaviour())
    seen: list[float] = []

    def counters() -> Counters:
        now_s = clock.now_ns() / 1e9
        seen.append(now_s)
        return Counters(
            cpu_s=0.01 * now_s,
            log_bytes=round(100 * now_s),
            read_bytes=0,
            write_bytes=round(1000 * now_s),
            read_ios=0,
            write_ios=round(2 * now_s),
            memory_bytes=50 << 20,
        )

    stand.counters = counters
    (step,) = IDLE.perform(stand, "connected", context).steps
    assert step.seconds == pytest.approx(2.0)
    assert step.cpu_s == pytest.approx(0.02)
    assert (step.log_bytes, step.write_ios, step.read_ios) == (200, 4.0, 0.0)
    assert step.memory_bytes == 50 << 20
    assert "0.01 s a second" in (step.note or "")
    assert f"{CONNECTIONS} connections" in (step.note or "")
    stand.counters = Counters
    with pytest.raises(Impossible, match="cannot be seen"):
        IDLE.perform(stand, "loaded", context)


def test_files_are_let_go_of(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * (4 << 20))
    if page_cache.cached_share([file]) is None:
        return  # not every file system tells, and then the procedure says `unknown`
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert sum(mapped[:: mmap.PAGESIZE])  # every page is looked at
    assert page_cache.cached_share([file]) == 1.0
    with suppress(OSError):
        assert page_cache.evict([file, tmp_path / "none"])
    share = page_cache.cached_share([file])
    assert share is not None
    in_memory = (disk_of(tmp_path) or "").startswith("memory")
    assert share == 1.0 if in_memory else share < 0.5
    assert page_cache.cached_share([]) is None


@pytest.mark.slow
def test_postgresql_is_stopped_and_started_with_its_data(tmp_path: Path) -> None:
    with postgresql(tmp_path) as target:
        target.load(PLAN)
        assert isinstance(target, Restarted)
        target.delay_commits(0.02)
        before, files = target.counters(), []
        seconds = target.restart(files.extend)
        assert seconds > 0
        assert any(file.name == "PG_VERSION" for file in files)
        assert target.row_count() == RECORDS
        after = target.counters()
        assert after.cpu_s is not None
        assert before.stored_bytes == after.stored_bytes
        assert target.describe().settings["commit_delay"] == "20000"
        engine: Engine = POSTGRESQL
        stand = stand_of(target, engine)
        context = context_of(stand, time.perf_counter, lambda _: None)
        steps = by_name(COLD_START.perform(stand, "cache", context).steps)
        first, steady = steps["first request"].seconds, steps["steady"].seconds
        assert first is not None
        assert steady is not None
        assert first > steady
