"""An embedded server: sessions, failures, counters, what is said of it."""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from postgresql_ground import (
    RECORDS,
    SEED,
    WIDE,
    answers,
    batch,
    loaded,
    operation,
    plan,
    session_of,
)

from bench.engines.postgresql import loading
from bench.engines.postgresql.link import run, texts
from bench.engines.postgresql.session import PostgresqlSession
from bench.engines.postgresql.target import PostgresqlTarget
from bench.engines.seam import OperationFailed, PipelinedBound, PipelinedSession
from bench.telemetry import processes
from workloads import datasets
from workloads.datasets import canonical
from workloads.errors import InputError


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlTarget]:
    with loaded(tmp_path_factory.mktemp("server"), statement_timeout_s="0.4") as made:
        made.settle()
        yield made


@pytest.fixture(params=["socket", "libpq"])
def session(request: pytest.FixtureRequest, target: PostgresqlTarget) -> Iterator[Any]:
    """A session of each way to talk to the server."""
    dialer = target.dialer()
    from dataclasses import replace

    with closing(replace(dialer, through_libpq=request.param == "libpq").dial()) as made:
        yield made


def row(key: int) -> tuple[object, ...]:
    dataset = datasets.get("books")
    rows = dataset.rows("books", key, key + 1, seed=SEED, record_size_bytes=None)
    return canonical(rows)[0]


def column(name: str) -> int:
    return [c.name for c in datasets.get("books").tables[0].columns].index(name)


def pipelined(session: PostgresqlSession, wanted: Any, keys: list[int]) -> list[Any]:
    """Answers taken without blocking, and the most looks that one of them took."""
    bound = session.bind(wanted)
    assert isinstance(session, PipelinedSession)
    assert isinstance(bound, PipelinedBound)
    found = []
    for request in bound.encode(batch(keys), range(len(keys))):
        bound.send(request)
        while (raw := session.receive()) is None:
            assert select.select([session], [], [], 5)[0]
        found.append(bound.answer(raw))
    return found


def test_reads_give_the_generated_rows(session: PostgresqlSession) -> None:
    assert answers(session, operation("read"), [5, RECORDS]) == [[row(5)], []]
    assert pipelined(session, operation("read"), [6, RECORDS]) == [[row(6)], []]


def test_a_read_modify_write_gives_the_row_before(session: PostgresqlSession) -> None:
    key = 100
    (before,) = answers(session, operation("read"), [key])
    wanted = operation("read-modify-write")
    (seen,) = answers(session, wanted, [key])
    (again,) = pipelined(session, wanted, [key])
    assert seen == before
    changed = {i for i, value in enumerate(again[0]) if value != before[0][i]}
    assert changed <= {column("stock")}


def test_an_update_of_several_keys_changes_them_all(session: PostgresqlSession) -> None:
    assert answers(session, operation("update", atomic_with=7), [40]) == [[(7,)]]
    assert pipelined(session, operation("update", atomic_with=7), [41]) == [[(7,)]]


def test_a_failed_operation_has_a_kind_and_the_session_goes_on(
    session: PostgresqlSession,
) -> None:
    with pytest.raises(OperationFailed) as caught:
        answers(session, operation("insert"), [5])
    assert caught.value.kind == "23505"
    assert "duplicate key" in str(caught.value)
    with pytest.raises(OperationFailed, match="duplicate key"):
        pipelined(session, operation("insert"), [5])
    assert answers(session, operation("read"), [6]) == [[row(6)]]


def test_a_failed_transaction_is_rolled_back(
    target: PostgresqlTarget, session: PostgresqlSession
) -> None:
    """The row is locked by another session until the statement's time is over."""
    connection = target.dialer().link.connect()
    try:
        run(connection, "BEGIN")
        run(connection, 'UPDATE storefit.books SET "stock" = 0 WHERE "id" = 9')
        start_s = time.monotonic()
        with pytest.raises(OperationFailed) as caught:
            answers(session, operation("read-modify-write"), [9])
        assert caught.value.kind == "timeout"
        assert time.monotonic() - start_s == pytest.approx(0.4, abs=0.35)
        with pytest.raises(OperationFailed) as caught:
            pipelined(session, operation("read-modify-write"), [9])
        assert caught.value.kind == "timeout"
    finally:
        connection.finish()
    assert answers(session, operation("update"), [9]) == [[(1,)]]


def test_a_lost_connection(target: PostgresqlTarget, session: PostgresqlSession) -> None:
    bound = session.bind(operation("read"))
    (request,) = bound.encode(batch([5]), [0])
    bound.call(request)
    (backend,) = session.server_pids()
    connection = target.dialer().link.connect()
    run(connection, f"SELECT pg_terminate_backend({backend}, 2000)")
    connection.finish()
    for _ in range(3):
        with pytest.raises(OperationFailed) as caught:
            bound.call(request)
        assert caught.value.kind == "connection-lost"
    with pytest.raises(OperationFailed) as caught:
        pipelined_again(session, bound, request)
    assert caught.value.kind == "connection-lost"


def pipelined_again(session: PostgresqlSession, bound: Any, request: Any) -> None:
    bound.send(request)
    while session.receive() is None:
        pass


def test_a_frozen_server_is_given_up(target: PostgresqlTarget) -> None:
    import os
    from dataclasses import replace

    for through_libpq in (False, True):
        dialer = replace(target.dialer(), patience_s=0.2, through_libpq=through_libpq)
        with closing(dialer.dial()) as session:
            bound = session.bind(operation("read"))
            (request,) = bound.encode(batch([5]), [0])
            (backend,) = session.server_pids()
            os.kill(backend, signal.SIGSTOP)
            try:
                with pytest.raises(OperationFailed) as caught:
                    bound.call(request)
            finally:
                os.kill(backend, signal.SIGCONT)
            assert caught.value.kind == "timeout"


def test_looks_at_a_frozen_server_end(
    target: PostgresqlTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent asks with patience, and what it then gets is an operation's failure."""
    import os

    from bench.engines.postgresql import counters
    from bench.engines.postgresql.target import connected

    monkeypatch.setattr(counters, "_PATIENCE_S", 0.2)
    with connected(target._running.link) as connection:
        looks = counters.ServerCounters(connection)
        os.kill(connection.backend_pid, signal.SIGSTOP)
        try:
            for kind in ("timeout", "connection-lost"):  # what is late can be an answer no more
                with pytest.raises(OperationFailed) as caught:
                    looks.housekeeping()
                assert caught.value.kind == kind
        finally:
            os.kill(connection.backend_pid, signal.SIGCONT)


def test_answers_of_many_pieces_and_another_load(tmp_path: Path) -> None:
    wanted = operation("range", limit=300)
    with loaded(tmp_path, WIDE, records=300, **{"set.fsync": "off"}) as wide:
        rows = canonical(WIDE.rows("wide", 0, 300, seed=SEED, record_size_bytes=None))
        with session_of(wide) as session:
            assert answers(session, wanted, [0, 290]) == [rows, rows[290:]]
            assert pipelined(session, wanted, [0, 290]) == [rows, rows[290:]]
            with pytest.raises(InputError, match="one table"):
                session.bind(operation("join"))
        again = wide.load(plan(records=50))
        assert again.rows == wide.row_count() == 50
        assert again.logical_bytes > 50 * 100
        connection = wide.dialer().link.connect()
        tables = texts(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'storefit'")
        connection.finish()
        assert sorted(tables) == [("books",), ("orders",)]
        # Whatever was asked for: commits on this server are not safe.
        assert wide.describe().durability == "relaxed"


def test_the_indexes_are_there_and_used(target: PostgresqlTarget) -> None:
    connection = target.dialer().link.connect()
    found = {
        (table, definition.rpartition("USING ")[2])
        for table, definition in texts(
            connection, "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'storefit'"
        )
        if definition is not None
    }
    ((child,), (main,)) = (
        texts(connection, f"EXPLAIN {sql}")[-1:][0]
        for sql in (
            "SELECT * FROM storefit.orders WHERE book_id = 5",
            "SELECT * FROM storefit.books WHERE id = 5",
        )
    )
    connection.finish()
    assert found == {
        ("books", "btree (id)"),
        ("books", "btree (format)"),
        ("orders", "btree (order_id)"),
        ("orders", "btree (book_id)"),
    }
    assert "Index Cond" in (child or "")
    assert "Index Cond" in (main or "")


def test_log_bytes_agree_with_the_server_s_own_count(target: PostgresqlTarget) -> None:
    connection = target.dialer().link.connect()
    wal = "SELECT wal_bytes FROM pg_stat_wal"
    run(connection, "SELECT pg_stat_force_next_flush()")
    before, before_server = target.counters(), texts(connection, wal)[0][0]
    with session_of(target) as session:
        answers(session, operation("update", all_fields=True), list(range(400)))
    time.sleep(0.05)  # the session's process hands its counts in as it ends
    run(connection, "SELECT pg_stat_force_next_flush()")
    after, after_server = target.counters(), texts(connection, wal)[0][0]
    connection.finish()
    assert before.log_bytes is not None
    assert after.log_bytes is not None
    own = after.log_bytes - before.log_bytes
    assert own == pytest.approx(int(after_server or 0) - int(before_server or 0), rel=0.05)
    assert own > 400 * 100
    assert after.commits is not None
    assert before.commits is not None
    # Autovacuum commits too.
    assert 400 <= after.commits - before.commits < 480


def test_cpu_agrees_with_the_clock_of_a_busy_query(target: PostgresqlTarget) -> None:
    """A query that does nothing but count keeps one backend busy for as long as it runs."""
    connection = target.dialer().link.connect()
    run(connection, "SET statement_timeout = 0")
    before = target.counters().cpu_s
    backend = connection.backend_pid
    own_before = processes(backend, memory=False).cpu_s
    run(connection, "SET max_parallel_workers_per_gather = 0")
    run(connection, "SELECT sum(i) FROM generate_series(1, 4000000) AS i")
    own_after = processes(backend, memory=False).cpu_s
    connection.finish()
    time.sleep(0.1)
    after = target.counters().cpu_s
    assert None not in (before, after, own_before, own_after)
    busy = (own_after or 0) - (own_before or 0)
    assert busy > 0.2
    # The backend has ended: its use is now part of the postmaster's.
    assert (after or 0) - (before or 0) == pytest.approx(busy, rel=0.05, abs=0.06)


def test_counters_are_whole(target: PostgresqlTarget) -> None:
    found = target.counters()
    for name in found.__slots__:
        assert getattr(found, name) is not None, name
    assert found.stored_bytes is not None
    assert found.stored_bytes > RECORDS * 400
    assert found.memory_bytes is not None
    assert found.memory_bytes > 10_000_000


def test_looking_is_not_counted(target: PostgresqlTarget) -> None:
    looks = [target.counters().commits for _ in range(20)]
    assert looks[0] is not None
    assert looks[-1] is not None
    assert 0 <= looks[-1] - looks[0] < 10  # autovacuum may commit meanwhile


def test_checkpoints_are_counted(target: PostgresqlTarget) -> None:
    before = target.checkpoints()
    connection = target.dialer().link.connect()
    run(connection, "CHECKPOINT")
    connection.finish()
    assert before is not None
    deadline = time.monotonic() + 5  # the process that made it counts it a moment later
    while target.checkpoints() == before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert target.checkpoints() == before + 1


def test_what_is_said_of_the_server(target: PostgresqlTarget) -> None:
    said = target.describe()
    assert said.engine == "postgresql"
    assert said.version.startswith("18.")
    assert said.place == "embedded"
    assert said.durability == "full"
    assert said.settings["fsync"] == said.settings["full_page_writes"] == "on"
    assert said.settings["synchronous_commit"] == "on"
    assert said.settings["autovacuum"] == "on"
    assert said.settings["shared_buffers"].endswith("B")
    for name, value in said.settings.items():
        assert "/" not in value
        assert "password" not in name


def test_the_older_version_and_relaxed_durability(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded through libpq, as over an encrypted connection."""
    monkeypatch.setattr(loading, "is_encrypted", lambda connection: True)
    from bench.engines.postgresql import ENGINE
    from bench.engines.seam import Place, Settings

    relaxed = Settings(workdir=tmp_path, durability="relaxed")
    with ENGINE.open(Place(kind="embedded", version="16"), relaxed) as target:
        said = target.describe()
        assert said.version.startswith("16.")
        assert said.durability == "relaxed"
        assert said.settings["synchronous_commit"] == "off"
        assert said.settings["fsync"] == "on"
        assert target.checkpoints() is not None
        target.load(plan(WIDE, records=700))
        assert target.row_count() == 700
        counters = target.counters()
        assert counters.write_ios is not None
        assert counters.write_ios > 0
