"""Emulated storage and network: what is asked for, what is done, and that nobody is fooled by it."""

from __future__ import annotations

import re
import select
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from innodb_ground import NAMES, need
from innodb_ground import running as innodb
from postgresql_ground import batch, operation, running

from bench.emulation.applying import Ground, apply
from bench.emulation.distance import Pause, far
from bench.emulation.wanted import canonical, figures, parse, storages
from bench.engines.fake import FakeEngine, FakeTarget
from bench.engines.fake.behaviour import Behaviour, Constant, VirtualClock
from bench.engines.seam import LoadPlan, Place, Settings
from bench.runner import plan
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.session import begin
from workloads import datasets, spec
from workloads.errors import InputError, PlaceError
from workloads.spec.model import Workload

WORKLOAD = """\
schema: 1
name: small
data: {dataset: records, records: 300, record_size: 200 B}
operations:
  - {kind: read, weight: 8}
  - {kind: update, weight: 2}
"""


@pytest.fixture
def workload(tmp_path: Path) -> Workload:
    (tmp_path / "small.yaml").write_text(WORKLOAD)
    return spec.load(str(tmp_path / "small.yaml"))


# --- what is asked for


def test_every_figure_has_a_source_a_date_and_lies_in_its_interval() -> None:
    for figure in figures():
        assert figure.source
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", figure.date)
        assert 0 < figure.low_s <= figure.value_s <= figure.high_s < 0.01
    assert storages() == ("gp3", "io2", "nvme")


def test_a_second_zone_adds_a_round_trip_and_a_flush_to_each_flush() -> None:
    one, two = parse("gp3"), parse("gp3,zones=2")
    assert two.flush_s == pytest.approx(2 * one.flush_s + two.round_trip_s)
    assert two.round_trip_s > one.round_trip_s
    assert len(one.sources) == len(two.sources) == 2


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (" io2 ", "io2"),
        ("gp3,zones=1", "gp3"),
        ("gp3, flush=1.2ms ,zones=2", "gp3,zones=2,flush=1.2ms"),
        ("nvme,network=0", "nvme,network=0"),
    ],
)
def test_the_same_is_written_the_same(text: str, same: str) -> None:
    assert canonical(text) == same == canonical(same)
    assert canonical(None) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gp2", "did you mean 'gp3'"),
        ("", "no storage ''"),
        ("gp3,zones=3", "'zones=3'"),
        ("gp3,network", "'network'"),
        ("gp3,network=fast", "network"),
        ("gp3,flush=2s", "may be 0 to"),
        ("gp3,flush=-1ms", "flush"),
    ],
)
def test_what_cannot_be_meant_is_said(text: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text)
    assert said in f"{raised.value.message} {raised.value.hint}"
    assert "write gp3" in (raised.value.hint or "")


def test_an_engine_without_commits_is_left_out_or_refused() -> None:
    asked = Request(names=("book-store",), emulate="gp3")
    made = plan.make(asked, cpus=2)
    assert not {"polars", "pandas"} & set(made.targets)
    assert any(note.startswith("polars is left out: ") for note in made.notes)
    with pytest.raises(InputError, match="not on polars"):
        plan.make(replace(asked, engines=("polars",)), cpus=2)
    with pytest.raises(InputError, match="its own storage"):
        plan.make(replace(asked, engines=("postgresql://nobody@127.0.0.1:1/x",)), cpus=2)
    assert "--emulate" in asked.words()


# --- what is done


def test_a_delay_is_corrected_until_it_is_the_one_that_was_asked_for(workload: Workload) -> None:
    clock = VirtualClock()
    engine = FakeEngine(behaviour=Behaviour(service_time=Constant(1e-4)), clock=clock)
    with engine.open(Place(kind="in-process"), Settings(workdir=Path())) as target:
        target.load(LoadPlan(dataset=datasets.get("records"), records=300, seed=1))
        ground = Ground(
            local_flush_s=2e-4,
            flushes=True,
            workload=workload,
            records=300,
            clock=lambda: clock.now_ns() / 1e9,
        )
        wanted = parse("gp3")
        done = apply(target, target.dialer(), target.dialer, wanted, ground)
        assert done.commit_delay_s == pytest.approx(wanted.flush_s - 2e-4)
        # the fake oversleeps by a tenth of a millisecond; that is found out and asked for less
        assert done.commit_delay_achieved_s == pytest.approx(done.commit_delay_s, rel=0.02)
        assert done.how == "sleeps 580 us"
        assert done.round_trip_achieved_s == pytest.approx(wanted.round_trip_s, rel=0.01)

        slow = apply(
            target, target.dialer(), target.dialer, wanted, replace(ground, local_flush_s=2e-3)
        )
        assert (slow.commit_delay_s, slow.commit_delay_achieved_s) == (0.0, None)
        relaxed = apply(
            target, target.dialer(), target.dialer, wanted, replace(ground, flushes=False)
        )
        assert relaxed.commit_delay_s == 0.0
        with pytest.raises(PlaceError, match="cannot be measured"):
            apply(
                target, target.dialer(), target.dialer, wanted, replace(ground, local_flush_s=None)
            )


@pytest.mark.slow
def test_a_run_tells_in_its_records_what_was_emulated(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(WORKLOAD)
    request = Request(
        names=(str(tmp_path / "small.yaml"),),
        engines=("fake",),
        options=("fake.service_us=50",),
        quick=True,
        load="closed:1",
        duration_s=1.0,
        emulate="gp3, flush=99ms, network=3ms",
    )
    with begin(request, tmp_path / "results") as session:
        mix = next(record for record in session.go(Silent()) if record.trial.phase == "mix")
    assert mix.outcome == "ok", mix.error
    assert mix.trial.emulate == "gp3,network=3ms,flush=99ms"
    assert mix.emulation is not None
    by_kind = {operation.kind: operation.service for operation in mix.operations}
    assert by_kind["read"].min_s is not None
    assert by_kind["read"].min_s >= 3e-3
    least_s = mix.emulation.commit_delay_s
    assert least_s > 0.01
    if "update" in by_kind and by_kind["update"].min_s is not None:
        assert by_kind["update"].min_s >= least_s
    assert any(f.code == "G-EMULATION" and f.level == "note" for f in mix.findings)


class Line:
    """A channel whose answer is there as soon as the request was sent."""

    def __init__(self) -> None:
        import socket

        self.near, self.far = socket.socketpair()
        self.name = "line"
        self.trip = str.upper

    def post(self, request: bytes) -> None:
        self.far.send(request)

    def collect(self) -> bytes | None:
        return self.near.recv(100) if select.select([self.near], [], [], 0)[0] else None

    def fileno(self) -> int:
        return self.near.fileno()

    def close(self) -> None:
        self.near.close()
        self.far.close()


def test_a_held_request_is_sent_when_its_time_has_come_and_keeps_nobody_waiting() -> None:
    line = far(Line(), 0.02)
    try:
        start_s = time.perf_counter()
        line.post(b"hello")
        assert line.collect() is None, "it was not held back"
        assert not select.select([line], [], [], 0)[0]
        answer = None
        while answer is None:
            assert select.select([line], [], [], 5)[0], "nothing woke the loop"
            answer = line.collect()
        assert time.perf_counter() - start_s >= 0.01
        assert (answer, line.trip("a"), line.name) == (b"hello", "A", "line")
    finally:
        line.close()
    near = Line()
    assert far(near, 0.0) is near
    near.close()


def test_a_pause_learns_how_long_waking_up_takes() -> None:
    pause = Pause(0.004)
    try:
        times = []
        for _ in range(30):
            start_s = time.perf_counter()
            pause.wait()
            times.append(time.perf_counter() - start_s)
    finally:
        pause.close()
    # it may end earlier by what was learnt, at most half its length
    assert min(times) >= 0.002


@pytest.mark.slow
def test_a_commit_of_postgresql_takes_longer_and_others_join_it(tmp_path: Path) -> None:
    with running(tmp_path) as target:
        target.load(LoadPlan(dataset=datasets.get("books"), records=500, seed=1))
        before = sorted(target.commit_times_s(20))
        said = target.delay_commits(0.03)
        after = sorted(target.commit_times_s(20))
        assert after[0] - before[-1] > -0.03
        assert after[0] >= 0.03
        assert "commit_delay=30000us" in said
        settings = target.describe().settings
        assert (settings["commit_delay"], settings["commit_siblings"]) == ("30000", "0")
        _assert_group_commit(target)


def _assert_group_commit(target: Any) -> None:
    """Eight clients commit together: far less than eight times one commit goes by."""
    sessions = [target.dialer().dial() for _ in range(8)]
    try:
        bounds = [session.bind(operation("update")) for session in sessions]
        start_s = time.perf_counter()
        for number, bound in enumerate(bounds):
            bound.send(bound.encode(batch([number]), [0])[0])
        waiting = list(sessions)
        while waiting:
            waiting = [session for session in waiting if session.receive() is None]
        assert time.perf_counter() - start_s < 6 * 0.03
    finally:
        for session in sessions:
            session.close()


def test_a_fake_target_in_another_process_is_as_slow() -> None:
    import pickle

    target = FakeTarget(Settings(workdir=Path()), Behaviour(), VirtualClock())
    target.load(LoadPlan(dataset=datasets.get("records"), records=10, seed=1))
    target.delay_exchanges(0.5)
    session = pickle.loads(pickle.dumps(target.dialer())).dial()
    assert session.exchange_s == 0.5


@pytest.mark.servers
@pytest.mark.parametrize("name", NAMES)
def test_a_commit_of_innodb_takes_longer(tmp_path: Path, name: str) -> None:
    need(name)
    with innodb(name, tmp_path) as target:
        target.load(LoadPlan(dataset=datasets.get("books"), records=500, seed=1))
        target.delay_commits(0.05)
        assert min(target.commit_times_s(5)) >= 0.05
        # it is asked for again after a restart, which forgets it
        target.restart(lambda files: None)
        assert min(target.commit_times_s(5)) >= 0.05
        assert target.row_count() == 500
        target.delay_exchanges(0.05)
        session = target.dialer().dial()
        try:
            bound = session.bind(operation("read"))
            start_s = time.perf_counter()
            bound.call(bound.encode(batch([1]), [0])[0])
            assert time.perf_counter() - start_s >= 0.025
        finally:
            session.close()
