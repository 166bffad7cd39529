"""A whole `bench run` on somebody's server: left as found however it ends, the password nowhere."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from postgresql_ground import running
from whole_run_ground import Run, started

pytestmark = pytest.mark.servers

CATALOGUES = {
    "schemas": "SELECT nspname, nspowner::text, nspacl::text FROM pg_namespace ORDER BY 1",
    "tables, indexes, sequences, views": (
        "SELECT oid, relnamespace, relname, relkind, relacl::text FROM pg_class ORDER BY 1"
    ),
    "functions": "SELECT oid, proname FROM pg_proc ORDER BY 1",
    "types": "SELECT oid, typname FROM pg_type ORDER BY 1",
    "roles": "SELECT * FROM pg_authid ORDER BY oid",
    "members": "SELECT roleid, member FROM pg_auth_members ORDER BY 1, 2",
    "databases": "SELECT oid, datname, datacl::text FROM pg_database ORDER BY 1",
    "extensions": "SELECT extname, extversion FROM pg_extension ORDER BY 1",
    "settings": "SELECT name, reset_val, source FROM pg_settings WHERE source <> 'client'"
    " ORDER BY 1",
    "settings in files": "SELECT sourcefile, name, setting FROM pg_file_settings ORDER BY 1, 2",
    "settings of roles": "SELECT * FROM pg_db_role_setting ORDER BY 1, 2",
    "default rights": "SELECT oid, defaclacl::text FROM pg_default_acl ORDER BY 1",
    "large objects": "SELECT oid FROM pg_largeobject_metadata ORDER BY 1",
    "prepared transactions": "SELECT gid FROM pg_prepared_xacts",
    "replication slots": "SELECT slot_name FROM pg_replication_slots",
    "publications": "SELECT pubname FROM pg_publication",
    "event triggers": "SELECT evtname FROM pg_event_trigger",
}
SESSIONS = (
    "SELECT pid, backend_start, state_change, state, query FROM pg_stat_activity"
    " WHERE application_name = 'storefit' AND pid <> %s"
)
COMMANDS_ON_A_RUN = (
    ("report", "{run}", "--out", "page"),
    ("show", "{run}"),
    ("show", "{run}", "--json"),
)
# A run takes some 6 s, and many times that on a machine with much else to do.
ENDS_S = 180.0
SWEPT_UP_S = 20.0


@dataclass(frozen=True, slots=True)
class Somebody:
    """A server with a password, a table of its owner's, and a connection that looks at it.

    `owner`: the backend of the session that the test itself made the server with.
    """

    dsn: str
    password: str
    eyes: psycopg.Connection
    owner: int

    def catalogue(self) -> dict[str, list[tuple[object, ...]]]:
        return {name: self.eyes.execute(sql).fetchall() for name, sql in CATALOGUES.items()}

    def sessions(self) -> list[tuple[object, ...]]:
        """The run's, those still about to end included."""
        return self.eyes.execute(SESSIONS, [self.owner]).fetchall()


@pytest.fixture(scope="module")
def somebody() -> Iterator[Somebody]:
    with (
        tempfile.TemporaryDirectory(prefix="storefit-test-") as path,
        running(Path(path), connection="tcp") as target,
    ):
        where = target._running.link.parameters
        password = target._running.link.secrets["password"].reveal()
        dsn = (
            f"postgresql://{where['user']}:{password}@{where['host']}:{where['port']}"
            f"/{where['dbname']}?sslmode=disable"
        )
        with closing(psycopg.connect(dsn, autocommit=True, application_name="eyes")) as eyes:
            eyes.execute("CREATE TABLE public.theirs (id serial PRIMARY KEY, note text)")
            eyes.execute("INSERT INTO public.theirs (note) VALUES ('keep me')")
            yield Somebody(dsn, password, eyes, target._connection.backend_pid)


@pytest.fixture
def directory() -> Iterator[Path]:
    """One with a short name: the sockets of a run's processes lie below."""
    with tempfile.TemporaryDirectory(prefix="storefit-test-") as path:
        yield Path(path)


def loaded(run: Run, somebody: Somebody) -> None:
    """Wait until the run measures: its schema holds what its clients ask for."""
    deadline = time.monotonic() + ENDS_S
    # one that looks after the server, others that load, clients
    while len(somebody.sessions()) < 4:
        assert not run.ended(within_s=0), run.said()
        assert time.monotonic() < deadline, run.said()


def gone(somebody: Somebody) -> None:
    """A backend sees a moment after its client's end that it is not needed any more."""
    deadline = time.monotonic() + SWEPT_UP_S
    while left := somebody.sessions():
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def swept_up(somebody: Somebody, before: object) -> None:
    """What a killed run left goes within seconds."""
    deadline = time.monotonic() + SWEPT_UP_S
    while somebody.catalogue() != before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("end", ["by itself", "lost sessions", "interrupt", "kill"])
def test_a_run_leaves_the_server_as_found_and_the_password_nowhere(
    somebody: Somebody, directory: Path, end: str
) -> None:
    before = somebody.catalogue()
    run = started(
        somebody.dsn,
        somebody.password,
        directory,
        duration_s=0.3 if end == "by itself" else 20,
        workload="ycsb-a",
    )
    try:
        if end != "by itself":
            loaded(run, somebody)
            assert somebody.catalogue() != before
        if end == "lost sessions":
            for pid, *_ in somebody.sessions():
                somebody.eyes.execute("SELECT pg_terminate_backend(%s)", [pid])
        elif end == "interrupt":
            run.process.send_signal(signal.SIGINT)
        elif end == "kill":
            run.process.send_signal(signal.SIGKILL)
        assert run.ended(within_s=ENDS_S), run.said()
    finally:
        run.process.kill()
        run.process.wait()
    said = run.said()
    assert (run.process.returncode == 0) is (end == "by itself"), said
    if end == "kill":
        swept_up(somebody, before)
    gone(somebody)
    assert somebody.catalogue() == before
    assert somebody.eyes.execute("SELECT note FROM public.theirs").fetchall() == [("keep me",)]
    if end == "by itself":
        _pages_and_tables(directory)
    files = run.files()
    assert any(name.endswith("run.json") for name in files), said
    assert [name for name, data in files.items() if somebody.password.encode() in data] == []
    assert run.visible() == []
    if end != "kill":
        assert [name for name in files if name.startswith("tmp")] == []


def _pages_and_tables(directory: Path) -> None:
    """What other commands make of the run's records, written beside them."""
    (made,) = (directory / "results").iterdir()
    for command in COMMANDS_ON_A_RUN:
        argv = [sys.executable, "-m", "bench", *(word.format(run=made) for word in command)]
        done = subprocess.run(argv, capture_output=True, cwd=directory, timeout=ENDS_S, check=False)
        assert done.returncode == 0, done.stderr
        (directory / f"said by {command[0]}{len(command)}").write_bytes(done.stdout + done.stderr)
    assert (directory / "page" / "index.html").is_file()
