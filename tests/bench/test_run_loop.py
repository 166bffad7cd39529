"""Whole runs on the fake engine: every outcome, every record kept, and going on afterwards."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from bench import suites
from bench.engines.fake import FakeEngine, FakeTarget
from bench.engines.fake.behaviour import Behaviour, Constant, Every, Fails
from bench.engines.fake.behaviour import Request as Asked
from bench.engines.seam import Counters, OperationFailed, Place, Settings
from bench.environment import environment
from bench.runner import session as sessions
from bench.runner.blank import keys_text
from bench.runner.plan import Target
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.session import Session, begin, resume
from results.record import Environment, Record
from results.store import read
from workloads import spec
from workloads.errors import InputError, PlaceError

WORKLOAD = """\
schema: 1
name: small
data: {dataset: records, records: 300, record_size: 200 B}
operations:
  - {kind: read, weight: 8}
  - {kind: update, weight: 2}
"""


@dataclass(frozen=True)
class GoneFor:
    """The engine answers this process, and refuses every other."""

    pid: int

    def __call__(self, request: Asked) -> str | None:
        return "refused" if os.getpid() != self.pid else None


class Broken(Silent):
    """Raises when a record is finished."""

    def __init__(self, after: int, error: BaseException) -> None:
        self.left, self.error = after, error

    def finished(self, record: Record) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


@cache
def _environment(_directory: Path) -> Environment:
    return environment(Path(__file__).parent, score_s=0.01)


@pytest.fixture(autouse=True)
def _cheap_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "environment", _environment)
    pace = replace(
        suites.get("quick").pace,
        precision=None,
        duration_s=0.15,
        alone_s=0.15,
        warmup_min_s=0.05,
        warmup_max_s=0.1,
        slice_s=0.005,
        idle_s=0.02,
        checked=40,
    )
    monkeypatch.setattr(Request, "pace", lambda self: pace)


@pytest.fixture
def workload(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(WORKLOAD)
    return str(file)


def request_for(workload: str, **asked: object) -> Request:
    return Request(names=(workload,), engines=("fake",), load="closed:2", quick=True, **asked)  # type: ignore[arg-type]


@contextmanager
def prepared(
    request: Request, results: Path, behaviour: Behaviour, engine: FakeEngine | None = None
) -> Iterator[Session]:
    """A session whose fake engine behaves as told."""
    with begin(request, results) as session:
        chosen = engine or FakeEngine(behaviour=behaviour)
        session.plan.targets["fake"] = Target("fake", chosen, Place(kind="in-process"))
        yield session


def run(
    workload: str, results: Path, behaviour: Behaviour, engine: FakeEngine | None = None
) -> list[Record]:
    with prepared(request_for(workload), results, behaviour, engine) as session:
        return session.go(Silent())


@pytest.mark.timing
def test_a_run_leaves_a_record_for_each_planned_trial(workload: str, tmp_path: Path) -> None:
    made = run(workload, tmp_path / "out", Behaviour(service_time=Constant(0.001)))
    assert [(r.trial.phase, r.outcome) for r in made] == [
        ("mix", "ok"),
        ("read", "ok"),
        ("update", "ok"),
    ]
    assert read(tmp_path / "out") == made
    mix = made[0]
    assert mix.answers_checked >= 40
    assert mix.answers_digest
    assert [o.kind for o in mix.operations] == ["read", "update"]
    assert mix.operations_done == sum(o.count for o in mix.operations)
    assert mix.throughput_per_s == pytest.approx(mix.operations_done / mix.duration_s)
    assert mix.load.clients == 2
    assert mix.trial.records == 300
    assert mix.trial.scale == 1.0
    assert mix.warmup_s > 0
    assert mix.client.overhead_s_per_operation
    assert mix.series
    assert sum(second.operations for second in mix.series) > 0
    share = mix.operations[0].count / mix.operations_done
    assert share == pytest.approx(0.8, abs=0.12)
    # 1 ms each and two clients
    assert mix.throughput_per_s < 2_000
    assert made[1].operations[0].service.min_s >= 0.001


def test_a_record_says_the_keys_that_were_drawn() -> None:
    small = spec.from_document({"schema": 1, "name": "small"})
    assert keys_text(small) == "zipfian(0.99)"  # what bench draws where nobody says
    assert keys_text(spec.with_value(small, "data.keys", "latest")) == "latest"


def test_every_trial_has_its_own_seed_and_id(workload: str, tmp_path: Path) -> None:
    made = run(workload, tmp_path / "out", Behaviour())
    assert len({r.trial.seed for r in made}) == len(made)
    assert [r.id.rsplit(".")[-1] for r in made] == ["001", "002", "003"]


def test_wrong_answers_are_incorrect_and_not_measured(workload: str, tmp_path: Path) -> None:
    made = run(workload, tmp_path / "out", Behaviour(wrong=Every(7)))
    assert {r.outcome for r in made} == {"incorrect"}
    assert all(r.error and "expected" in r.error for r in made)
    assert all(r.operations_done == 0 and not r.is_evidence for r in made)


@pytest.mark.timing
def test_errors_are_counted_by_kind_and_do_not_end_a_trial(workload: str, tmp_path: Path) -> None:
    every_tenth = Fails(ElsewhereEvery(10, pid=os.getpid()), "40001")
    made = run(
        workload, tmp_path / "out", Behaviour(service_time=Constant(0.0001), failure=every_tenth)
    )
    for record in made:
        assert record.outcome == "ok"
        assert [error.kind for error in record.errors] == ["40001"]
        asked = record.errors_count + record.operations_done
        # of each of the two workers the window cuts off a part of a row of ten
        assert record.errors_count == pytest.approx(asked / 10, abs=2)
        assert any(f.code == "G-ERRORS" and f.level == "error" for f in record.findings)


@dataclass(frozen=True)
class ElsewhereEvery:
    """Every nth request of a session, but none of the process that compares the answers."""

    nth: int
    pid: int

    def __call__(self, request: Asked) -> bool:
        return os.getpid() != self.pid and request.number % self.nth == 0


def test_an_engine_that_dies_ends_the_trial_with_an_error_and_the_run_goes_on(
    workload: str, tmp_path: Path
) -> None:
    # it is there while answers are checked, and gone when the workers ask
    made = run(workload, tmp_path / "out", Behaviour(failure=GoneFor(os.getpid())))
    assert [r.outcome for r in made] == ["error"] * 3
    for record in made:
        # a worker that hardly gets a processor gives the engine up before its window is over
        assert (record.error or "").startswith(("no operation was completed", "no success for 3 s"))
        assert record.errors[0].kind == "refused"
        assert record.errors_count > 0


def test_a_target_that_cannot_be_loaded_leaves_an_error_for_each_trial(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(self: FakeTarget, plan: object) -> None:
        asked.append(plan)
        raise PlaceError("no room", hint="make some")

    monkeypatch.setattr(FakeTarget, "load", refuse)
    with pytest.raises(PlaceError, match="nothing could be measured: no room") as caught:
        run(workload, tmp_path / "out", Behaviour())
    assert caught.value.hint.startswith("make some; then repeat what failed: bench resume ")
    made = read(tmp_path / "out")
    assert [(r.outcome, r.error) for r in made] == [("error", "no room; make some")] * 3
    assert len(asked) == 1  # it would end again as it did
    assert not list((tmp_path / "out").glob(".work-*"))


def test_a_defect_of_an_engine_is_a_record_too(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(self: FakeTarget) -> None:
        raise ZeroDivisionError("settling")

    monkeypatch.setattr(FakeTarget, "settle", defect)
    made = run(workload, tmp_path / "out", Behaviour())
    assert {r.error for r in made} == {"ZeroDivisionError: settling"}


def test_rows_that_are_missing_after_writes_are_incorrect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "inserts.yaml"
    file.write_text(WORKLOAD.replace("kind: update", "kind: insert"))
    # the fake's workers write to copies of their own, so the parent's rows never grow
    made = run(str(file), tmp_path / "out", Behaviour(service_time=Constant(0.001)))
    by_phase = {r.trial.phase: r for r in made}
    assert by_phase["insert"].outcome == "incorrect"
    assert "acknowledged" in (by_phase["insert"].error or "")
    assert by_phase["read"].outcome == "ok"


def test_resources_are_differences_of_the_targets_counters_less_the_idle_baseline(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    def counters(self: FakeTarget) -> Counters:
        return Counters(log_bytes=int(1e6 * time.perf_counter()), stored_bytes=1_234)

    monkeypatch.setattr(FakeTarget, "counters", counters)
    made = run(workload, tmp_path / "out", Behaviour(service_time=Constant(0.001)))
    # the log grows by itself, at the same pace with and without requests
    for record in made:
        assert record.resources.log_bytes is not None
        assert record.resources.log_bytes < 0.3 * 1e6 / record.throughput_per_s
        assert record.resources.commits is None
    assert made[2].storage is not None
    assert made[2].storage.stored_bytes_after == 1_234


def test_an_interrupted_run_keeps_what_is_complete_and_can_be_resumed(
    workload: str, tmp_path: Path
) -> None:
    behaviour = Behaviour(service_time=Constant(0.0005))
    results = tmp_path / "out"
    with (
        pytest.raises(KeyboardInterrupt),
        prepared(request_for(workload), results, behaviour) as session,
    ):
        session.go(Broken(2, KeyboardInterrupt()))
    path = session.path
    assert len(read(path)) == 2
    assert not list(results.glob(".work-*"))
    assert not (path / "run.lock").exists()
    with resume(path, lambda _: request_for(workload), ()) as again:
        made = again.go(Silent())
    assert [r.trial.phase for r in made] == ["update"]
    phases = [r.trial.phase for r in read(path)]
    assert phases == ["mix", "read", "update"]


def test_a_resumed_run_does_not_need_the_workload_file(workload: str, tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        prepared(request_for(workload), tmp_path / "out", Behaviour()) as session,
    ):
        session.go(Broken(1, KeyboardInterrupt()))
    Path(workload).unlink()
    with resume(session.path, lambda _: request_for(workload), ()) as again:
        assert len(again.go(Silent())) == 2
    digests = {r.workload.digest for r in read(session.path)}
    assert len(digests) == 1


def test_a_run_does_not_go_on_with_another_trace(workload: str, tmp_path: Path) -> None:
    visits = tmp_path / "visits.csv"
    visits.write_text("time,rate\n0,200\n60,200\n")
    with Path(workload).open("a") as file:
        file.write("traffic: {trace: visits.csv}\n")
    asked = replace(request_for(workload), load="open:trace")
    with (
        pytest.raises(KeyboardInterrupt),
        prepared(asked, tmp_path / "out", Behaviour()) as session,
    ):
        session.go(Broken(1, KeyboardInterrupt()))
    (done,) = read(session.path)
    assert [each.name for each in done.trial.data] == ["trace"]
    visits.write_text("time,rate\n0,20\n60,20\n")
    with pytest.raises(InputError, match="has changed since the run began"):
        resume(session.path, lambda _: asked, ())
    visits.unlink()
    with pytest.raises(InputError, match="is no longer there"):
        resume(session.path, lambda _: asked, ())
    visits.write_text("time,rate\n0,200\n60,200\n")
    with resume(session.path, lambda _: asked, ()) as again:
        assert len(again.go(Silent())) == 2


def test_a_full_disk_ends_the_run_and_leaves_the_records(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, results = os.fsync, tmp_path / "out"

    def full(descriptor: int) -> None:
        name = os.readlink(f"/proc/self/fd/{descriptor}")
        if "records.ndjson" in name and (results.glob("*/records.ndjson")) and _count(results) >= 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PlaceError, match="No space left"):
        run(workload, results, Behaviour())
    monkeypatch.setattr(os, "fsync", real)
    assert len(read(results)) == 2
    assert not list(results.glob("**/*.tmp"))
    assert not list(results.glob(".work-*"))


def _count(results: Path) -> int:
    return sum(len(file.read_text().splitlines()) for file in results.glob("*/records.ndjson"))


def test_an_engine_whose_disk_is_full_ends_the_run(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: FakeTarget, plan: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FakeTarget, "load", full)
    with pytest.raises(PlaceError, match="disk is full"):
        run(workload, tmp_path / "out", Behaviour())


def test_a_server_that_fails_on_a_full_disk_ends_the_run_too(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(self: FakeTarget, plan: object) -> None:
        raise OperationFailed("connection-lost", "the server went away")

    def nearly_full(path: object) -> object:
        return shutil._ntuple_diskusage(100 << 30, (100 << 30) - (3 << 20), 3 << 20)

    monkeypatch.setattr(FakeTarget, "load", died)
    monkeypatch.setattr(shutil, "disk_usage", nearly_full)
    with pytest.raises(PlaceError, match=r"disk is full: 3 MiB are left, .*went away"):
        run(workload, tmp_path / "out", Behaviour())


def test_nothing_is_written_when_the_request_is_wrong(tmp_path: Path) -> None:
    from workloads.errors import InputError

    with pytest.raises(InputError):
        begin(Request(names=("no-such-workload",), engines=("fake",)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_manifest_holds_the_whole_plan(workload: str, tmp_path: Path) -> None:
    with begin(request_for(workload), tmp_path / "out") as session:
        manifest = json.loads((session.path / "run.json").read_text())
    assert manifest["plan"]["command"][:2] == ["bench", "run"]
    assert [trial["phase"] for trial in manifest["plan"]["trials"]] == ["mix", "read", "update"]


def test_counters_of_a_dead_engine_do_not_stop_the_run(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [0]

    def counters(self: FakeTarget) -> Counters:
        calls[0] += 1
        if calls[0] > 4:
            raise OperationFailed("gone", "the server went away")
        return Counters()

    monkeypatch.setattr(FakeTarget, "counters", counters)
    made = run(workload, tmp_path / "out", Behaviour(service_time=Constant(0.001)))
    assert len(made) == 3
    assert made[0].outcome == "error"
    assert "went away" in (made[0].error or "")
    assert made[0].operations_done > 0


def test_settings_reach_the_engine(workload: str, tmp_path: Path) -> None:
    seen: list[Settings] = []

    class Watching(FakeEngine):
        @contextmanager
        def open(self, place: Place, settings: Settings) -> Iterator[FakeTarget]:
            seen.append(settings)
            with super().open(place, settings) as target:
                yield target

    request = replace(
        request_for(workload),
        options=("fake.service_us=900", "lmdb.map_bytes=1000000"),
        durability="relaxed",
    )
    engine = Watching(behaviour=Behaviour())
    with prepared(request, tmp_path / "out", Behaviour(), engine) as session:
        made = session.go(Silent())
    assert seen[0].options == {"service_us": "900"}
    assert seen[0].durability == "relaxed"
    assert not seen[0].workdir.exists()
    assert made[0].engine.durability == "relaxed"
    assert made[1].operations[0].service.min_s >= 0.0009
