"""Somebody's server: asked first, kept apart, left as found; passwords stay unseen."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from postgresql_ground import RECORDS, answers, operation, plan, running, session_of

from bench.engines.postgresql import ENGINE
from bench.engines.postgresql.link import Link, link_of, texts
from bench.engines.postgresql.target import PostgresqlTarget
from bench.engines.seam import OperationFailed, Place, Settings
from workloads.errors import InputError, PlaceError


@dataclass(frozen=True, slots=True)
class Somebody:
    """A server that listens on TCP and wants a password."""

    dsn: str
    password: str
    link: Link
    directory: Path


@pytest.fixture(scope="module")
def somebody() -> Iterator[Somebody]:
    with (
        tempfile.TemporaryDirectory(prefix="storefit-test-") as path,
        running(directory := Path(path), connection="tcp") as target,
    ):
        link = target._running.link
        password = link.secrets["password"].reveal()
        where = link.parameters
        dsn = (
            f"postgresql://{where['user']}:{password}@{where['host']}:{where['port']}"
            f"/{where['dbname']}?sslmode=disable"
        )
        yield Somebody(dsn, password, link, directory)


@contextmanager
def opened(dsn: str, workdir: Path, *, writes: bool = True) -> Iterator[PostgresqlTarget]:
    place = Place(kind="remote", address=dsn)
    with ENGINE.open(place, Settings(workdir=workdir, allow_writes=writes)) as target:
        yield target


def found_there(link: Link) -> list[list[tuple[str | None, ...]]]:
    """Everything that outlasts a session."""
    with closing(_Closing(link)) as connection:
        return [
            texts(connection.raw, sql)
            for sql in (
                "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp' ORDER BY 1",
                "SELECT relnamespace, relname, relkind FROM pg_class ORDER BY 1, 2",
                "SELECT rolname FROM pg_roles ORDER BY 1",
                "SELECT datname FROM pg_database ORDER BY 1",
                "SELECT name, setting FROM pg_file_settings ORDER BY 1",
                "SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting",
            )
        ]


class _Closing:
    def __init__(self, link: Link) -> None:
        self.raw = link.connect()

    def close(self) -> None:
        self.raw.finish()


def test_nothing_is_written_unasked(somebody: Somebody, tmp_path: Path) -> None:
    before = found_there(somebody.link)
    with pytest.raises(InputError) as caught, opened(somebody.dsn, tmp_path, writes=False):
        pass
    assert "--allow-writes" in caught.value.hint
    assert found_there(somebody.link) == before


def test_it_is_left_as_found(somebody: Somebody, tmp_path: Path) -> None:
    before = found_there(somebody.link)
    with opened(somebody.dsn, tmp_path) as target:
        target.load(plan())
        target.settle()
        assert target.row_count() == RECORDS
        with session_of(target) as session:
            assert answers(session, operation("update"), [4]) == [[(1,)]]
            assert session.server_pids() == ()
        said = target.describe()
        assert said.place == "remote"
        assert said.durability == "full"
        counters = target.counters()
        assert counters.cpu_s is None  # not ours to watch
        assert counters.memory_bytes is None
        assert counters.log_bytes is not None
        during = found_there(somebody.link)
        (schema,) = {row[0] for row in during[0]} - {row[0] for row in before[0]}
        assert schema is not None
        assert schema.startswith("storefit_")
    assert found_there(somebody.link) == before
    assert list(tmp_path.iterdir()) == []


KILLED = """
    import sys, time
    from pathlib import Path
    from bench.engines.postgresql import ENGINE
    from bench.engines.seam import Place, Settings

    place = Place(kind="remote", address=sys.stdin.readline().strip())
    with ENGINE.open(place, Settings(workdir=Path(sys.argv[1]), allow_writes=True)):
        print("ready", flush=True)
        time.sleep(60)
"""


def test_a_killed_run_is_swept_up_and_nobody_saw_the_password(
    somebody: Somebody, tmp_path: Path
) -> None:
    before = found_there(somebody.link)
    script = tmp_path / "killed.py"
    script.write_text(textwrap.dedent(KILLED))
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        print(somebody.dsn, file=parent.stdin, flush=True)
        assert parent.stdout.readline() == "ready\n"
        assert len(found_there(somebody.link)[0]) == len(before[0]) + 1
        assert_not_visible(somebody.password)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while found_there(somebody.link) != before:
        assert time.monotonic() < deadline
        assert_not_visible(somebody.password)
        time.sleep(0.02)


def assert_not_visible(password: str) -> None:
    """No process shows it in its arguments or environment."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            for file in ("cmdline", "environ"):
                try:
                    shown = (entry / file).read_bytes()
                except OSError:
                    continue
                assert password.encode() not in shown, f"{entry}/{file}"


def test_the_password_is_nowhere(somebody: Somebody, tmp_path: Path) -> None:
    place = Place(kind="remote", address=somebody.dsn)
    shown = [repr(place), str(place)]
    with opened(somebody.dsn, tmp_path) as target:
        target.load(plan(records=20))
        dialer = pickle.loads(pickle.dumps(target.dialer()))
        shown += [repr(dialer), str(dialer.link), repr(dialer.link.secrets), repr(target._running)]
        shown += [repr(target.describe())]
        with closing(dialer.dial()) as session:
            assert answers(session, operation("read"), [3])
        assert_not_visible(somebody.password)
    logs = [file.read_text(errors="replace") for file in somebody.directory.rglob("log")]
    assert logs
    files = [
        file.read_bytes()
        for file in somebody.directory.rglob("*")
        if file.is_file() and file.stat().st_size < 1 << 20
    ]
    assert all(somebody.password not in text for text in shown + logs)
    assert all(somebody.password.encode() not in data for data in files)


@pytest.mark.parametrize(
    "change",
    [
        lambda dsn, password: dsn.replace(password, password + "x"),
        lambda dsn, password: dsn.replace("127.0.0.1", "127.0.0.1:x"),
        lambda dsn, password: dsn.replace("sslmode=disable", f"sslmode={password}"),
        lambda dsn, password: dsn.replace("sslmode=disable", f"nonsense={password}"),
        lambda dsn, password: dsn.replace("/postgres?", "/nowhere?"),
        lambda dsn, password: dsn.replace("127.0.0.1", "name.invalid"),
    ],
)
def test_errors_do_not_repeat_the_password(
    somebody: Somebody, tmp_path: Path, change: object
) -> None:
    assert callable(change)
    dsn = change(somebody.dsn, somebody.password)
    with pytest.raises((InputError, PlaceError)) as caught, opened(dsn, tmp_path):
        pass
    error: BaseException | None = caught.value
    assert caught.value.hint
    while error is not None:
        assert somebody.password not in f"{error} {error!r} {getattr(error, 'hint', '')}"
        error = error.__cause__ or error.__context__


def test_a_user_who_may_not_make_a_schema(somebody: Somebody, tmp_path: Path) -> None:
    with closing(_Closing(somebody.link)) as connection:
        texts(connection.raw, "CREATE ROLE guest LOGIN PASSWORD 'guest'")
    before = found_there(somebody.link)
    dsn = somebody.dsn.replace(f"storefit:{somebody.password}", "guest:guest")
    with pytest.raises(PlaceError, match="permission denied"), opened(dsn, tmp_path):
        pass
    assert found_there(somebody.link) == before


def test_a_dsn_s_secrets_are_set_apart() -> None:
    link = link_of("postgresql://me:secret@host/db?sslpassword=other&connect_timeout=3")
    assert link.parameters == {
        "user": "me",
        "host": "host",
        "dbname": "db",
        "connect_timeout": "3",
    }
    assert {name: value.reveal() for name, value in link.secrets.items()} == {
        "password": "secret",
        "sslpassword": "other",
    }
    assert "secret" not in repr(link)
    assert "other" not in repr(link)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    dsn = "postgresql://me@127.0.0.1:1/db?connect_timeout=2"
    with pytest.raises(PlaceError, match="cannot be reached") as caught, opened(dsn, tmp_path):
        pass
    assert caught.value.exit_code == 3
    assert isinstance(caught.value.__cause__, OperationFailed)
    assert not os.listdir(tmp_path)
