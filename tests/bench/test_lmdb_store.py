"""The key-value store: tables with indexes, conditions, transactions, expiry, and a full disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import lmdb
import pytest

import bench.engines as engines
from bench.engines.lmdb import environment
from bench.engines.lmdb.environment import Store
from bench.engines.lmdb.schema import IndexSchema, TableSchema, design
from bench.engines.lmdb.table import Change, Meter, Table, absent, exists
from bench.engines.seam import LoadPlan, OperationFailed, Place, Settings
from workloads import datasets
from workloads.errors import InputError, PlaceError

ORDERS = TableSchema(
    name="orders",
    partition="customer",
    sort="number",
    attributes=("customer", "number", "state", "total", "due"),
    indexes=(
        IndexSchema(name="by_state", partition="state", sort="total"),
        IndexSchema(name="open", partition="due", projection=()),
    ),
    time_to_live="due",
)
MAP_BYTES = 64 << 20


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[lmdb.Environment]:
    store = Store(path=tmp_path / "kv", synchronous=False, map_bytes=MAP_BYTES)
    with environment.using(store) as made:
        yield made


@pytest.fixture
def table(opened: lmdb.Environment) -> Table:
    return Table(opened, ORDERS, create=True)


def order(number: int, **more: object) -> dict[str, object]:
    return {"customer": "ada", "number": number, **more}


def put(table: Table, opened: lmdb.Environment, item: dict[str, object], meter: Meter) -> None:
    with opened.begin(write=True) as txn:
        table.write(txn, Change(ORDERS.key(item), item), meter)


def test_an_item_comes_back_with_its_units(table: Table, opened: lmdb.Environment) -> None:
    meter = Meter()
    put(table, opened, order(1, state="new", total=5, note="x" * 5000), meter)
    assert meter.write_units == 5 + 5  # 5,042 bytes in the table and in by_state, not in `open`
    with opened.begin() as txn:
        found = table.get(txn, ORDERS.key(order(1)), meter)
        assert found == order(1, state="new", total=5, note="x" * 5000)
        assert table.get(txn, ORDERS.key(order(2)), meter, "strong") is None
    assert meter.read_units == 1.0 + 1.0
    assert meter.requests == 3


def test_writes_keep_the_indexes(table: Table, opened: lmdb.Environment) -> None:
    by_state, by_due = table.indexes
    steps = [  # the item afterwards, write units: table, by_state, open
        (order(1, state="new", total=5), 1 + 1 + 0),
        (order(1, state="new", total=7), 1 + 2 + 0),
        (order(1, state="new", total=7, due=9), 1 + 1 + 1),
        (order(1, state="new", total=7, due=9), 1 + 0 + 0),
        (order(1, total=7, due=9), 1 + 1 + 0),
    ]
    for item, units in steps:
        meter = Meter()
        put(table, opened, item, meter)
        assert meter.write_units == units
    with opened.begin(write=True) as txn:
        assert list(table.query(txn, "new", index=by_state)) == []
        (entry,) = table.query(txn, 9, index=by_due)
        assert by_due.codec.decode(entry) == {"customer": "ada", "number": 1, "due": 9}
        meter = Meter()
        table.write(txn, Change(ORDERS.key(order(1)), None), meter)
        assert meter.write_units == 1 + 0 + 1
        assert list(table.query(txn, 9, index=by_due)) == []
        assert txn.stat(table.database)["entries"] == 0


def test_a_query_is_in_the_order_of_the_sort_key(table: Table, opened: lmdb.Environment) -> None:
    for number in (3, -1, 10, 2):
        put(table, opened, order(number, state="new", total=-number), Meter())
        put(table, opened, {"customer": "adam", "number": number}, Meter())
    with opened.begin() as txn:
        found = [table.codec.decode(stored)["number"] for stored in table.query(txn, "ada")]
        by_total = [
            table.codec.decode(stored)["number"]
            for stored in table.query(txn, "new", index=table.indexes[0])
        ]
    assert found == [-1, 2, 3, 10]
    assert by_total == [10, 3, 2, -1]


def test_a_condition_that_does_not_hold_changes_nothing_and_is_paid(
    table: Table, opened: lmdb.Environment
) -> None:
    meter = Meter()
    key = ORDERS.key(order(1))
    put(table, opened, order(1, note="x" * 3000), meter)
    for change in (Change(key, order(1), absent), Change(ORDERS.key(order(2)), order(2), exists)):
        with pytest.raises(OperationFailed) as caught, opened.begin(write=True) as txn:
            table.write(txn, change, meter)
        assert caught.value.kind == "conditional-check-failed"
    assert meter.write_units == 3 + 3 + 1
    with opened.begin() as txn:
        assert txn.stat(table.database)["entries"] == 1


def test_a_transaction_is_all_or_nothing(table: Table, opened: lmdb.Environment) -> None:
    meter = Meter()
    changes = [Change(ORDERS.key(order(n)), order(n), absent) for n in range(3)]
    with opened.begin(write=True) as txn:
        table.transact(txn, changes[:2], meter)
    assert meter.write_units == 2 * 2
    with pytest.raises(OperationFailed) as caught, opened.begin(write=True) as txn:
        table.transact(txn, changes, meter)
    assert caught.value.kind == "transaction-cancelled"
    assert meter.write_units == 2 * 2 + 3 * 2
    with opened.begin() as txn:
        assert txn.stat(table.database)["entries"] == 2
    with pytest.raises(OperationFailed, match="at most 100"), opened.begin(write=True) as txn:
        table.transact(txn, changes * 40, meter)


def test_expired_items_are_deleted_for_nothing(table: Table, opened: lmdb.Environment) -> None:
    for number, due in enumerate((50, 150, None, 60)):
        more = {} if due is None else {"due": due}
        put(table, opened, order(number, **more), Meter())
    with opened.begin(write=True) as txn:
        assert table.expire(txn, 100, limit=1) == 1
        assert table.expire(txn, 100) == 1
        assert table.expire(txn, 100) == 0
        assert txn.stat(table.database)["entries"] == 2
        assert txn.stat(table.indexes[1].database)["entries"] == 1


def test_the_design_of_a_dataset() -> None:
    books, orders = design(datasets.get("books")).values()
    assert (books.partition, books.sort, books.bucketed) == ("bucket", "id", True)
    assert orders.partition == "order_id"
    assert orders.indexes[0].name == "by_book_id"


def test_data_that_does_not_fit_is_one_clear_error(tmp_path: Path) -> None:
    settings = Settings(workdir=tmp_path, options={"map_bytes": str(1 << 20)})
    plan = LoadPlan(dataset=datasets.get("records"), records=5_000, seed=1)
    with (
        engines.get("lmdb").open(Place(kind="in-process"), settings) as target,
        pytest.raises(PlaceError, match="may use 1 MiB") as caught,
    ):
        target.load(plan)
    assert "fewer" in caught.value.hint


def test_items_that_dynamodb_would_not_take_are_refused(tmp_path: Path) -> None:
    plan = LoadPlan(dataset=datasets.get("records"), records=2, seed=1, record_size_bytes=500_000.0)
    with (
        engines.get("lmdb").open(
            Place(kind="in-process"), Settings(workdir=tmp_path, durability="relaxed")
        ) as target,
        pytest.raises(InputError, match="409600"),
    ):
        target.load(plan)


def test_what_was_not_loaded_cannot_be_used(tmp_path: Path) -> None:
    with engines.get("lmdb").open(Place(kind="in-process"), Settings(workdir=tmp_path)) as target:
        for use in (target.dialer, target.row_count, target.counters):
            with pytest.raises(PlaceError, match="nothing was loaded"):
                use()


def test_a_store_in_use_is_not_loaded_again(tmp_path: Path) -> None:
    plan = LoadPlan(dataset=datasets.get("accounts"), records=100, seed=1)
    settings = Settings(workdir=tmp_path, durability="relaxed")
    with engines.get("lmdb").open(Place(kind="in-process"), settings) as target:
        target.load(plan)
        session = target.dialer().dial()
        with pytest.raises(PlaceError, match="in use"):
            target.load(plan)
        session.close()
        session.close()
        assert target.load(plan).rows == 100


@pytest.mark.parametrize(("durability", "sync"), [("full", "on"), ("relaxed", "off")])
def test_durability_is_said(tmp_path: Path, durability: str, sync: str) -> None:
    settings = Settings(workdir=tmp_path, durability=durability)  # type: ignore[arg-type]
    with engines.get("lmdb").open(Place(kind="in-process"), settings) as target:
        target.load(LoadPlan(dataset=datasets.get("accounts"), records=100, seed=1))
        with environment.using(target.store) as opened:
            assert opened.flags()["sync"] is (durability == "full")
            assert opened.flags()["metasync"] is (durability == "full")
        description = target.describe()
    assert description.durability == durability
    assert description.settings["sync"] == description.settings["metasync"] == sync
    assert "py-lmdb" in description.version


def test_a_consistency_that_is_none_is_refused(tmp_path: Path) -> None:
    settings = Settings(workdir=tmp_path, options={"consistency": "sometimes"})
    with (
        pytest.raises(InputError, match="'sometimes'"),
        engines.get("lmdb").open(Place(kind="in-process"), settings),
    ):
        pass
