"""Sessions: what each operation consumes, and writers in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench.engines as engines
from bench.engines.lmdb.target import LmdbTarget
from bench.engines.seam import LoadPlan, OperationFailed, Place, Session, Settings
from workloads import datasets
from workloads.spec.model import Operation
from workloads.stream import Batch

RECORDS = 3_000
COUNTED = 60


def batch(keys: list[int], *, limit: int = 0) -> Batch:
    return Batch(
        operation=np.zeros(len(keys), dtype=np.uint8),
        key=np.array(keys, dtype=np.int64),
        limit=np.full(len(keys), limit, dtype=np.int32),
        token=np.arange(len(keys), dtype=np.uint64),
    )


@contextmanager
def loaded(workdir: Path, name: str, **options: str) -> Iterator[LmdbTarget]:
    settings = Settings(workdir=workdir, durability="relaxed", options=options)
    with engines.get("lmdb").open(Place(kind="in-process"), settings) as target:
        target.load(LoadPlan(dataset=datasets.get(name), records=RECORDS, seed=1))
        assert isinstance(target, LmdbTarget)
        yield target


def consumed(session: Session, operation: Operation, work: Batch) -> tuple[float, float]:
    """Read and write units of a batch."""
    before = session.usage()
    bound = session.bind(operation)
    for argument in bound.encode(work, list(range(len(work)))):
        bound.call(argument)
    after = session.usage()
    return (
        (after.read_units or 0) - (before.read_units or 0),
        (after.write_units or 0) - (before.write_units or 0),
    )


def one(kind: str, **more: Any) -> Operation:
    return Operation(kind=kind, weight=1, **more)


@pytest.mark.parametrize(("consistency", "factor"), [("eventual", 0.5), ("strong", 1.0)])
def test_units_of_records_of_a_kilobyte(tmp_path: Path, consistency: str, factor: float) -> None:
    """Items of 1,024 B and a little: 1 block to read, 2 to write; 20 of them are 6 blocks."""
    with loaded(tmp_path, "records", consistency=consistency) as target:
        session = target.dialer().dial()
        assert consumed(session, one("read"), batch([1, 2, 99_999])) == (3 * factor, 0)
        assert consumed(session, one("update"), batch([1, 2])) == (0, 4)
        assert consumed(session, one("update"), batch([99_999])) == (0, 1)
        assert consumed(session, one("update", atomic_with=3), batch([1])) == (0, 3 * 2 * 2)
        assert consumed(session, one("read-modify-write"), batch([5])) == (1, 2)
        assert consumed(session, one("insert"), batch([RECORDS])) == (0, 2)
        assert consumed(session, one("delete"), batch([7, 7])) == (0, 3)
        assert consumed(session, one("range"), batch([100], limit=20)) == (6 * factor, 0)
        # Over the end of a bucket: 4 items there and 16 in the next one, each rounded up.
        assert consumed(session, one("range"), batch([1020], limit=20)) == ((2 + 5) * factor, 0)
        assert consumed(session, one("range"), batch([99_999], limit=20)) == (factor, 0)
        session.close()


def test_a_scan_pays_for_the_table(tmp_path: Path) -> None:
    with loaded(tmp_path, "records") as target:
        session = target.dialer().dial()
        read, _ = consumed(session, one("scan"), batch([0]))
        session.close()
    items_bytes = RECORDS * 1_110  # what the items are, by their names and values
    assert read == pytest.approx(items_bytes / 4096 * 0.5, rel=0.05)


def test_a_join_is_two_requests(tmp_path: Path) -> None:
    with loaded(tmp_path, "books") as target:
        session = target.dialer().dial()
        bound = session.bind(one("join"))
        work = batch(list(range(COUNTED)))
        raw = [bound.call(argument) for argument in bound.encode(work, list(range(COUNTED)))]
        with_children = sum(1 for children, _ in raw if children)
        assert 0 < with_children < COUNTED
        assert session.usage().read_units == 0.5 * COUNTED + 0.5 * with_children
        session.close()


def test_a_key_that_exists_is_not_inserted(tmp_path: Path) -> None:
    with loaded(tmp_path, "accounts") as target:
        session = target.dialer().dial()
        with pytest.raises(OperationFailed) as caught:
            consumed(session, one("insert"), batch([5]))
        assert caught.value.kind == "conditional-check-failed"
        assert session.usage().write_units == 1
        with pytest.raises(OperationFailed, match="at most 100"):
            consumed(session, one("update", atomic_with=101), batch([5]))
        session.close()


def test_a_full_map_fails_the_operation(tmp_path: Path) -> None:
    with loaded(tmp_path, "accounts", map_bytes=str(4 << 20)) as target:
        session = target.dialer().dial()
        with pytest.raises(OperationFailed) as caught:
            consumed(session, one("insert"), batch(list(range(RECORDS, RECORDS + 60_000))))
        assert caught.value.kind == "disk-full"
        assert consumed(session, one("read"), batch([1])) == (0.5, 0)
        session.close()


def test_processes_write_one_store(tmp_path: Path) -> None:
    """Inserts and read-modify-writes of the same item from two processes; none is lost."""
    context = multiprocessing.get_context("spawn")
    with loaded(tmp_path, "accounts") as target:
        workers = [
            context.Process(target=insert_some, args=(target.dialer(), RECORDS + worker))
            for worker in range(2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
            assert worker.exitcode == 0
        assert target.row_count() == RECORDS + 2 * COUNTED
        assert (target.counters().commits or 0) >= 2 * COUNTED
        assert (target.counters().stored_bytes or 0) > 0


def insert_some(dialer: Any, first: int) -> None:
    session = dialer.dial()
    consumed(session, one("insert"), batch([first + 2 * n for n in range(COUNTED)]))
    consumed(session, one("read-modify-write"), batch([0] * COUNTED))
    session.close()
