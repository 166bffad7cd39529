"""Servers come quickly and go completely: killed parents, taken ports, unfinished loads."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgresql_ground import (
    RECORDS,
    answers,
    loaded,
    operation,
    plan,
    running,
    servers_in,
    session_of,
)

from bench.engines import parse_target
from bench.engines.postgresql import ENGINE, software
from bench.engines.postgresql.options import options_of
from bench.engines.postgresql.session import PostgresqlSession
from bench.engines.seam import LoadPlan, OperationFailed, Place, Settings
from bench.targets import cleanup
from bench.targets.account import server_account
from bench.targets.keeper import Keeper
from bench.targets.private import private_directory
from workloads import datasets
from workloads.errors import InputError, PlaceError

# The aim is 2 s on an idle machine; the test leaves room for a busy one.
READY_S = 6.0


@pytest.fixture
def workdir() -> Iterator[Path]:
    """A work directory as a run has it. pytest's own cannot be entered by the server's account."""
    path = Path(tempfile.mkdtemp(prefix="storefit-test-"))
    yield path
    shutil.rmtree(path)


PARENT = """
    import sys, time
    from pathlib import Path
    from bench.engines.postgresql import ENGINE
    from bench.engines.seam import Place, Settings

    with ENGINE.open(Place(kind="embedded"), Settings(workdir=Path(sys.argv[1]))) as target:
        print("ready", flush=True)
        time.sleep(60)
"""


def wait_until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def segments_in(directory: Path) -> set[Path]:
    """Shared memory of the servers that work below a directory."""
    return {Path(path) for pid in servers_in(directory) for path in cleanup.mapped(pid)}


@pytest.mark.timing
def test_ready_soon_and_gone_at_once(workdir: Path) -> None:
    start_s = time.monotonic()
    with running(workdir) as target:
        assert time.monotonic() - start_s < READY_S
        assert servers_in(workdir)
        assert target.counters().cpu_s is not None
        if os.geteuid() == 0:
            data = next(workdir.glob("postgresql-*"))
            assert data.stat().st_uid != 0
            assert stat.S_IMODE(data.stat().st_mode) == 0o700
        start_s = time.monotonic()
    assert time.monotonic() - start_s < READY_S
    assert list(workdir.iterdir()) == []
    assert servers_in(workdir) == []


@pytest.mark.parametrize(
    "there",
    [
        pytest.param("data/PG_VERSION", marks=pytest.mark.slow),
        pytest.param("data/postmaster.pid", marks=pytest.mark.slow),
        "ready",
    ],
)
def test_a_killed_parent_leaves_nothing(workdir: Path, there: str) -> None:
    """Killed while the cluster is made, while the server starts, and while it runs."""
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), str(workdir)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        if there == "ready":
            assert parent.stdout is not None
            assert parent.stdout.readline() == "ready\n"
            segments = segments_in(workdir)
            assert segments
        else:
            wait_until(lambda: bool(list(workdir.glob(f"postgresql-*/{there}"))))
            segments = set()
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not servers_in(workdir) and not list(workdir.iterdir()))
    time.sleep(0.2)  # nothing comes back either
    assert not servers_in(workdir)
    assert not list(workdir.iterdir())
    assert not [path for path in segments if path.exists()]


@pytest.mark.slow
def test_an_unfinished_load_can_be_followed_by_another(workdir: Path) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        assert 0 < done <= total
        raise Enough

    with running(workdir) as target:
        interrupted = LoadPlan(
            dataset=datasets.get("records"), records=200_000, seed=1, progress=stop
        )
        start_s = time.monotonic()
        with pytest.raises(Enough):
            target.load(interrupted)
        assert time.monotonic() - start_s < 5
        with pytest.raises(InputError, match="nothing is loaded"):
            target.dialer()
        target.load(plan())
        assert target.row_count() == RECORDS
    assert list(workdir.iterdir()) == []


def read_on(session: PostgresqlSession) -> None:
    for _ in range(500):
        answers(session, operation("read"), [3])
        time.sleep(0.01)


def test_a_server_that_dies_is_an_operation_s_failure(workdir: Path) -> None:
    with loaded(workdir) as target, session_of(target) as session:
        assert answers(session, operation("read"), [3])
        backend = session.server_pids()[0]
        postmaster = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
        segments = segments_in(workdir)
        os.kill(postmaster, signal.SIGKILL)
        with pytest.raises(OperationFailed) as caught:
            read_on(session)
        assert caught.value.kind == "connection-lost"
        with pytest.raises(OperationFailed):
            target.counters()
        with pytest.raises(OperationFailed) as caught:
            target.dialer().dial()
        assert caught.value.kind == "refused"
    assert list(workdir.iterdir()) == []
    for path in segments:  # a killed server leaves them, and nobody was there to see it
        path.unlink(missing_ok=True)


def test_a_taken_port(workdir: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with (
            pytest.raises(PlaceError, match=f"port {port} is taken"),
            running(workdir, port=str(port)),
        ):
            pass
    assert list(workdir.iterdir()) == []


def test_a_work_directory_that_cannot_be_one(workdir: Path) -> None:
    (workdir / "file").write_text("")
    with pytest.raises(PlaceError, match="no directory can be made"), running(workdir / "file"):
        pass


def test_an_unknown_version(workdir: Path) -> None:
    with (
        pytest.raises(InputError, match="PostgreSQL 9 is not here") as caught,
        running(workdir, place=Place(kind="embedded", version="9")),
    ):
        pass
    assert caught.value.hint == "versions here: 18, 16"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"conection": "tcp"}, "did you mean 'connection'"),
        ({"connection": "pigeon"}, "socket, tcp"),
        ({"port": "70000"}, "number up to 65535"),
        ({"port": "x"}, "number up to 65535"),
        ({"statement_timeout_s": "-1"}, "number up to"),
        ({"set.fsync = off; x": "1"}, "set.work_mem"),
    ],
)
def test_wrong_options(options: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        options_of(options)
    assert said in caught.value.hint


def test_a_server_setting_that_the_server_refuses(workdir: Path) -> None:
    with (
        pytest.raises(PlaceError, match="work_mem") as caught,
        running(workdir, **{"set.work_mem": "much"}),
    ):
        pass
    assert str(workdir) not in caught.value.message
    assert list(workdir.iterdir()) == []


def test_places_on_the_command_line() -> None:
    assert parse_target("postgresql")[1] == Place(kind="embedded")
    assert parse_target("postgresql@embedded:16")[1].version == "16"
    assert parse_target("postgresql@local:/opt/pg/bin")[1].address == "/opt/pg/bin"
    engine, place = parse_target("postgresql://me:word@host/db")
    assert engine is ENGINE
    assert place == Place(kind="remote", address="postgresql://me:word@host/db")
    assert ENGINE.available(Place(kind="embedded")) is None
    assert ENGINE.available(Place(kind="remote")) is None


def test_a_directory_without_a_server(workdir: Path) -> None:
    with (
        pytest.raises(PlaceError, match="no PostgreSQL server") as caught,
        ENGINE.open(Place(kind="local", address=str(workdir)), Settings(workdir=workdir)),
    ):
        pass
    assert "initdb" in caught.value.hint


def test_local_programs_and_a_path_too_long_for_a_socket(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel's programs stand in for installed ones, named by their directory.

    Variables that are meant for another server change nothing.
    """
    for name in ("PGSERVICE", "PGOPTIONS", "PGSSLMODE", "PGREQUIREAUTH", "PGDATA", "PGPORT"):
        monkeypatch.setenv(name, "nonsense")
    found = software.embedded()[0]
    place = Place(kind="local", address=str(found.directory.parent))
    workdir.chmod(0o711)
    deep = workdir / ("d" * 60) / ("e" * 60)
    with running(deep, place=place) as target:
        assert target.describe().place == "local"
        assert target.describe().version == found.version
        target.load(plan(records=20))
        elsewhere = Path(target.dialer().link.parameters["host"])
        assert not elsewhere.is_relative_to(workdir)
        assert servers_in(workdir)
    assert not elsewhere.exists()
    assert list(deep.iterdir()) == []


def test_a_work_directory_the_account_cannot_enter(workdir: Path) -> None:
    account = server_account("postgres")
    closed = workdir / "closed"
    closed.mkdir(mode=0o700)
    below = closed / "below"
    with Keeper() as keeper:
        home = private_directory(keeper, account, below=below, prefix="postgresql-")
        assert home.moved is account.is_other
        assert home.path.is_relative_to(below) is not account.is_other
        assert account.reaches(home.path)
    assert not home.path.exists()


@pytest.mark.slow
def test_programs_in_a_home_nobody_may_enter(tmp_path: Path) -> None:
    """As with a virtual environment below /root: the server's account gets a copy."""
    found = software.embedded()[0]
    account = server_account("postgres")
    home = tmp_path / "home"
    wheel = home / "site-packages" / "wheel"
    shutil.copytree(found.directory.parent, wheel / "pginstall18", symlinks=True)
    for folder in found.beside:
        shutil.copytree(folder, home / "site-packages" / folder.name)
    home.chmod(0o700)
    closed = software.Software(
        directory=wheel / "pginstall18" / "bin",
        version=found.version,
        beside=tuple(home / "site-packages" / folder.name for folder in found.beside),
    )
    open_to_all = tmp_path / "copy"
    open_to_all.mkdir(mode=0o755)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
    usable = software.reachable(closed, account, below=open_to_all)
    assert (usable == closed) is not account.is_other
    probe = account.run([usable.program("initdb"), "--version"], cwd=Path("/"))
    assert probe.returncode == 0
    assert found.version in probe.stdout
