"""What the contract suite runs on: a loaded target, a session on it, and the right answers."""

from __future__ import annotations

import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import numpy as np
from oddities import DATASET as ODDITIES

import bench.engines as engines
from bench.engines.seam import (
    Engine,
    LoadPlan,
    PipelinedBound,
    PipelinedSession,
    Place,
    Row,
    Session,
    Settings,
    Target,
)
from bench.verify import Verification, read_back, verify
from workloads import datasets
from workloads.datasets import canonical
from workloads.datasets.own import of_file
from workloads.datasets.seam import Dataset
from workloads.oracle import Oracle
from workloads.spec.model import Data, KeyDistribution, Operation, Step, Workload
from workloads.stream import Batch, batches

RECORDS = 1_500  # more than one item collection of the key-value store
SEED = 7
HERE = frozenset({"in-process", "embedded"})  # places that need nothing but Python packages
VARIANTS: dict[str, tuple[Operation, ...]] = {
    "read": (Operation(kind="read", weight=1),),
    "insert": (Operation(kind="insert", weight=1), Operation(kind="read", weight=1)),
    "update": (
        Operation(kind="update", weight=1),
        Operation(kind="update", weight=1, all_fields=True),
        Operation(kind="update", weight=1, atomic_with=3),
        Operation(kind="read", weight=2),
    ),
    "read-modify-write": (
        Operation(kind="read-modify-write", weight=1),
        Operation(kind="read-modify-write", weight=1, all_fields=True),
        Operation(kind="read-modify-write", weight=1, atomic_with=2),
    ),
    "delete": (Operation(kind="delete", weight=1), Operation(kind="read", weight=1)),
    "range": (
        Operation(kind="range", weight=1, limit=20),
        Operation(kind="range", weight=1, limit=100, uniform_limit=True),
    ),
    "scan": (Operation(kind="scan", weight=1),),
    "join": (Operation(kind="join", weight=1),),
    "aggregate": (Operation(kind="aggregate", weight=1),),
    "top-k": (
        Operation(kind="top-k", weight=1),
        Operation(kind="top-k", weight=1, limit=70),
    ),
    "window": (Operation(kind="window", weight=1),),
}
CHECKED = {"scan": 30, "aggregate": 5, "top-k": 8, "window": 3}
CHECKED_OTHERWISE = 150


def variants(kind: str, dataset: Dataset) -> tuple[Operation, ...]:
    """Operations of a kind, and what shows their effects."""
    return transactions(dataset) if kind == "transaction" else VARIANTS[kind]


def transactions(dataset: Dataset) -> tuple[Operation, ...]:
    """Every kind of step on the main table, and then on each other table."""
    roles = dataset.roles
    made = [
        (
            Step(kind="read", repeat=3),
            Step(kind="read", column=roles.group_column, same_key=True),
            Step(kind="range", limit=9),
            Step(kind="range", limit=30, column=roles.update_column),
            Step(kind="range", limit=40, form="sum"),
            Step(kind="range", limit=50, form="sorted", column=roles.group_column),
            Step(kind="range", form="distinct", column=roles.group_column),
            Step(kind="update", repeat=2),
            Step(kind="update", column=roles.measure, add=True),
            Step(kind="delete"),
            Step(kind="insert", same_key=True),
            Step(kind="read", same_key=True),
        ),
        (Step(kind="insert"), Step(kind="insert", repeat=2), Step(kind="read", same_key=True)),
        (Step(kind="update"), Step(kind="insert"), Step(kind="read")),
        (Step(kind="read"), Step(kind="delete", same_key=True), Step(kind="read")),
        (Step(kind="update", same_key=False),),
        *within(dataset),
    ]
    for table in dataset.tables[1:]:
        name = table.name
        if table.keyless:
            made.append((Step(kind="update"), Step(kind="insert", table=name, repeat=2)))
            continue
        numbers = [c.name for c in table.columns[1:] if c.kind == "int64"]
        made.append(
            (
                Step(kind="update", column=roles.measure, add=True),
                Step(kind="update", table=name, column=numbers[-1], add=True),
                Step(kind="read", table=name, same_key=True),
                Step(kind="update", table=name, column=numbers[-1]),
                Step(kind="range", table=name, limit=5),
                Step(kind="range", table=name, limit=7, form="sum", column=numbers[-1]),
                Step(kind="delete", table=name),
                Step(kind="insert", table=name, same_key=True),
                Step(kind="insert", table=name),
                Step(kind="read", table=name, same_key=True),
                Step(kind="read", table=name, column=numbers[0], repeat=2),
            )
        )
        made.append((Step(kind="read"), Step(kind="delete", table=name)))
    return tuple(Operation(kind="transaction", weight=1, steps=steps) for steps in made)


def within(dataset: Dataset) -> list[tuple[Step, ...]]:
    """Steps about values in objects, where the main table has any: a text, a number."""
    # the first of each kind
    nested = {c.kind: c.name for c in reversed(dataset.tables[0].columns) if c.nested}
    if not nested:
        return []
    text, number = nested["string"], nested["int64"]
    return [
        (
            Step(kind="update", column=text),
            Step(kind="read", column=text, same_key=True),
            Step(kind="update", column=number),
            Step(kind="update", column=number, add=True, same_key=True),
            Step(kind="read", same_key=True),
            Step(kind="update", column=number, add=True),
            Step(kind="range", limit=40, form="sum", column=number),
            Step(kind="range", limit=40, form="sorted", column=number),
            Step(kind="range", limit=40, form="distinct", column=text),
        )
    ]


def dataset(name: str) -> Dataset:
    if name.endswith((".csv", ".parquet")):  # a person's own file
        return of_file(Path(name))
    return ODDITIES if name == ODDITIES.name else datasets.get(name)


def dataset_names() -> tuple[str, ...]:
    return (ODDITIES.name, *datasets.names())


def places() -> list[tuple[str, str]]:
    """Engine and place of everything that must run on any machine."""
    return [
        (name, place)
        for name in engines.names(hidden=True)
        for place in engines.get(name).places
        if place in HERE
    ]


@dataclass(slots=True)
class Ground:
    """One loaded target. Every check goes on from the state that the one before left."""

    engine: Engine
    target: Target
    session: Session
    dataset: Dataset
    oracle: Oracle
    used: list[str] = field(default_factory=list)

    def check(self, operations: tuple[Operation, ...], count: int) -> Verification:
        """Verify `count` operations of a stream of their own (inserted keys never collide)."""
        worker = len(self.used)
        self.used.append(operations[0].kind)
        workload = Workload(
            name="contract",
            data=Data(records=RECORDS, keys=KeyDistribution(kind="zipfian", parameters=(0.8,))),
            operations=operations,
        )
        stream = batches(
            workload, seed=SEED + worker, worker=worker, workers=64, records=RECORDS, size=count
        )
        return self.verify(operations, islice(stream, 1))

    def hold(self, kind: str) -> bool:
        """Assert that the answers of a kind are right, in all its variants; False: not served."""
        if kind not in self.engine.kinds:
            assert self.engine.unsupported[kind]
            return False
        if kind == "join" and self.dataset.roles.child_table is None:
            return False
        wanted = variants(kind, self.dataset)
        supported = tuple(o for o in wanted if o.kind in self.engine.kinds)
        count = CHECKED.get(kind, CHECKED_OTHERWISE)
        found = self.check(supported, count)
        assert found.first_difference is None
        assert found.checked == count
        assert found.correct
        return True

    def check_one(
        self, operation: Operation, *, key: int, limit: int = 0, token: int = 3
    ) -> Verification:
        """Verify a single operation."""
        batch = Batch(
            operation=np.zeros(1, dtype=np.uint8),
            key=np.array([key], dtype=np.int64),
            limit=np.array([limit], dtype=np.int32),
            token=np.array([token], dtype=np.uint64),
        )
        return self.verify((operation,), [batch])

    def read_back(self) -> Verification:
        """Verify the rows that were written last, deleted ones included."""
        return read_back(self.session, self.dataset, self.oracle, most=60)

    def verify(self, operations: tuple[Operation, ...], stream: object) -> Verification:
        return verify(self.session, self.dataset, self.oracle, operations, stream)  # type: ignore[arg-type]


class Sending:
    """A session whose operations are sent without waiting, as open load does."""

    def __init__(self, session: PipelinedSession) -> None:
        self._session = session

    def bind(self, operation: Operation) -> SendingBound:
        bound = self._session.bind(operation)  # type: ignore[attr-defined]
        assert isinstance(bound, PipelinedBound)
        return SendingBound(self._session, bound)


class SendingBound:
    """An operation that is sent and whose answer is then looked for."""

    def __init__(self, session: PipelinedSession, bound: PipelinedBound) -> None:
        self._session, self._bound = session, bound
        self.encode = bound.encode  # type: ignore[attr-defined]
        self.answer = bound.answer  # type: ignore[attr-defined]

    def call(self, argument: object) -> object:
        self._bound.send(argument)
        while (raw := self._session.receive()) is None:
            assert select.select([self._session], [], [], 10)[0], "no answer"
        return raw


@cache
def generated(data: str, table: str) -> list[Row]:
    """The loaded rows of a table: every engine is asked about the same."""
    found = dataset(data)
    count = found.row_count(table, RECORDS)
    return canonical(found.rows(table, 0, count, seed=SEED, record_size_bytes=None))


def oracle(data: str) -> Oracle:
    """One that has its rows already; one by one they take longer than all the engines' answers."""
    made = Oracle(dataset(data), RECORDS, SEED)
    for table, contents in made.tables.items():
        rows = generated(data, table)
        contents.kept.update(enumerate(rows))
        contents.rows = lambda start, stop, rows=rows: rows[start:stop]  # type: ignore[method-assign, misc]
    return made


@contextmanager
def ground(
    name: str,
    place: str | Place,
    data: str,
    workdir: Path,
    options: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Ground]:
    """Open, load and dial; closed again at the end."""
    engine = engines.get(name)
    found = dataset(data)
    settings = Settings(workdir=workdir, durability="relaxed", seed=SEED, options=options)
    where = Place(kind=place) if isinstance(place, str) else place
    with engine.open(where, settings) as target:
        loaded = target.load(LoadPlan(dataset=found, records=RECORDS, seed=SEED))
        if engine.evidence_for:
            assert loaded.rows == RECORDS
            assert loaded.logical_bytes > 0
            assert loaded.seconds > 0
        target.settle()
        session = target.dialer().dial()
        try:
            yield Ground(engine, target, session, found, oracle(data))
        finally:
            session.close()
