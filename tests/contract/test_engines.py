"""One contract: every engine gives the answers that the generators imply, for every kind.

Writes change what later operations see; each check goes on from the state before.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ground import (
    RECORDS,
    VARIANTS,
    Ground,
    Sending,
    dataset_names,
    ground,
    places,
    variants,
)

import bench.engines as engines
from bench.engines.seam import OperationFailed, PipelinedSession, Place
from workloads.spec.model import ANALYTIC_KINDS, KINDS, WRITE_KINDS, Operation, Step
from workloads.stream import Batch

# Engine -> why its answers cannot be right. A test fails when they begin to be.
EXCEPTIONS = {"noop": "does nothing: it measures the driver, not a store"}
MOST_SCANS = 10
# Datasets beyond these teach little of files, and of the fake that follows the oracle.
SPARED = ("polars", "pandas", "fake")
TAUGHT_BY = ("oddities", "books")
# What these hold is in the oddities, the books and the sales too.
ALIKE = ("editions", "records", "sensors", "sessions")
CASES = [
    pytest.param(
        (name, place, data),
        id=f"{name}@{place}-{data}",
        marks=pytest.mark.slow
        if data in ALIKE or (name in SPARED and data not in TAUGHT_BY)
        else (),
    )
    for name, place in places()
    for data in dataset_names()
    if name not in EXCEPTIONS
]


@pytest.fixture(scope="module", params=CASES)
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    name, place, data = request.param
    with ground(name, place, data, tmp_path_factory.mktemp(f"{name}-{data}"[:24])) as made:
        yield made


@pytest.mark.parametrize(("name", "place"), places())
def test_it_is_available_wherever_the_packages_are(name: str, place: str) -> None:
    assert engines.get(name).available(Place(kind=place)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_right(loaded: Ground, kind: str) -> None:
    if loaded.hold(kind) and kind in WRITE_KINDS and "read" in loaded.engine.kinds:
        assert loaded.read_back().first_difference is None


def test_edges(loaded: Ground) -> None:
    """Keys that are not there, a range over the end, over everything, and of nothing."""
    checks = [
        ("read", 10 * RECORDS, 0),
        ("update", 10 * RECORDS, 0),
        ("read-modify-write", 10 * RECORDS, 0),
        ("delete", 10 * RECORDS, 0),
        ("join", 10 * RECORDS, 0),
        ("delete", RECORDS - 1, 0),
        ("delete", RECORDS - 1, 0),
        ("read", RECORDS - 1, 0),
        ("update", RECORDS - 1, 0),
        ("join", RECORDS - 1, 0),
        ("range", 0, 2 * RECORDS),
        ("range", 1020, 10),
        ("range", RECORDS - 3, 50),
        ("range", 10 * RECORDS, 5),
        ("range", 5, 1),
        ("top-k", 0, 1),
        ("top-k", 0, 2 * RECORDS),
    ]
    for kind, key, limit in checks:
        if kind == "join" and loaded.dataset.roles.child_table is None:
            continue
        if kind in loaded.engine.kinds:
            found = loaded.check_one(Operation(kind=kind, weight=1), key=key, limit=limit)
            assert found.first_difference is None


def test_a_mix_and_the_count_after_it(loaded: Ground) -> None:
    served = [o for kind in KINDS for o in variants(kind, loaded.dataset)]
    with_join = loaded.dataset.roles.child_table is not None
    mix = tuple(
        replace(o, weight=0.2) if o.reads_all else o
        for o in served
        if o.kind in loaded.engine.kinds and (with_join or o.kind != "join")
    )
    ask_about_the_whole_table(loaded)
    found = loaded.check(mix, 300)
    assert found.first_difference is None
    assert loaded.target.row_count() == loaded.oracle.row_count()
    ask_about_the_whole_table(loaded)


def ask_about_the_whole_table(loaded: Ground) -> None:
    """Each question once, a scan for several values: before writes and after them."""
    for kind in sorted(loaded.engine.kinds & ANALYTIC_KINDS):
        last = len(loaded.dataset.roles.filter_values) - 1 if kind == "scan" else 0
        for token in sorted({*range(min(last, MOST_SCANS)), last}):
            operation = Operation(kind=kind, weight=1)  # type: ignore[arg-type]
            found = loaded.check_one(operation, key=0, limit=10, token=token)
            assert found.first_difference is None


def test_what_is_sent_without_waiting_is_answered_alike(loaded: Ground) -> None:
    if not isinstance(loaded.session, PipelinedSession):
        return
    waiting = loaded.session
    loaded.session = Sending(waiting)  # type: ignore[assignment]
    try:
        for kind in ("read", "update", "read-modify-write", "range", "transaction"):
            assert loaded.check(variants(kind, loaded.dataset), 30).first_difference is None
    finally:
        loaded.session = waiting


def test_another_session_sees_what_was_written(loaded: Ground) -> None:
    if "update" not in loaded.engine.kinds:
        return
    mine, other = loaded.session, loaded.target.dialer().dial()
    try:
        for writes, reads in ((mine, other), (other, mine)):
            loaded.session = writes
            assert loaded.check_one(Operation(kind="update", weight=1), key=11, token=5).correct
            loaded.session = reads
            assert loaded.check_one(Operation(kind="read", weight=1), key=11).correct
    finally:
        loaded.session = mine
        other.close()


def test_a_transaction_that_fails_leaves_nothing(loaded: Ground) -> None:
    """The last of its requests inserts a key that exists: the first ones are undone."""
    if "transaction" not in loaded.engine.kinds:
        return
    key, taken = RECORDS // 3, RECORDS // 3 + 1
    operation = Operation(
        kind="transaction",
        weight=1,
        steps=(Step(kind="update"), Step(kind="update", same_key=True), Step(kind="insert")),
    )
    read = Operation(kind="read", weight=1)
    assert loaded.check_one(read, key=taken).correct
    bound = loaded.session.bind(operation)
    (argument,) = bound.encode(one_transaction(key, taken), [0])
    with pytest.raises(OperationFailed):
        bound.answer(bound.call(argument))
    assert loaded.check_one(read, key=key).first_difference is None
    assert loaded.check_one(read, key=taken).first_difference is None
    assert loaded.check(VARIANTS["update"], 10).first_difference is None  # and it goes on


def one_transaction(key: int, new: int) -> Batch:
    """A transaction on a key that makes a row with the key `new`."""
    return Batch(
        operation=np.zeros(1, dtype=np.uint8),
        key=np.array([key], dtype=np.int64),
        limit=np.zeros(1, dtype=np.int32),
        token=np.array([9], dtype=np.uint64),
        further=np.array([[new]], dtype=np.int64),
    )


def test_what_is_said_of_it(loaded: Ground) -> None:
    description = loaded.target.describe()
    assert description.engine == loaded.engine.name
    assert description.version
    assert description.place == description.place.strip() != ""
    assert description.durability == "relaxed"
    counters = loaded.target.counters()
    for name in counters.__slots__:
        value = getattr(counters, name)
        assert value is None or value >= 0


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_still_is_one(name: str, tmp_path: Path) -> None:
    with ground(name, engines.get(name).places[0], "books", tmp_path) as made:
        for kind in sorted(made.engine.kinds):
            assert made.check(variants(kind, made.dataset), 20).wrong > 0


def test_the_dialer_crosses_to_another_process(loaded: Ground) -> None:
    again = pickle.loads(pickle.dumps(loaded.target.dialer()))
    session = again.dial()
    try:
        bound = session.bind(Operation(kind="read", weight=1))
        assert session.server_pids() == loaded.session.server_pids() or session.server_pids()
        batch_rows = bound.answer(bound.call(bound.encode(_one_read(), [0])[0]))
        assert len(batch_rows) == 1
    finally:
        session.close()


def _one_read() -> Batch:
    return Batch(
        operation=np.zeros(1, dtype=np.uint8),
        key=np.array([RECORDS // 2], dtype=np.int64),
        limit=np.zeros(1, dtype=np.int32),
        token=np.zeros(1, dtype=np.uint64),
    )
