"""A whole `bench run` on somebody's server: left as found however it ends, the password nowhere.

A server that hangs is given up.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from innodb_ground import administered, plan, servers_in, texts
from test_mysql_remote import Somebody, opened, somebody  # noqa: F401 - a fixture
from whole_run_ground import Run, started

from bench.engines.innodb import target as targets
from bench.engines.seam import OperationFailed
from bench.runner.limit import limited

pytestmark = pytest.mark.servers

_SYSTEM = "('information_schema', 'performance_schema', 'sys', 'mysql')"
CATALOGUES = {
    "databases": "SELECT * FROM information_schema.schemata ORDER BY schema_name",
    "tables": "SELECT table_schema, table_name, create_time FROM information_schema.tables"
    f" WHERE table_schema NOT IN {_SYSTEM} ORDER BY 1, 2",
    "columns": "SELECT table_schema, table_name, column_name, column_type"
    f" FROM information_schema.columns WHERE table_schema NOT IN {_SYSTEM} ORDER BY 1, 2, 3",
    "routines": "SELECT routine_schema, routine_name FROM information_schema.routines"
    " WHERE routine_schema <> 'sys' ORDER BY 1, 2",
    "triggers": "SELECT trigger_schema, trigger_name FROM information_schema.triggers"
    " WHERE trigger_schema <> 'sys' ORDER BY 1, 2",
    "events": "SELECT event_schema, event_name FROM information_schema.events ORDER BY 1, 2",
    "users": "SELECT * FROM mysql.user ORDER BY user, host",
    "rights": "SELECT * FROM information_schema.user_privileges ORDER BY 1, 2, 3",
    "rights on databases": "SELECT * FROM mysql.db ORDER BY 1, 2, 3",
    "rights on tables": "SELECT grantor, db, table_name FROM mysql.tables_priv ORDER BY 1, 2, 3",
    # The server itself counts transactions and tells how far it is with its start.
    "settings": "SHOW GLOBAL VARIABLES WHERE variable_name NOT LIKE '%gtid%'"
    " AND variable_name NOT IN ('timestamp', 'innodb_buffer_pool_load_incremental')",
    "their rows": "SELECT * FROM theirs.mine",
}
# Seconds on an idle machine; the tests leave room for a busy one.
PATIENCE_S = 180.0


@dataclass(frozen=True, slots=True)
class Theirs:
    """A server's address, and a connection that looks at it."""

    dsn: str
    password: str
    eyes: Any
    highest: int  # the number of these eyes, the newest connection there was

    def catalogue(self) -> dict[str, list[tuple[str | None, ...]]]:
        return {name: texts(self.eyes, sql) for name, sql in CATALOGUES.items()}

    def sessions(self) -> int:
        """How many there are now that were not there before.

        By their numbers: a count of all would miss one for each that ended a moment too late.
        """
        return len(self.ids())

    def ids(self) -> list[str]:
        """Those connections."""
        sql = f"SELECT id FROM information_schema.processlist WHERE id > {self.highest}"
        while True:
            # MySQL's table cannot show a statement that is no text.
            with suppress(OperationFailed):
                return [str(row[0]) for row in texts(self.eyes, sql)]


@contextmanager
def watched(server: Somebody) -> Iterator[Theirs]:
    with administered(server.link) as eyes:
        eyes.query(b"DELETE FROM theirs.mine")
        eyes.query(b"INSERT INTO theirs.mine VALUES (42)")
        ((own,),) = texts(eyes, "SELECT connection_id()")
        yield Theirs(server.dsn(), server.password, eyes, int(own or 0))


@pytest.fixture
def directory() -> Iterator[Path]:
    """One with a short name: the sockets of a run's processes lie below."""
    with tempfile.TemporaryDirectory(prefix="storefit-test-") as path:
        yield Path(path)


@pytest.mark.parametrize("end", ["by itself", "lost sessions", "interrupt", "kill"])
def test_a_run_leaves_the_server_as_found_and_the_password_nowhere(
    somebody: Somebody,  # noqa: F811
    directory: Path,
    end: str,
) -> None:
    with watched(somebody) as theirs:
        before = theirs.catalogue()
        run = started(
            theirs.dsn, theirs.password, directory, duration_s=0.3 if end == "by itself" else 20
        )
        try:
            if end != "by itself":
                until(lambda: theirs.sessions() >= 3, or_ended=run)  # one of them looks after it
                assert theirs.catalogue() != before
            if end == "lost sessions":
                for each in theirs.ids():
                    theirs.eyes.query(f"KILL CONNECTION {each}".encode())
            elif end == "interrupt":
                run.process.send_signal(signal.SIGINT)
            elif end == "kill":
                run.process.send_signal(signal.SIGKILL)
            assert run.ended(within_s=PATIENCE_S), "it does not end"
        finally:
            run.process.kill()
            run.process.wait()
        # 1: on a busy machine a trial may fail in so short a window
        assert end != "by itself" or run.process.returncode in (0, 1), run.said()
        until(lambda: not theirs.sessions() and theirs.catalogue() == before)
        files = run.files()
        assert any(name.endswith("run.json") for name in files), run.said()
        assert [name for name, data in files.items() if theirs.password.encode() in data] == []
        assert run.visible() == []


def until(condition: Callable[[], bool], *, or_ended: Run | None = None) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        assert or_ended is None or not or_ended.ended(within_s=0), or_ended.said()
        time.sleep(0.05)


@pytest.mark.parametrize("library", ["mysqlclient", "pymysql"])
def test_a_server_that_hangs_is_given_up(
    somebody: Somebody,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    library: str,
) -> None:
    """Somebody's server cannot be killed to end a wait, and a library's wait not be interrupted."""
    monkeypatch.setattr(targets, "CARE_PATIENCE_S", 1.0)
    monkeypatch.setattr(targets, "_COUNT_PATIENCE_S", 1.0)
    monkeypatch.setattr(targets, "_LOADS", 0.0)
    (pid,) = servers_in(somebody.directory / "work")
    start_s = time.monotonic()
    try:
        with opened(somebody.dsn(), tmp_path, driver=library) as target:
            target.load(plan(records=50))
            os.kill(pid, signal.SIGSTOP)
            start_s = time.monotonic()
            for ask in (target.counters, target.row_count, target.counters):
                with pytest.raises(OperationFailed), limited(20.0, "asking"):
                    ask()
            os.kill(pid, signal.SIGCONT)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert time.monotonic() - start_s < 20
    with administered(somebody.link) as eyes:
        names = [str(row[0]) for row in texts(eyes, "SHOW DATABASES")]
    assert [name for name in names if name.startswith("storefit_")] == []
