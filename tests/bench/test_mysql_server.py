"""Sessions, loading and counters on real servers, MySQL's and MariaDB's alike."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from innodb_ground import (
    NAMES,
    RECORDS,
    SEED,
    WIDE,
    OkDialer,
    administered,
    answers,
    batch,
    need,
    operation,
    pipelined,
    plan,
    running,
    session_of,
    texts,
)

from bench import telemetry
from bench.engines.innodb import loading
from bench.engines.innodb.session import InnodbSession
from bench.engines.innodb.target import InnodbTarget
from bench.engines.seam import OperationFailed
from workloads import datasets
from workloads.datasets import canonical
from workloads.errors import InputError, PlaceError

pytestmark = pytest.mark.servers

BOOKS = datasets.get("books")
TIMEOUT_S = 1.0  # the shortest that a lock can be waited for


@pytest.fixture(scope="module", params=NAMES)
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InnodbTarget]:
    need(request.param)
    options = {"statement_timeout_s": str(TIMEOUT_S), "set.performance_schema": "ON"}
    with running(request.param, tmp_path_factory.mktemp(request.param), **options) as made:
        loaded = made.load(plan())
        assert loaded.rows == RECORDS
        made.settle()
        yield made


@pytest.fixture(params=["prepared", "ok", "text", "text-pymysql"])
def session(target: InnodbTarget, request: pytest.FixtureRequest) -> Iterator[InnodbSession]:
    """A session of every kind: both ends of result sets, and statements as text."""
    dialer = target.dialer()
    if request.param == "ok":
        made = OkDialer(dialer).dial()
    else:
        link = replace(dialer.link, driver="pymysql" if "pymysql" in request.param else None)
        as_text = request.param.startswith("text")
        made = replace(dialer, link=link, through_driver=as_text).dial()
    with closing(made):
        yield made


def row(key: int) -> tuple[object, ...]:
    """The row as it was loaded."""
    return canonical(BOOKS.rows("books", key, key + 1, seed=SEED, record_size_bytes=None))[0]


def column(name: str) -> int:
    return [c.name for c in BOOKS.tables[0].columns].index(name)


def test_reads_and_ranges(session: InnodbSession) -> None:
    keys = [500, 3, RECORDS, 501]
    expected = [[row(500)], [row(3)], [], [row(501)]]
    assert answers(session, operation("read"), keys) == expected
    assert pipelined(session, operation("read"), keys) == expected
    wanted = operation("range", limit=40, uniform_limit=True)
    ranges = [[row(700 + i) for i in range(33)], [row(RECORDS - 1)]]
    assert answers(session, wanted, [700, RECORDS - 1], limit=33) == ranges
    assert pipelined(session, wanted, [700, RECORDS - 1], limit=33) == ranges


def test_a_read_modify_write_gives_the_row_before(session: InnodbSession) -> None:
    key = 100
    (before,) = answers(session, operation("read"), [key])
    wanted = operation("read-modify-write")
    (seen,) = answers(session, wanted, [key])
    (again,) = pipelined(session, wanted, [key])
    assert seen == before
    changed = {i for i, value in enumerate(again[0]) if value != before[0][i]}
    assert changed <= {column("stock")}


def test_an_update_counts_records_found_changed_or_not(session: InnodbSession) -> None:
    wanted = operation("update", atomic_with=7)
    assert answers(session, wanted, [40]) == [[(7,)]]
    assert answers(session, wanted, [40]) == [[(7,)]]
    assert pipelined(session, wanted, [41]) == [[(7,)]]
    assert answers(session, operation("update"), [10 * RECORDS]) == [[(0,)]]


def test_a_failed_operation_has_a_kind_and_the_session_goes_on(session: InnodbSession) -> None:
    with pytest.raises(OperationFailed, match="Duplicate entry") as caught:
        answers(session, operation("insert"), [5])
    assert caught.value.kind == "23000"
    with pytest.raises(OperationFailed, match="Duplicate entry"):
        pipelined(session, operation("insert"), [5])
    assert answers(session, operation("read"), [6]) == [[row(6)]]


def test_a_failed_transaction_is_rolled_back(target: InnodbTarget) -> None:
    """A row is locked by another session until the wait is over; both rows are free then."""
    wanted = operation("read-modify-write", atomic_with=2)
    with administered(target.dialer().link) as other, session_of(target) as session:
        bound = session.bind(wanted)
        (request,) = bound.encode(batch([9]), [0])
        other.query(b"START TRANSACTION")
        other.query(b"UPDATE storefit.books SET stock = 0 WHERE id <> 9")
        for attempt in (lambda: bound.call(request), lambda: pipelined(session, wanted, [9])):
            start_s = time.monotonic()
            with pytest.raises(OperationFailed) as caught:
                attempt()
            assert caught.value.kind == "timeout"
            assert TIMEOUT_S * 0.7 < time.monotonic() - start_s < TIMEOUT_S * 4
        # Nobody holds row 9, which the failed transaction had locked.
        other.query(b"UPDATE storefit.books SET stock = 0 WHERE id = 9")
        other.query(b"ROLLBACK")
        assert answers(session, operation("update"), [9]) == [[(1,)]]


def test_two_transactions_in_each_other_s_way(target: InnodbTarget) -> None:
    with administered(target.dialer().link) as one, administered(target.dialer().link) as other:
        for connection, first in ((one, 20), (other, 21)):
            connection.query(b"START TRANSACTION")
            connection.query(b"UPDATE storefit.books SET stock = 0 WHERE id = %d" % first)
        one.send(b"UPDATE storefit.books SET stock = 0 WHERE id = 21")

        def meet() -> None:
            other.query(b"UPDATE storefit.books SET stock = 0 WHERE id = 20")
            one.receive()

        with pytest.raises(OperationFailed) as caught:
            meet()
        assert caught.value.kind == "40001"


def test_a_lost_connection(target: InnodbTarget, session: InnodbSession) -> None:
    bound: Any = session.bind(operation("read"))
    (request,) = bound.encode(batch([5]), [0])
    bound.call(request)
    with administered(target.dialer().link) as connection:
        own = texts(connection, "SELECT connection_id()")[0][0]
        ids = texts(connection, "SELECT id FROM information_schema.processlist WHERE user = 'root'")
        newest = max(int(i or 0) for (i,) in ids if i != own)
        connection.query(b"KILL CONNECTION %d" % newest)
    time.sleep(0.1)
    for _ in range(3):
        with pytest.raises(OperationFailed) as caught:
            bound.call(request)
        assert caught.value.kind == "connection-lost"
    with pytest.raises(OperationFailed) as caught:
        pipelined(session, operation("read"), [5])
    assert caught.value.kind == "connection-lost"


def test_a_frozen_server_is_given_up(target: InnodbTarget) -> None:
    dialer = replace(target.dialer(), patience_s=0.2)
    pid = target._running.pid
    assert pid is not None
    with closing(dialer.dial()) as session:
        bound = session.bind(operation("read"))
        (request,) = bound.encode(batch([5]), [0])
        bound.call(request)
        os.kill(pid, signal.SIGSTOP)
        try:
            _stopped(pid)
            with pytest.raises(OperationFailed) as caught:
                bound.call(request)
        finally:
            os.kill(pid, signal.SIGCONT)
        assert caught.value.kind == "timeout"


def _stopped(pid: int) -> None:
    """Wait until every thread has stopped: each does so for itself, when it is next scheduled."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        while (thread / "stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)


def test_too_many_connections_are_refused(target: InnodbTarget) -> None:
    with administered(target.dialer().link) as connection:
        (limit,) = texts(connection, "SELECT @@GLOBAL.max_connections")
        connection.query(b"SET GLOBAL max_connections = 10")
        held = []
        try:
            with pytest.raises(OperationFailed) as caught:
                held.extend(target.dialer().dial() for _ in range(12))
        finally:
            for session in held:
                session.close()
            connection.query(f"SET GLOBAL max_connections = {limit[0]}".encode())
    assert caught.value.kind == "refused"
    assert len(held) >= 8


def test_the_indexes_are_there_and_used(target: InnodbTarget) -> None:
    with administered(target.dialer().link) as connection:
        found = texts(
            connection,
            "SELECT table_name, column_name, index_name FROM information_schema.statistics"
            " WHERE table_schema = 'storefit' AND seq_in_index = 1",
        )
        plans = [
            texts(connection, f"EXPLAIN FORMAT=TRADITIONAL {sql}")[0]
            for sql in (
                "SELECT * FROM storefit.orders WHERE book_id = 5",
                "SELECT * FROM storefit.books WHERE id = 5",
                "UPDATE storefit.books SET stock = 1 WHERE id IN (5, 900, 1700)",
            )
        ]
    assert {(table, name) for table, name, _ in found} == {
        ("books", "id"), ("books", "format"), ("orders", "order_id"), ("orders", "book_id"),
    }  # fmt: skip
    assert [next(v for v in p if v in _ACCESS) for p in plans] == ["ref", "const", "range"]


_ACCESS = ("ALL", "index", "range", "ref", "eq_ref", "const")


def test_short_text_is_varchar_and_long_text_is_not(target: InnodbTarget) -> None:
    with administered(target.dialer().link) as connection:
        found = dict(
            texts(
                connection,
                "SELECT column_name, column_type FROM information_schema.columns"
                " WHERE table_schema = 'storefit' AND table_name = 'books'",
            )
        )
    assert found["title"] == found["format"] == "varchar(255)"
    assert found["description"] == "mediumtext"
    assert found["published"] == "datetime(6)"


def test_redo_bytes_and_commits_of_updates(target: InnodbTarget) -> None:
    before = target.counters()
    with session_of(target) as session:
        answers(session, operation("update", all_fields=True), list(range(400)))
    after = target.counters()
    assert (after.commits or 0) - (before.commits or 0) == pytest.approx(400, abs=3)
    assert (after.log_bytes or 0) - (before.log_bytes or 0) > 400 * 100
    assert (after.write_ios or 0) - (before.write_ios or 0) >= 400
    assert (after.write_bytes or 0) - (before.write_bytes or 0) > 400 * 512


def test_writes_agree_with_an_independent_count(target: InnodbTarget) -> None:
    """MySQL: what its instruments of file access count. MariaDB instruments no redo log, so there
    it is the kernel's count of writing calls, less one a transaction for the binary log."""
    files = (
        "SELECT sum(count_write) FROM performance_schema.file_summary_by_event_name"
        " WHERE event_name LIKE 'wait/io/file/innodb/%'"
    )
    count = 1_500
    untouched = list(range(2_000 - count, 2_000))  # an update that changes nothing writes nothing
    with administered(target.dialer().link) as connection, session_of(target) as session:

        def look() -> int:
            if target.describe().engine == "mysql":
                return int(texts(connection, files)[0][0] or 0)
            return telemetry.processes(target._running.pid or 0).write_calls or 0

        target.settle()
        before, before_other = target.counters(), look()
        answers(session, operation("update", all_fields=True), untouched)
        after, after_other = target.counters(), look()
    own = (after.write_ios or 0) - (before.write_ios or 0)
    other = after_other - before_other
    if target.describe().engine == "mariadb":
        other -= count
    assert own >= count
    assert own == pytest.approx(other, rel=0.05)


def test_cpu_agrees_with_a_busy_query(target: InnodbTarget) -> None:
    """A query that does nothing but compute keeps one thread busy for as long as it runs."""
    with administered(replace(target.dialer().link, setup=())) as connection:
        before = target.counters().cpu_s
        cpu_s = -_thread_cpu_s(target)
        for _ in range(5):
            connection.query(
                b"SELECT count(*) FROM storefit.books AS a, storefit.books AS b"
                b" WHERE a.stock * b.stock > a.price_cents"
            )
        cpu_s += _thread_cpu_s(target)
        after = target.counters().cpu_s
    assert cpu_s > 0.3
    assert (after or 0) - (before or 0) == pytest.approx(cpu_s, rel=0.05, abs=0.06)


def _thread_cpu_s(target: InnodbTarget) -> float:
    """CPU time of all threads that live, as the scheduler counts it, in nanoseconds."""
    tasks = Path(f"/proc/{target._running.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def test_counters_are_whole(target: InnodbTarget) -> None:
    found = target.counters()
    for name in found.__slots__:
        assert getattr(found, name) is not None, name
    assert (found.stored_bytes or 0) > RECORDS * 400
    assert (found.memory_bytes or 0) > 10_000_000


def test_settling_leaves_no_changed_pages(target: InnodbTarget) -> None:
    with session_of(target) as session:
        answers(session, operation("update", all_fields=True), list(range(RECORDS)))
    before = target.flushed_pages()
    target.settle()
    assert (target._counters.dirty_pages() or 0) <= 50
    assert (target.flushed_pages() or 0) > (before or 0)
    assert target.housekeeping()["pages flushed"] > (before or 0)
    with administered(target.dialer().link) as connection:
        (limit,) = texts(connection, "SELECT @@GLOBAL.innodb_max_dirty_pages_pct")
    assert float(limit[0] or 0) > 0


def test_what_is_said_of_the_server(target: InnodbTarget) -> None:
    said = target.describe()
    assert said.engine in NAMES
    assert said.version[0].isdigit()
    assert said.version.replace(".", "").isdigit()
    assert said.place == "local"
    assert said.durability == "full"
    assert said.settings["innodb_flush_log_at_trx_commit"] == "1"
    assert said.settings["sync_binlog"] == "1"
    assert said.settings["innodb_doublewrite"] == "ON"
    assert said.settings["performance_schema"] == "ON"  # not the default, and asked for
    assert said.settings["storefit.requests"] == "prepared statements"
    assert said.settings["storefit.loading"] == "load data"
    for name, value in said.settings.items():
        assert "/" not in value, name
        assert "passw" not in name


def test_loading_by_insert_gives_the_same_rows(
    target: InnodbTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As over an encrypted connection, or where the server takes no streams."""
    monkeypatch.setattr(loading, "_INSERT_BYTES", 50_000)
    with administered(target.dialer().link) as connection:
        connection.query(b"SET GLOBAL local_infile = OFF")
        try:
            seen: list[tuple[int, int]] = []
            again = replace(plan(records=700), progress=lambda *shares: seen.append(shares))
            loaded = target.load(again)
        finally:
            connection.query(b"SET GLOBAL local_infile = ON")
    assert loaded.rows == target.row_count() == 700
    assert seen[-1][0] == seen[-1][1] > 700
    assert target.describe().settings["storefit.loading"] == "insert"
    with session_of(target) as session:
        wanted = operation("range", limit=700)
        rows = canonical(BOOKS.rows("books", 0, 700, seed=SEED, record_size_bytes=None))
        assert answers(session, wanted, [0]) == [rows]
    assert target.load(plan()).logical_bytes > loaded.logical_bytes


def test_answers_of_many_pieces_and_another_load(target: InnodbTarget) -> None:
    wanted = operation("range", limit=300)
    rows = canonical(WIDE.rows("wide", 0, 300, seed=SEED, record_size_bytes=None))
    target.load(plan(WIDE, records=300))
    try:
        dialer = target.dialer()
        for made in (dialer, OkDialer(dialer), replace(dialer, through_driver=True)):
            with closing(made.dial()) as session:
                assert answers(session, wanted, [0, 290]) == [rows, rows[290:]]
                assert pipelined(session, wanted, [0, 290]) == [rows, rows[290:]]
        with session_of(target) as session, pytest.raises(InputError, match="one table"):
            session.bind(operation("join"))
        with administered(dialer.link) as connection:
            assert texts(connection, "SHOW TABLES FROM storefit") == [("wide",)]
    finally:
        target.load(plan())


def test_a_load_that_the_server_refuses(target: InnodbTarget) -> None:
    """Twice the same key: what is said of it is the server's reason, and another load works."""

    class Twice:
        def __getattr__(self, name: str) -> Any:
            return getattr(BOOKS, name)

        def rows(self, table: str, start: int, stop: int, **more: Any) -> Any:
            import pyarrow as pa

            made = BOOKS.rows(table, start, stop, **more)
            return pa.Table.from_batches([made, made]).combine_chunks().to_batches()[0]

    with pytest.raises(PlaceError, match="Duplicate entry"):
        target.load(plan(Twice()))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="nothing is loaded"):
        target.dialer()
    target.load(plan())
    assert target.row_count() == RECORDS
