"""Old records and copies, one contract: what is removed, what grows, what a restore gives back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ground import HERE, SEED

import bench.engines as engines
from bench.engines.retention import (
    DAMAGED,
    Backup,
    BackupEngine,
    BackupTarget,
    CompactingTarget,
    ExpiringEngine,
    GrowingTarget,
    Space,
    WholeTarget,
)
from bench.engines.seam import (
    Engine,
    ExpiringTarget,
    LoadPlan,
    OperationFailed,
    Place,
    Settings,
)
from bench.targets.keeper import Keeper
from bench.verify import verify
from workloads import datasets
from workloads.errors import InputError
from workloads.oracle import Oracle
from workloads.spec.model import Operation
from workloads.stream import Batch

RECORDS, PARTS = 600, 3
EACH = RECORDS // PARTS
DATASET = datasets.get("books")
# What these show of the seam the others show at less cost; `make test` has their own tests.
SLOW = ("pandas", "postgresql")
ALL = ("fake", "lmdb", "polars", "pandas", "postgresql", "mysql", "mariadb")
# Formats other than the one that is read back the most.
FORMATS = ("ipc", "csv", "ndjson")


def cases() -> Iterator[Any]:
    for name in ALL:
        engine = engines.get(name)
        place = next((p for p in engine.places if p in HERE), "local")
        options = {} if name in ("fake", "lmdb") else {"partitions": str(PARTS)}
        marks = [pytest.mark.servers] if place not in HERE else []
        marks += [pytest.mark.slow] if name in SLOW else []
        yield pytest.param((name, place, options), id=name, marks=marks)
    for form in FORMATS:
        options = {"partitions": str(PARTS), "format": form}
        yield pytest.param(("polars", "in-process", options), id=form, marks=pytest.mark.slow)
    yield pytest.param(
        ("postgresql", "local", {"connection": "tcp", "partitions": "3"}),
        id="postgresql-tcp",
        marks=pytest.mark.servers,
    )


@dataclass(frozen=True, slots=True)
class Ground:
    engine: Engine
    place: Place
    options: dict[str, str]
    target: Any
    space: Space

    def load(self, records: int = RECORDS) -> None:
        self.target.load(LoadPlan(dataset=DATASET, records=records, seed=SEED))
        self.target.settle()

    def backups(self) -> list[str]:
        assert isinstance(self.engine, BackupEngine)
        found = self.engine.backup_ways(self.place, self.options)
        return [way for way, reason in found.items() if reason is None]

    def keys(self, *keys: int, records: int = 10 * RECORDS) -> None:
        """Rows of these keys are read, as they were generated; `-key`: it is not there."""
        import numpy as np

        oracle = Oracle(DATASET, records, SEED, None)
        operation = Operation(kind="read", weight=1.0)

        class Answers:
            def answer(self, asked: Operation, batch: Batch, position: int) -> Any:
                there = position < len([k for k in keys if k >= 0])
                return oracle.answer(asked, batch, position) if there else []

        ordered = [k for k in keys if k >= 0] + [-k for k in keys if k < 0]
        batch = Batch(
            operation=np.zeros(len(keys), dtype=np.uint8),
            key=np.array(ordered, dtype=np.int64),
            limit=np.zeros(len(keys), dtype=np.int32),
            token=np.zeros(len(keys), dtype=np.uint64),
        )
        session = self.target.dialer().dial()
        try:
            assert (
                verify(session, DATASET, Answers(), (operation,), [batch]).first_difference is None
            )
        finally:
            session.close()


@pytest.fixture(scope="module", params=cases())
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    name, kind, options = request.param
    engine, place = engines.get(name), Place(kind=kind)
    missing = engine.available(place)
    if missing and not os.environ.get("STOREFIT_STRICT"):
        pytest.skip(f"{name}: {missing}")
    below = tmp_path_factory.mktemp("retention")
    with (
        Keeper() as keeper,
        engine.open(place, Settings(workdir=below, options=options)) as target,
    ):
        yield Ground(engine, place, options, target, Space(keeper, below))


def test_old_records_go_and_the_next_come(ground: Ground) -> None:
    assert isinstance(ground.engine, ExpiringEngine)
    ways = ground.engine.expiry_ways(ground.place, ground.options)
    ground.load()
    target = ground.target
    assert isinstance(target, ExpiringTarget)
    assert isinstance(target, GrowingTarget)
    assert isinstance(target, WholeTarget)
    assert set(target.expiry_ways()) == {way for way, reason in ways.items() if reason is None}
    rows, oldest = RECORDS, 0
    for way in target.expiry_ways():
        grown = target.grow(first_key=10 * EACH + rows + oldest, rows=EACH)
        rows += EACH
        assert grown.rows == EACH
        assert target.row_count() == rows
        oldest += EACH
        found = target.expire(way, below_key=oldest)
        assert found.rows == EACH, way
        assert found.seconds > 0
        rows -= EACH
        assert target.row_count() == rows
        assert target.contents()[DATASET.tables[0].name].rows == rows
        ground.keys(oldest, 10 * EACH + rows + oldest - 1, -(oldest - 1))
        assert target.expire(way, below_key=oldest).rows == 0
        if found.write_units is not None:
            assert found.write_units == (0 if way == "ttl" else EACH)
    if isinstance(target, CompactingTarget):
        before = target.contents()
        assert target.compact()
        assert target.contents() == before
        ground.keys(oldest, -(oldest - 1))


def test_everything_can_go(ground: Ground) -> None:
    ground.load(EACH)
    way = ground.target.expiry_ways()[-1]
    assert ground.target.expire(way, below_key=10 * EACH).rows == EACH
    assert ground.target.row_count() == 0
    ground.target.grow(first_key=EACH, rows=5)
    assert ground.target.row_count() == 5
    ground.keys(EACH + 4, -3)


def test_a_way_that_there_is_not(ground: Ground) -> None:
    ground.load(30)
    with pytest.raises(InputError, match="burn"):
        ground.target.expire("burn", below_key=5)
    with pytest.raises(InputError, match="burn"):
        ground.target.backup("burn", ground.space)


def test_a_restore_gives_all_rows_back_and_leaves_nothing(ground: Ground) -> None:
    ground.load()
    target = ground.target
    assert isinstance(target, BackupTarget)
    whole = target.contents()
    assert whole[DATASET.tables[0].name].rows == RECORDS
    assert ground.backups()
    for way in ground.backups():
        backup = target.backup(way, ground.space)
        assert backup.made_bytes > 0
        there = set(ground.space.below.iterdir())
        restored = target.restore(backup, ground.space)
        assert restored.contents == whole, way
        assert restored.seconds > 0
        assert set(ground.space.below.iterdir()) == there
        assert target.contents() == whole
        # And what the source has become meanwhile is not taken for what was backed up.
        target.expire(target.expiry_ways()[0], below_key=1)
        assert target.restore(backup, ground.space).contents == whole != target.contents()
        ground.load()
        shutil.rmtree(backup.directory)


def test_a_damaged_backup_is_caught(ground: Ground) -> None:
    """One bit of a text is changed, and half of the backup is lost."""
    ground.load()
    whole = ground.target.contents()
    for way in ground.backups():
        for damage in (_bit_of_a_text, _half):
            backup = ground.target.backup(way, ground.space)
            damage(backup)
            assert not _restores(ground, backup, whole), (way, damage.__name__)
            shutil.rmtree(backup.directory)


def _restores(ground: Ground, backup: Backup, whole: object) -> bool:
    kind = None
    try:
        return bool(ground.target.restore(backup, ground.space).contents == whole)
    except OperationFailed as failure:
        kind = failure.kind
    return kind != DAMAGED


def _bit_of_a_text(backup: Backup) -> None:
    """In the text of a row wherever it is found, else in the middle of the largest file."""
    table, middle = DATASET.tables[0], RECORDS // 2
    batch = DATASET.rows(table.name, middle, middle + 1, seed=SEED, record_size_bytes=None)
    column = next(c.name for c in table.columns if c.kind == "string" and not c.nullable)
    wanted = str(batch.column(column)[0]).encode()
    files = sorted((f for f in backup.directory.rglob("*") if f.is_file()), key=_size)
    changed = False
    for file in files:
        data = file.read_bytes()
        if wanted in data:
            file.write_bytes(data.replace(wanted, bytes((wanted[0] ^ 1,)) + wanted[1:]))
            changed = True
    if not changed:
        _flip_middle(files[-1])


def _flip_middle(file: Path) -> None:
    data = bytearray(file.read_bytes())
    for at in range(len(data) // 3, 2 * len(data) // 3):
        data[at] ^= 1
    file.write_bytes(data)


def _half(backup: Backup) -> None:
    """As after a full disk: every file is half as long."""
    for file in backup.directory.rglob("*"):
        if file.is_file():
            os.truncate(file, _size(file) // 2)


def _size(file: Path) -> int:
    return file.stat().st_size


def test_every_engine_says_what_it_can_do() -> None:
    for name in (*ALL, "dynamodb"):
        engine = engines.get(name)
        assert isinstance(engine, ExpiringEngine)
        assert isinstance(engine, BackupEngine)
        for place in engine.places:
            for ways in (
                engine.expiry_ways(Place(kind=place), {}),
                engine.backup_ways(Place(kind=place), {}),
            ):
                assert ways
                assert all(reason is None or len(reason) > 20 for reason in ways.values())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda name: {"partitions": "many"}, "partitions"),
        (lambda name: {"partitions": "1001"}, "partitions"),
    ],
)
def test_partitions_that_make_no_sense(change: Callable[[str], dict[str, str]], told: str) -> None:
    for name in ("postgresql", "mysql", "polars", "pandas"):
        with pytest.raises(InputError, match=told):
            engines.get(name).check(change(name))


def test_contents_differ_where_one_value_does(tmp_path: Path) -> None:
    """Null and empty, a text cut elsewhere, another order of columns' values, the sign of a number."""
    import pyarrow as pa

    from bench.engines.files.contents import Digest

    def digest(*batches: dict[str, list[Any]]) -> object:
        made = Digest()
        for batch in batches:
            schema = pa.schema([("a", pa.string()), ("b", pa.int64()), ("c", pa.bool_())])
            made.add(pa.record_batch(batch, schema=schema))
        return made.contents()

    whole = digest({"a": ["xy", "z", None], "b": [1, -2, None], "c": [True, None, False]})
    assert whole == digest(
        {"a": ["xy"], "b": [1], "c": [True]},
        {"a": [], "b": [], "c": []},
        {"a": ["z", None], "b": [-2, None], "c": [None, False]},
    )
    others = [
        {"a": ["x", "yz", None], "b": [1, -2, None], "c": [True, None, False]},
        {"a": ["xy", "z", ""], "b": [1, -2, None], "c": [True, None, False]},
        {"a": ["xy", "z", None], "b": [1, 2, None], "c": [True, None, False]},
        {"a": ["xy", "z", None], "b": [1, -2, 0], "c": [True, None, False]},
        {"a": ["xy", "z", None], "b": [1, -2, None], "c": [True, False, False]},
        {"a": ["z", "xy", None], "b": [1, -2, None], "c": [True, None, False]},
    ]
    assert whole not in [digest(other) for other in others]


def test_an_empty_part_is_written_when_all_files_are_dropped(tmp_path: Path) -> None:
    with engines.get("polars").open(
        Place(kind="in-process"), Settings(workdir=tmp_path, options={"partitions": "2"})
    ) as target:
        target.load(LoadPlan(dataset=DATASET, records=10, seed=SEED))
        parts = replace(target.files).parts
        assert [part.rows for part in parts] == [5, 5]
        target.expire("drop", below_key=7)
        assert target.row_count() == 5
        target.expire("rewrite", below_key=7)
        assert target.row_count() == 3
        assert len(list(tmp_path.rglob("table-0.*.parquet"))) == 1
