"""Procedures on the fake engine: every outcome, resuming, and the workload beside them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from test_run_loop import _cheap_environment  # noqa: F401 - a fixture

from bench import procedures
from bench.commands import steps
from bench.commands.run import read_words
from bench.engines.fake import FakeEngine, FakeTarget
from bench.engines.fake.behaviour import Behaviour, Constant
from bench.engines.seam import Place
from bench.procedures.context import BESIDE, Context
from bench.procedures.seam import Impossible, Performed
from bench.runner import limit
from bench.runner.limit import Limits, Overdue, limited
from bench.runner.plan import Target
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.session import Session, begin, resume
from bench.runner.stand import Stand
from results.record import Record, Step
from results.store import read
from workloads.errors import InputError
from workloads.spec.model import Workload

WORKLOAD = """\
schema: 1
name: small
data: {dataset: records, records: 300, record_size: 200 B}
operations: [{kind: read, weight: 8}, {kind: insert, weight: 2}]
"""
Act = Callable[[Stand, Context], Performed]


@dataclass(slots=True)
class Acting:
    """A procedure that does as told; `impossible` ways have a reason."""

    act: Act
    known: Mapping[str, str | None] = field(default_factory=lambda: {"now": None})
    name: str = "acting"
    title: str = "acting"
    axis: str = "retention"
    done: list[str] = field(default_factory=list)

    def ways(
        self, target: Target, workload: Workload, options: Mapping[str, str]
    ) -> Mapping[str, str | None]:
        assert target.engine.name == "fake"
        assert workload.name == "small"
        assert "unknown" not in options
        return self.known

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        self.done.append(way)
        return self.act(stand, context)


@pytest.fixture
def workload(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(WORKLOAD)
    return str(file)


def asked(workload: str, *names: str, load: str = "none") -> Request:
    return Request(
        names=(workload,), engines=("fake",), load=load, quick=True, procedures=names or ("acting",)
    )


@contextmanager
def prepared(request: Request, results: Path, address: str | None = None) -> Iterator[Session]:
    engine = FakeEngine(behaviour=Behaviour(service_time=Constant(0.001)))
    with begin(request, results) as session:
        place = Place(kind="in-process", address=address)
        session.plan.targets["fake"] = Target("fake", engine, place)
        yield session


@pytest.fixture
def acting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Acting]:
    def register(act: Act, **given: object) -> Acting:
        made = Acting(act, **given)  # type: ignore[arg-type]
        found = procedures._found() | {made.name: made}
        monkeypatch.setattr(procedures, "_found", lambda: found)
        return made

    return register


def idle(_stand: Stand, _context: Context) -> Performed:
    return Performed((Step(name="nothing", seconds=0.5, rows=3),))


def run(request: Request, results: Path, address: str | None = None) -> list[Record]:
    with prepared(request, results, address) as session:
        return session.go(Silent())


def test_loading_is_a_procedure_with_its_steps(workload: str, tmp_path: Path) -> None:
    (made,) = run(asked(workload, "load"), tmp_path / "out")
    assert (made.outcome, made.trial.phase, made.load.kind) == ("ok", "load:bulk", "none")
    assert made.procedure is not None
    assert (made.procedure.name, made.procedure.way) == ("load", "bulk")
    load, settle = made.procedure.steps
    assert (load.name, load.rows, settle.name) == ("load", 300, "settle")
    assert load.seconds is not None
    assert made.storage is not None
    assert made.storage.logical_bytes > 0
    assert not made.findings
    assert made.is_evidence
    assert read(tmp_path / "out") == [made]
    row = steps.rows([made])[0]
    assert (row.engine, row.step, row.rows, row.repetitions) == ("fake", "load", 300, 1)


def test_a_procedure_comes_after_the_loads_and_does_not_stand_in_their_table(
    workload: str, tmp_path: Path, acting: Callable[..., Acting]
) -> None:
    acting(idle)
    made = run(asked(workload, load="closed:2"), tmp_path / "out")
    assert [record.trial.phase for record in made][-1] == "acting:now"
    from bench.commands.measured import rows

    assert "acting:now" not in {row.phase for row in rows(made)}
    assert [row.procedure for row in steps.rows(made)] == ["acting"]


def test_what_a_procedure_raises_becomes_its_record_and_the_next_gets_a_fresh_stand(
    workload: str, tmp_path: Path, acting: Callable[..., Acting], monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[object] = []
    real = FakeTarget.load

    def load(self: FakeTarget, plan: object) -> object:
        loads.append(plan)
        return real(self, plan)  # type: ignore[arg-type]

    monkeypatch.setattr(FakeTarget, "load", load)

    def fail(_stand: Stand, _context: Context) -> Performed:
        if len(made.done) == 1:
            raise ZeroDivisionError("in the middle")
        return idle(_stand, _context)

    made = acting(fail, known={"first": None, "second": None})
    records = run(asked(workload), tmp_path / "out")
    assert [(r.outcome, r.error) for r in records] == [
        ("error", "ZeroDivisionError: in the middle"),
        ("ok", None),
    ]
    assert len(loads) == 2
    assert steps.rows(records)[0].note == "ZeroDivisionError: in the middle"


def test_a_way_that_cannot_be_gone_is_unsupported_with_its_reason(
    workload: str, tmp_path: Path, acting: Callable[..., Acting]
) -> None:
    def impossible(_stand: Stand, _context: Context) -> Performed:
        raise Impossible("the server lacks it")

    made = acting(impossible, known={"tool": "no such tool here", "seen": None})
    records = run(asked(workload), tmp_path / "out")
    assert [(r.trial.phase, r.outcome, r.error) for r in records] == [
        ("acting:tool", "unsupported", "no such tool here"),
        ("acting:seen", "unsupported", "the server lacks it"),
    ]
    assert made.done == ["seen"]
    with (
        pytest.raises(InputError, match="'acting' has no way 'other' on fake") as caught,
        prepared(asked(workload, "acting:other"), tmp_path / "other"),
    ):
        pass
    assert caught.value.hint == "ways: tool, seen"


def test_wrong_content_is_incorrect(
    workload: str, tmp_path: Path, acting: Callable[..., Acting]
) -> None:
    def wrong(_stand: Stand, _context: Context) -> Performed:
        return Performed((Step(name="restore", seconds=1.0, correct=False, note="299 of 300"),))

    acting(wrong)
    (record,) = run(asked(workload), tmp_path / "out")
    assert (record.outcome, record.error) == ("incorrect", "restore: 299 of 300")


def test_a_spent_stand_is_loaded_afresh(
    workload: str, tmp_path: Path, acting: Callable[..., Acting]
) -> None:
    def remove(stand: Stand, _context: Context) -> Performed:
        rows.append(stand.row_count())
        stand.running.store.rows.clear()  # type: ignore[attr-defined]
        return Performed((Step(name="remove", seconds=0.1),), spent=True)

    rows: list[int] = []
    acting(remove, known={"one": None, "two": None})
    run(asked(workload), tmp_path / "out")
    assert rows[0] == rows[1] >= 300  # some were inserted while answers were compared


def offering() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == BESIDE]


def test_the_workload_runs_beside(
    workload: str, tmp_path: Path, acting: Callable[..., Acting]
) -> None:
    def beside(_stand: Stand, context: Context) -> Performed:
        made, fared = context.beside(
            lambda: context.step("wait", lambda: time.sleep(0.3))[1], load="closed:2"
        )
        assert not offering()
        step = replace(made, throughput_per_s=fared.throughput_per_s, p99_s=fared.p99_s)
        return Performed((step,))

    acting(beside)
    (record,) = run(asked(workload), tmp_path / "out")
    assert record.outcome == "ok", record.error
    assert record.procedure is not None
    (step,) = record.procedure.steps
    assert step.seconds == pytest.approx(0.3, abs=0.2)
    assert step.throughput_per_s is not None
    assert 0 < step.throughput_per_s < 2_000  # two clients, 1 ms each


def test_what_fails_beside_a_workload_ends_both(
    workload: str, tmp_path: Path, acting: Callable[..., Acting]
) -> None:
    def fail() -> None:
        raise ValueError("in the work")

    acting(lambda _stand, context: context.beside(fail)[0] or Performed(()))
    (record,) = run(asked(workload), tmp_path / "out")
    assert record.error == "ValueError: in the work"
    assert not offering()
    assert not list((tmp_path / "out").glob(".work-*"))


def test_interrupted_in_a_procedure_the_run_goes_on_from_there(
    workload: str, tmp_path: Path, acting: Callable[..., Acting]
) -> None:
    def interrupted(stand: Stand, context: Context) -> Performed:
        if made.done == ["one", "two"]:
            context.beside(stop)
        return idle(stand, context)

    def stop() -> None:
        raise KeyboardInterrupt

    made = acting(interrupted, known={"one": None, "two": None, "three": "not here"})
    request = asked(workload)
    with (
        pytest.raises(KeyboardInterrupt),
        prepared(request, tmp_path / "out") as session,
    ):
        session.go(Silent())
    assert [r.trial.phase for r in read(session.path)] == ["acting:one"]
    assert not list((tmp_path / "out").glob(".work-*"))
    with resume(session.path, lambda _: request, ()) as again:
        rest = again.go(Silent())
    assert [r.outcome for r in rest] == ["ok", "unsupported"]
    assert made.done == ["one", "two", "two"]


def test_a_procedure_that_hangs_is_ended(
    workload: str, tmp_path: Path, acting: Callable[..., Acting], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(stand: Stand, _context: Context) -> Performed:
        stand.counters()  # has a limit of its own, inside
        time.sleep(30)
        return Performed(())

    monkeypatch.setattr(limit, "LIMITS", Limits(procedure_s=0.2, loads=0.0))
    acting(hang)
    (record,) = run(asked(workload), tmp_path / "out")
    assert record.error == "timeout: acting did not end within 0.2 s"


def test_a_limit_inside_another_leaves_it_in_force() -> None:
    def inside() -> None:
        with limited(0.05, "inner"):
            pass
        with limited(30, "longer than what is left"):
            time.sleep(5)

    with pytest.raises(Overdue, match="outer"), limited(0.15, "outer"):
        inside()
    with limited(30, "outer"), pytest.raises(Overdue, match="inner"), limited(0.05, "inner"):
        time.sleep(5)


def test_no_password_is_in_what_a_procedure_tells(
    workload: str, tmp_path: Path, acting: Callable[..., Acting]
) -> None:
    def tell(_stand: Stand, _context: Context) -> Performed:
        if len(made.done) == 2:
            raise ValueError("pg_dump postgresql://u:hush@host/db failed")
        return Performed((Step(name="dump", seconds=1.0, note="-d postgresql://u:hush@host/db"),))

    made = acting(tell, known={"one": None, "two": None})
    run(asked(workload), tmp_path / "out", "postgresql://u:hush@host/db")
    text = "".join(file.read_text() for file in (tmp_path / "out").glob("*/records*.ndjson"))
    assert "hush" not in text
    assert "pg_dump" in text


def test_an_unknown_procedure_is_an_error_with_the_nearest(workload: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no procedure 'laod'") as caught:
        begin(asked(workload, "laod"), tmp_path / "out")
    assert caught.value.hint is not None
    assert "did you mean 'load'?" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_the_words_of_a_request_keep_its_procedures(workload: str) -> None:
    request = asked(workload, "load", "acting:now")
    assert read_words(request.words()[1:]) == request


def test_every_procedure_says_what_it_is() -> None:
    assert "load" in procedures.names()
    for name in procedures.names():
        procedure = procedures.get(name)
        assert procedure.title
        assert procedure.axis in {"format", "size", "frequency", "latency", "retention"}
