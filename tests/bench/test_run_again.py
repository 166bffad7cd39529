"""Failed trials: their exit code, and what `bench resume` repeats; places that let nobody in."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from bench import suites
from bench.__main__ import group
from bench.commands.run import read_words, require_success
from bench.engines.fake import FakeEngine, FakeTarget
from bench.engines.fake.behaviour import Behaviour, Constant
from bench.engines.fake.behaviour import Request as Asked
from bench.engines.seam import OperationFailed, Place, Settings
from bench.environment import environment
from bench.runner import session as sessions
from bench.runner.plan import Target
from bench.runner.progress import Silent
from bench.runner.reach import require_places
from bench.runner.request import Request
from bench.runner.session import begin, resume
from results.record import Environment
from results.store import open_run, read
from workloads.command import outcome
from workloads.errors import CheckFailed, PlaceError

WORKLOAD = """\
schema: 1
name: small
data: {dataset: records, records: 300, record_size: 200 B}
operations:
  - {kind: read, weight: 8}
  - {kind: update, weight: 2}
"""
ROOT = Path(__file__).parents[2]


@cache
def _environment(_directory: Path) -> Environment:
    return environment(Path(__file__).parent, score_s=0.01)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "environment", _environment)
    pace = replace(
        suites.get("quick").pace,
        duration_s=0.1,
        alone_s=0.1,
        warmup_min_s=0.05,
        warmup_max_s=0.1,
        slice_s=0.005,
        idle_s=0.02,
        checked=20,
        precision=None,
    )
    monkeypatch.setattr(Request, "pace", lambda self: pace)


@pytest.fixture
def workload(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(WORKLOAD)
    return str(file)


class FailsOn:
    """Refuses operations of one kind everywhere but in this process, which verifies answers."""

    def __init__(self, kind: str) -> None:
        self.kind, self.pid = kind, os.getpid()

    def __call__(self, request: Asked) -> str | None:
        return "refused" if request.kind == self.kind and os.getpid() != self.pid else None


def fake(failure: FailsOn | None) -> Target:
    behaviour = Behaviour(service_time=Constant(0.001))
    if failure is not None:
        behaviour = replace(behaviour, failure=failure)
    return Target("fake", FakeEngine(behaviour=behaviour), Place(kind="in-process"))


@pytest.fixture
def partly_failed(brief: None, workload: str, tmp_path: Path) -> Path:
    """A run whose last trial failed."""
    request = Request(names=(workload,), engines=("fake",), load="closed:2", quick=True)
    with begin(request, tmp_path / "out") as session:
        session.plan.targets["fake"] = fake(FailsOn("update"))
        session.go(Silent())
        assert [r.outcome for r in session.store.records] == ["ok", "ok", "error"]
        with pytest.raises(CheckFailed, match="1 of 3 trials failed, first fake update") as raised:
            require_success(session.store.records, failed=session.store.failed(), run=session.path)
        assert f"bench resume {session.path}" in raised.value.hint
    return session.path


def test_resume_repeats_what_failed_and_says_so(partly_failed: Path) -> None:
    before = {record.id: record for record in read(partly_failed)}
    with resume(partly_failed, read_words, ()) as session:
        assert [(t.phase, t.number) for t in session.store.remaining()] == [("update", 3)]
        (note,) = session.plan.notes
        assert note.startswith("fake update, repetition 1, is repeated; error: ")
        session.plan.targets["fake"] = fake(None)
        session.go(Silent())
        require_success(session.store.records, failed=session.store.failed(), run=session.path)
    after = {record.id: record for record in read(partly_failed)}
    assert after.keys() == before.keys()
    assert [r.outcome for r in after.values()] == ["ok", "ok", "ok"]
    kept = [record for record in before.values() if record.outcome == "ok"]
    assert all(after[record.id] == record for record in kept)


def test_nothing_is_repeated_twice(partly_failed: Path) -> None:
    for _ in range(2):
        with resume(partly_failed, read_words, ()) as session:
            session.plan.targets["fake"] = fake(None)
            session.go(Silent())
            left = session.store.remaining()
    assert not left
    assert session.plan.notes == ()


def test_a_failed_record_in_an_earlier_file_is_withdrawn_from_there(
    partly_failed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from results import store as stores

    monkeypatch.setattr(stores, "MOST_FILE_BYTES", 1)
    run = partly_failed
    with stores.open_run(run) as store:
        failed = store.failed()
        for number in (7, 8):
            store.append(replace(failed[0], id=store.record_id(number), outcome="ok"))
        assert (run / "records-3.ndjson").exists()
        store.withdraw(failed)
        store.append(replace(failed[0], outcome="ok"))
    ids = [record.id for record in read(run)]
    assert len(ids) == len(set(ids)) == 5
    assert all(record.outcome == "ok" for record in read(run))


def test_wrong_answers_are_not_repeated(partly_failed: Path) -> None:
    with open_run(partly_failed) as store:
        (failed,) = store.failed()
        store.withdraw([failed])
        store.append(replace(failed, outcome="incorrect"))
        assert store.failed() == ()
        assert store.remaining() == ()


# --- places


class Closed(FakeEngine):
    """A server that lets nobody in; counts who asked."""

    asked = 0

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[FakeTarget]:
        Closed.asked += 1
        assert settings.workdir.is_dir()
        raise OperationFailed("28P01", 'password authentication failed for user "u"')
        yield


def test_a_place_is_asked_once_before_anything_is_written(
    brief: None,
    workload: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bench.runner import selection

    target = Target("fake://u:***@somewhere/x", Closed(), Place(kind="remote", address="secret"))
    monkeypatch.setattr(selection, "targets", lambda _request, _notes: (target,))
    Closed.asked = 0
    request = Request(names=(workload,), engines=("fake",), quick=True)
    with pytest.raises(PlaceError, match="password authentication failed"):
        begin(request, tmp_path / "out")
    assert Closed.asked == 1
    assert not (tmp_path / "out").exists()


def test_what_we_start_ourselves_is_not_opened_twice() -> None:
    target = Target("fake", Closed(), Place(kind="in-process"))
    Closed.asked = 0
    require_places([target], Request(names=("book-store",)))
    assert Closed.asked == 0


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_a_server_that_is_not_there_is_told_once(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "book-store", "--quick", "--engine", f"{engine}://u:geheim@127.0.0.1:1/x"]
    code = outcome(group, [*words, "--allow-writes", "--results", str(tmp_path / "out")])
    shown = capsys.readouterr()
    assert code == 3
    assert shown.err.count("error: ") == 1
    assert "geheim" not in shown.err + shown.out
    assert not (tmp_path / "out").exists()


# --- options


@pytest.mark.parametrize(
    ("engine", "words", "says"),
    [
        ("lmdb", ("--option", "lmdb.foo=1"), "options of lmdb: consistency, map_bytes"),
        ("lmdb", ("--option", "map_byte=1"), "did you mean 'map_bytes'?"),
        ("lmdb", ("--option", "polars.thread=1"), "did you mean 'threads'?"),
        ("lmdb", ("--option", "lmbd.map_bytes=1"), "has no option 'lmbd.map_bytes'"),
        ("noop", ("--option", "x=1"), "noop has none"),
        ("postgresql", ("--option", "prot=1"), "protocol"),
        ("postgresql", ("--option", "port=many"), "port"),
        ("lmdb", ("--versus", "foo=1"), "options of lmdb"),
    ],
)
def test_an_unknown_option_is_refused_before_anything_is_started(
    engine: str,
    words: tuple[str, ...],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    more = ["--engine", engine, "--results", str(tmp_path / "out"), *words]
    assert outcome(group, ["run", "book-store", "--quick", *more]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# --- without the rights of root


@pytest.mark.slow
def test_a_run_needs_no_rights_but_to_its_own_directory(tmp_path: Path) -> None:
    """As an unprivileged user, with a results directory relative to where it stands."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "small.yaml").write_text(WORKLOAD)
    words = ["-m", "bench", "run", "small.yaml", "--engine", "lmdb", "--engine", "postgresql"]
    words += ["--quick", "--duration", "0.1 s", "--results", "out"]
    as_nobody: list[str] = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        shutil.chown(home, nobody.pw_uid, nobody.pw_gid)
        # may read and enter all, as the interpreter may lie where only root looks; writes nothing
        as_nobody = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}"]
        as_nobody += ["--clear-groups", "--inh-caps=+dac_read_search"]
        as_nobody += ["--ambient-caps=+dac_read_search"]
    done = subprocess.run(
        [*as_nobody, sys.executable, *words],
        cwd=home,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {record.outcome for record in read(home / "out")} == {"ok"}
    assert {record.engine.name for record in read(home / "out")} == {"lmdb", "postgresql"}
    assert (home / "out").stat().st_uid == home.stat().st_uid
    left = [path.name for path in (home / "out").iterdir() if path.name.startswith(".work")]
    assert left == []
