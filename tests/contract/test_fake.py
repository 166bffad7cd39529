"""The engines that tests are made with: the fake on a virtual clock, and the no-op."""

from __future__ import annotations

import pickle
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import bench.engines as engines
from bench.engines.fake import FakeEngine, FakeSession, FakeTarget
from bench.engines.fake.behaviour import (
    Behaviour,
    Constant,
    Every,
    Fails,
    LogNormal,
    Request,
    Stall,
    VirtualClock,
)
from bench.engines.noop import NoopSession
from bench.engines.seam import (
    LoadPlan,
    OperationFailed,
    PipelinedBound,
    PipelinedSession,
    Place,
    Settings,
)
from workloads import datasets
from workloads.errors import InputError
from workloads.spec.model import Operation
from workloads.stream import Batch

READ = Operation(kind="read", weight=1)


def reads(count: int) -> Batch:
    return Batch(
        operation=np.zeros(count, dtype=np.uint8),
        key=np.arange(count, dtype=np.int64),
        limit=np.zeros(count, dtype=np.int32),
        token=np.zeros(count, dtype=np.uint64),
    )


@contextmanager
def fake(workdir: Path, behaviour: Behaviour, **options: str) -> Iterator[FakeTarget]:
    engine = FakeEngine(behaviour=behaviour, clock=VirtualClock())
    settings = Settings(workdir=workdir, options=options)
    with engine.open(Place(kind="in-process"), settings) as target:
        target.load(LoadPlan(dataset=datasets.get("accounts"), records=50, seed=1))
        yield target


def times_s(session: FakeSession, count: int) -> list[float]:
    """Service time of each of `count` reads on the session's clock."""
    bound = session.bind(READ)
    taken = []
    for argument in bound.encode(reads(count), range(count)):
        start_ns = session.clock.now_ns()
        bound.call(argument)
        taken.append((session.clock.now_ns() - start_ns) / 1e9)
    return taken


def test_time_is_what_was_asked_for(tmp_path: Path) -> None:
    with fake(tmp_path, Behaviour(service_time=Constant(2.5e-3))) as target:
        assert times_s(target.dialer().dial(), 4) == [2.5e-3] * 4


def test_a_seed_repeats_a_run(tmp_path: Path) -> None:
    behaviour = Behaviour(service_time=LogNormal(median_s=1e-3, sigma=0.5, seed=3))
    with fake(tmp_path, behaviour) as target:
        first = times_s(target.dialer().dial(), 40)
        assert first == times_s(target.dialer().dial(), 40)
    assert len(set(first)) == 40
    assert 0.7e-3 < float(np.median(first)) < 1.4e-3


def test_a_stall_holds_up_what_is_sent_meanwhile() -> None:
    stall = Stall(Constant(0.001), from_s=1.0, for_s=0.3)
    sent = {0.999: 0.001, 1.0: 0.301, 1.25: 0.051, 1.3: 0.001}
    for at_s, service_s in sent.items():
        assert stall(Request("read", 0, round(at_s * 1e9))) == pytest.approx(service_s)


def test_failures_and_faults_come_on_demand(tmp_path: Path) -> None:
    behaviour = Behaviour(failure=Fails(Every(3), "timeout"), wrong=Every(2, frozenset({"read"})))
    with fake(tmp_path, behaviour) as target:
        bound = target.dialer().dial().bind(READ)
        outcomes = []
        for argument in bound.encode(reads(6), range(6)):
            try:
                outcomes.append(len(bound.answer(bound.call(argument))))
            except OperationFailed as failure:
                outcomes.append(failure.kind)
    assert outcomes == [1, 0, "timeout", 0, 1, "timeout"]


def test_a_dialer_makes_a_copy_elsewhere(tmp_path: Path) -> None:
    with fake(tmp_path, Behaviour()) as target:
        dialer = target.dialer()
        here, there = dialer.dial(), pickle.loads(pickle.dumps(dialer)).dial()
        assert here.store is target.store
        assert there.store is not target.store
        assert there.store.rows == here.store.rows


def test_options_say_the_same_from_outside(tmp_path: Path) -> None:
    options = {"service_us": "1500", "fail_every": "2", "wrong_every": "7"}
    with fake(tmp_path, Behaviour(), **options) as target:
        session = target.dialer().dial()
        assert session.behaviour == Behaviour(
            service_time=Constant(1.5e-3), failure=Fails(Every(2)), wrong=Every(7)
        )
    for wrong in ("x", "0", "-1"):
        with (
            pytest.raises(InputError, match="fail_every"),
            fake(tmp_path, Behaviour(), fail_every=wrong),
        ):
            pass


def test_the_no_op_answers_at_once_through_its_socket() -> None:
    session = NoopSession()
    assert isinstance(session, PipelinedSession)
    bound = session.bind(READ)
    assert isinstance(bound, PipelinedBound)
    assert session.receive() is None
    for argument in bound.encode(reads(3), [0, 1, 2]):
        bound.send(argument)
    assert select.select([session.fileno()], [], [], 0)[0]
    assert [session.receive() for _ in range(4)] == [(), (), (), None]
    assert bound.call(1) is None
    session.close()


def test_the_no_op_is_no_evidence(tmp_path: Path) -> None:
    engine = engines.get("noop")
    assert not engine.evidence_for
    with engine.open(Place(kind="in-process"), Settings(workdir=tmp_path)) as target:
        loaded = target.load(LoadPlan(dataset=datasets.get("accounts"), records=50, seed=1))
        assert (loaded.rows, loaded.logical_bytes, loaded.stored_bytes) == (0, 0, None)
        assert loaded.seconds > 0
