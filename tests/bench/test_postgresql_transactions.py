"""Transactions on PostgreSQL: a round trip each statement or one for all, and all or nothing."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from postgresql_ground import SEED, loaded, plan, session_of

from bench.engines.postgresql.link import texts
from bench.engines.postgresql.options import options_of
from bench.engines.postgresql.session import PostgresqlSession
from bench.engines.postgresql.target import PostgresqlTarget
from bench.engines.seam import OperationFailed, PipelinedBound, PipelinedSession, Row
from workloads import datasets
from workloads.errors import InputError
from workloads.oracle import Oracle
from workloads.spec import load
from workloads.spec.model import Operation, Step, Workload
from workloads.stream import Batch, batches

RECORDS = 3_000
TRANSFER = load("tpcb").operations[0]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlTarget]:
    workdir = tmp_path_factory.mktemp("transactions")
    with loaded(workdir, datasets.get("accounts"), records=RECORDS) as made:
        yield made


@pytest.fixture(params=["socket", "socket in one trip", "libpq", "libpq in one trip"])
def session(
    request: pytest.FixtureRequest, target: PostgresqlTarget
) -> Iterator[PostgresqlSession]:
    # every test starts from freshly loaded rows
    target.load(plan(datasets.get("accounts"), records=RECORDS))
    dialer = replace(
        target.dialer(),
        through_libpq="libpq" in request.param,
        in_one_trip="one trip" in request.param,
    )
    with closing(dialer.dial()) as made:
        yield made


def transaction(*steps: Step) -> Operation:
    return Operation(kind="transaction", weight=1, steps=steps)


def work(operation: Operation, count: int) -> Batch:
    wanted = Workload(name="w", operations=(operation,))
    return next(batches(wanted, seed=2, records=RECORDS, size=count))


def called(session: PostgresqlSession, operation: Operation, batch: Batch) -> list[list[Row]]:
    bound = session.bind(operation)
    return [bound.answer(bound.call(r)) for r in bound.encode(batch, range(len(batch)))]


def sent(session: PostgresqlSession, operation: Operation, batch: Batch) -> list[list[Row]]:
    bound = session.bind(operation)
    assert isinstance(session, PipelinedSession)
    assert isinstance(bound, PipelinedBound)
    found = []
    for request in bound.encode(batch, range(len(batch))):
        bound.send(request)
        while (raw := session.receive()) is None:
            assert select.select([session], [], [], 5)[0]
        found.append(bound.answer(raw))
    return found


@pytest.mark.parametrize("way", [called, sent])
def test_transfers_are_answered_as_the_oracle_does(session: PostgresqlSession, way: Any) -> None:
    batch = work(TRANSFER, 20)
    oracle = Oracle(datasets.get("accounts"), RECORDS, SEED)
    expected = [oracle.answer(TRANSFER, batch, place) for place in range(len(batch))]
    assert way(session, TRANSFER, batch) == expected


@pytest.mark.parametrize("way", [called, sent])
def test_a_failure_in_the_middle_undoes_everything(session: PostgresqlSession, way: Any) -> None:
    reading = Operation(kind="read", weight=1)
    one = work(reading, 1)
    before = called(session, reading, one)
    wrong = transaction(
        Step(kind="update", column="balance", add=True), Step(kind="insert"), Step(kind="read")
    )
    further = np.array([[0, 1]], dtype=np.int64)  # account 0 exists
    with pytest.raises(OperationFailed) as caught:
        way(session, wrong, replace(one, further=further))
    assert caught.value.kind == "23505"
    assert called(session, reading, one) == before
    right = np.array([[RECORDS, RECORDS]], dtype=np.int64)
    found = way(session, wrong, replace(one, further=right))
    assert found[0][:2] == [(1,), (1,)]
    assert found[0][2][0] == RECORDS
    assert called(session, reading, one) != before


def test_each_statement_is_a_round_trip_unless_asked_otherwise(target: PostgresqlTarget) -> None:
    with session_of(target) as session:
        (argument,) = session.bind(TRANSFER).encode(work(TRANSFER, 1), range(1))
        assert len(argument) == 7  # BEGIN, five statements, COMMIT
        alone = transaction(Step(kind="read", column="balance"))
        (argument,) = session.bind(alone).encode(work(alone, 1), range(1))
        assert isinstance(argument, bytes)
    with closing(replace(target.dialer(), in_one_trip=True).dial()) as session:
        (argument,) = session.bind(TRANSFER).encode(work(TRANSFER, 1), range(1))
        assert argument.count(b"E\0\0\0\t") == 7
        assert argument.endswith(b"S\0\0\0\4")


def test_connections_go_through_their_transactions_side_by_side(target: PostgresqlTarget) -> None:
    """Open load on one thread: each reply sends that connection's next statement."""
    target.load(plan(datasets.get("accounts"), records=RECORDS))
    batch = work(TRANSFER, 40)
    sessions = [target.dialer().dial() for _ in range(4)]
    try:
        bounds = [session.bind(TRANSFER) for session in sessions]
        rest = list(reversed(bounds[0].encode(batch, range(len(batch)))))
        done, busy = 0, {}
        while done < len(batch):
            for session, bound in zip(sessions, bounds, strict=True):
                if session not in busy and rest:
                    assert isinstance(bound, PipelinedBound)
                    bound.send(rest.pop())
                    busy[session] = bound
            for session in select.select(list(busy), [], [], 5)[0]:
                raw = session.receive()
                if raw is not None:
                    assert [row for row in busy.pop(session).answer(raw) if row == (1,)]
                    done += 1
    finally:
        for session in sessions:
            session.close()
    with looking(target) as connection:
        sums = "SELECT sum(delta) FROM storefit.history"
        (added,) = texts(connection, sums)[0]
        (count,) = texts(connection, "SELECT count(*) FROM storefit.history")[0]
        (teller,) = texts(connection, "SELECT sum(teller_balance) FROM storefit.tellers")[0]
    assert count == "40"
    loaded_sum = sum(
        int(row[2] or 0)
        for row in datasets.canonical(
            datasets.get("accounts").rows("tellers", 0, 10, seed=SEED, record_size_bytes=None)
        )
    )
    assert int(teller or 0) - loaded_sum == int(added or 0)


def test_accounts_have_no_index_but_their_keys(target: PostgresqlTarget) -> None:
    with looking(target) as connection:
        query = (
            "SELECT tablename, count(*) FROM pg_indexes WHERE schemaname = 'storefit' GROUP BY 1"
        )
        assert dict(texts(connection, query)) == {"accounts": "1", "tellers": "1", "branches": "1"}


def test_the_way_of_sending_is_an_option_and_said(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="transactions"):
        options_of({"transactions": "both"})
    assert not options_of({}).in_one_trip
    with loaded(tmp_path, datasets.get("accounts"), records=10, transactions="one-trip") as made:
        assert "storefit.transactions" in made.describe().settings
        assert made.dialer().in_one_trip


@contextmanager
def looking(target: PostgresqlTarget) -> Iterator[Any]:
    """A connection beside the sessions."""
    connection = target.dialer().link.connect()
    try:
        yield connection
    finally:
        connection.finish()
