"""Searches and curves on a real engine in process, short; and going on with an interrupted one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from bench.__main__ import group
from bench.environment import environment
from bench.runner import curve, explore, levels, seek, way
from bench.runner import session as sessions
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.session import Session, begin, resume
from results import answers
from results.answers import Answer
from results.record import Environment, Record
from results.store import read
from workloads.command import outcome
from workloads.errors import InputError

WORKLOAD = """\
schema: 1
name: reads
data: {dataset: records, records: 2k, record_size: 200 B}
operations:
  - {kind: read, weight: 4}
  - {kind: range, weight: 1, limit: 5}
latency: {read_p99: 90 ms}
"""

pytestmark = pytest.mark.slow


@cache
def _environment(_directory: Path) -> Environment:
    return environment(Path(__file__).parent, score_s=0.01)


@pytest.fixture(scope="module", autouse=True)
def _brisk() -> Iterator[None]:
    """Short trials, little patience, few clients, and a machine that is described quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "environment", lambda directory, **_: _environment(directory))
        patch.setattr(explore, "_WARMUP_S", (0.05, 0.1))
        patch.setattr(explore, "_SLICE_S", 0.01)
        patch.setattr(way, "CAPACITY_S", 0.1)
        patch.setattr(levels, "MOST_CLIENTS", 4)
        patch.setattr(seek, "BUDGET_S", 1.5)
        patch.setattr(seek, "_LONGEST_S", 0.3)
        yield


def requested(load: str, file: Path, *, duration_s: float = 0.2) -> Request:
    file.mkdir(exist_ok=True)
    (file / "reads.yaml").write_text(WORKLOAD)
    return Request(
        names=(str(file / "reads.yaml"),),
        engines=("lmdb",),
        load=load,
        quick=True,
        duration_s=duration_s,
    )


def results_of(request: Request, directory: Path) -> tuple[list[Record], tuple[Answer, ...]]:
    with begin(request, directory / "out") as session:
        session.go(Silent())
        return read(session.path), answers.read(session.path)


@dataclass(frozen=True)
class Searched:
    """A search as a person does one: the exit code, what was printed, and what was kept."""

    code: int
    out: str
    err: str
    path: Path
    results: Path


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    folder = tmp_path_factory.mktemp("searched")
    request = requested("search", folder)
    arguments = ["run", *request.names, "--engine", "lmdb", "--quick", "--duration", "0.2 s"]
    arguments += ["--load", "search", "--results", str(folder / "out")]
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = outcome(group, arguments)
    (path,) = (folder / "out").iterdir()
    return Searched(code, out.getvalue(), err.getvalue(), path, folder / "out")


def test_a_search_keeps_every_probe_and_its_answer(searched: Searched) -> None:
    records, (answer,) = read(searched.path), answers.read(searched.path)
    assert (answer.kind, answer.load, answer.target) == ("search", "search", "lmdb")
    assert answer.objectives == ("read_p99<90ms",)
    run = records[0].run
    assert [point.record for point in answer.points] == [record.id for record in records]
    assert [r.id for r in records] == [f"{run}.001.{n:02d}" for n in range(1, len(records) + 1)]
    capacity, *probes = records
    assert capacity.load.kind == "closed"
    assert len(probes) >= 1
    for record, point in zip(probes, answer.points[1:], strict=True):
        assert record.load.kind == "open"
        assert record.load.rate_per_s == pytest.approx(point.rate_per_s)
        assert all(o.response is not None for o in record.operations if o.count)
        assert point.verdict is not None
        assert record.trial.phase == "mix"
    assert len({record.trial.seed for record in records}) == len(records)
    # evidence adds up: a rate may hold by what was seen at higher ones, but it was probed itself
    low, high = answer.low_per_s, answer.high_per_s
    assert low is None or high is None or low < high
    assert {low, high} - {None} <= {p.rate_per_s for p in answer.points}


def test_the_commands_show_the_answer(
    searched: Searched, capsys: pytest.CaptureFixture[str]
) -> None:
    assert searched.code == 0
    assert "largest rate with read_p99<90ms" in searched.out
    assert "capacity" in searched.out
    assert "probe 2: open:" in searched.err
    results = str(searched.results)
    assert outcome(group, ["show", results]) == 0
    assert "largest rate with read_p99<90ms" in capsys.readouterr().out
    assert outcome(group, ["show", results, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    (answer,) = shown["answers"]
    assert answer["kind"] == "search"
    assert len(answer["points"]) == len(answers.read(searched.path)[0].points)


def test_an_objective_out_of_reach_is_said_to_be(tmp_path: Path) -> None:
    _, (answer,) = results_of(requested("search:p99<1us", tmp_path), tmp_path)
    assert answer.low_per_s is None
    assert answer.expected_per_s is None
    assert {p.verdict for p in answer.points[1:]} <= {
        "fails",
        "client-limited",
        "undecided",
        "error",
    }


def test_an_engine_of_nothing_is_always_the_clients_limit(tmp_path: Path) -> None:
    request = replace(requested("search:p99<50us", tmp_path), engines=("noop",))
    _, (answer,) = results_of(request, tmp_path)
    assert answer.limited_by in ("client", "nothing")
    assert answer.high_per_s is None


@pytest.fixture
def _client_at_ease(monkeypatch: pytest.MonkeyPatch) -> None:
    """No level follows one where the client was the limit, as on a machine with other things to do;
    how many levels there are is then not the point."""
    monkeypatch.setattr(levels, "client_limited", lambda _record, **_: False)


@pytest.mark.usefixtures("_client_at_ease")
def test_a_curve_keeps_every_level(tmp_path: Path) -> None:
    records, (answer,) = results_of(requested("curve", tmp_path, duration_s=0.1), tmp_path)
    points = [point for point in answer.points if point.purpose == "level"]
    assert len(points) >= 8
    assert len(records) == len(points) + 1
    rates = [record.load.rate_per_s for record in records[1:]]
    assert len(set(rates)) == len(rates)
    assert "knee at about" in answer.text


@pytest.mark.usefixtures("_client_at_ease")
def test_a_curve_over_clients_takes_one_trial_a_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curve, "_PAST", 0.0)  # no level is past the knee
    request = requested("curve:closed", tmp_path, duration_s=0.1)
    records, (answer,) = results_of(request, tmp_path)
    assert {record.load.kind for record in records} == {"closed"}
    assert [record.load.clients for record in records] == [1, 2, 3, 4]
    assert answer.knee_clients in (1, 2, 3, 4)


def test_an_interrupted_search_is_done_again_with_further_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seek, "BUDGET_S", 0.6)

    class Interrupted(Silent):
        def step(self, text: str) -> None:
            raise KeyboardInterrupt

    request = requested("search", tmp_path)
    with begin(request, tmp_path / "out") as session, pytest.raises(KeyboardInterrupt):
        session.go(Interrupted())
    path = session.path
    assert answers.read(path) == ()
    before = [record.id for record in read(path)]
    assert len(before) == 1

    def again(_: object) -> Request:
        return request

    resumed: Session
    with resume(path, again, ()) as resumed:
        resumed.go(Silent())
        assert resumed.store.remaining() == ()
    (answer,) = answers.read(path)
    ids = [record.id for record in read(path)]
    assert ids[:1] == before
    assert [point.record for point in answer.points] == ids[1:]
    with resume(path, again, ()) as resumed:
        assert resumed.go(Silent()) == []


@pytest.mark.parametrize(
    ("load", "says"),
    [
        ("search:p99<10", "no unit"),
        ("search:write_p99<10ms", "concerns no operation"),
        ("serch", "no load 'serch'"),
    ],
)
def test_what_cannot_be_searched_ends_with_exit_code_2(
    load: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = requested(load, tmp_path)
    arguments = ["run", *request.names, "--engine", "lmdb", "--load", load]
    assert outcome(group, [*arguments, "--results", str(tmp_path / "out")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_damaged_answers_are_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / answers.ANSWERS_FILE).write_text("{")
    with pytest.raises(InputError, match="not the answers of a run"):
        answers.read(tmp_path)
    (tmp_path / answers.ANSWERS_FILE).write_text('{"schema": 99, "answers": []}')
    with pytest.raises(InputError, match="version 99"):
        answers.read(tmp_path)
    assert answers.read(tmp_path / "elsewhere") == ()
