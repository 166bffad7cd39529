"""Transactions on the key-value store: what they consume, and all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

import bench.engines as engines
from bench.engines.lmdb.target import LmdbTarget
from bench.engines.seam import LoadPlan, OperationFailed, Place, Session, Settings
from workloads import datasets
from workloads.spec import load
from workloads.spec.model import Operation, Step
from workloads.stream import Batch

RECORDS = 3_000


@contextmanager
def loaded(workdir: Path, name: str) -> Iterator[LmdbTarget]:
    settings = Settings(workdir=workdir, durability="relaxed")
    with engines.get("lmdb").open(Place(kind="in-process"), settings) as target:
        target.load(LoadPlan(dataset=datasets.get(name), records=RECORDS, seed=1))
        assert isinstance(target, LmdbTarget)
        yield target


def transaction(*steps: Step) -> Operation:
    return Operation(kind="transaction", weight=1, steps=steps)


def batch(key: int, *further: int) -> Batch:
    return Batch(
        operation=np.zeros(1, dtype=np.uint8),
        key=np.array([key], dtype=np.int64),
        limit=np.zeros(1, dtype=np.int32),
        token=np.array([77], dtype=np.uint64),
        further=np.array([further], dtype=np.int64),
    )


def consumed(session: Session, operation: Operation, work: Batch) -> tuple[float, float]:
    """Read and write units of a batch; a failure of the engine does not hide them."""
    before = session.usage()
    bound = session.bind(operation)
    for argument in bound.encode(work, range(len(work))):
        with suppress(OperationFailed):
            bound.call(argument)
    after = session.usage()
    return (
        (after.read_units or 0) - (before.read_units or 0),
        (after.write_units or 0) - (before.write_units or 0),
    )


READ, UPDATE, DELETE = Step(kind="read"), Step(kind="update"), Step(kind="delete")
BACK = Step(kind="insert", same_key=True)


@pytest.mark.parametrize(
    ("steps", "keys", "read_units", "write_units"),
    [
        ((READ,), (1,), 2, 0),
        ((READ,), (99_999,), 2, 0),
        ((Step(kind="read", repeat=3),), (1, 2, 3), 6, 0),
        ((UPDATE,), (1,), 0, 4),
        ((UPDATE,), (99_999,), 0, 2),
        ((UPDATE, Step(kind="update", same_key=True)), (1,), 0, 4),  # one item, paid for once
        ((DELETE, BACK), (5,), 0, 4),
        ((DELETE,), (6,), 0, 4),
        ((Step(kind="insert"),), (RECORDS,), 0, 4),
        ((Step(kind="insert"),), (9,), 0, 4),  # it is there: cancelled, and paid for
        ((Step(kind="range", limit=20),), (100,), 6, 0),
        ((Step(kind="range", limit=20, form="sum"),), (1020,), 2 + 5, 0),
        ((Step(kind="range", limit=20),), (99_999,), 1, 0),
        ((READ, UPDATE), (1, 2), 2, 4),
    ],
)
def test_units_of_records_of_a_kilobyte(
    tmp_path: Path,
    steps: tuple[Step, ...],
    keys: tuple[int, ...],
    read_units: float,
    write_units: float,
) -> None:
    """Items of 1,024 B and a little: 1 block to read, 2 to write, twice that in a transaction."""
    with loaded(tmp_path, "records") as target:
        session = target.dialer().dial()
        found = consumed(session, transaction(*steps), batch(*keys))
        assert found == (read_units, write_units)
        session.close()


def test_a_transfer_costs_four_writes_and_a_read(tmp_path: Path) -> None:
    with loaded(tmp_path, "accounts") as target:
        session = target.dialer().dial()
        (transfer,) = load("tpcb").operations
        assert consumed(session, transfer, batch(5, 123)) == (2, 8)
        ranges = transaction(Step(kind="range", table="tellers", limit=4))
        assert consumed(session, ranges, batch(5)) == (4, 0)  # a key each, there or not
        session.close()


def test_a_cancelled_transaction_changes_nothing(tmp_path: Path) -> None:
    with loaded(tmp_path, "books") as target:
        session = target.dialer().dial()
        reading = session.bind(Operation(kind="read", weight=1))

        def row() -> object:
            (argument,) = reading.encode(batch(4), range(1))
            return reading.answer(reading.call(argument))

        before, count = row(), target.row_count()
        bound = session.bind(transaction(UPDATE, Step(kind="insert")))
        (argument,) = bound.encode(batch(4, 9), range(1))
        with pytest.raises(OperationFailed, match="the key exists"):
            bound.call(argument)
        assert row() == before
        (argument,) = bound.encode(batch(4, RECORDS), range(1))
        assert bound.answer(bound.call(argument)) == [(1,), (1,)]
        assert row() != before
        assert target.row_count() == count + 1
        session.close()


def test_reading_commits_nothing(tmp_path: Path) -> None:
    with loaded(tmp_path, "books") as target:
        session = target.dialer().dial()
        before = target.counters().commits
        consumed(session, transaction(READ, Step(kind="range", limit=3)), batch(4, 9))
        assert target.counters().commits == before
        consumed(session, transaction(READ, UPDATE), batch(4, 9))
        assert target.counters().commits == (before or 0) + 1
        session.close()


def test_more_items_than_a_transaction_takes(tmp_path: Path) -> None:
    with loaded(tmp_path, "books") as target:
        session = target.dialer().dial()
        session.bind(transaction(Step(kind="update", repeat=100), Step(kind="read", repeat=100)))
        with pytest.raises(OperationFailed, match="101 items; at most 100") as caught:
            session.bind(transaction(Step(kind="update", repeat=101)))
        assert caught.value.kind == "transaction-too-large"
        session.close()
