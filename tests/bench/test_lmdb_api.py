"""The LMDB store's API: fixed cases that DynamoDB Local was asked too, and what it has no word on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import lmdb
import pytest
from lmdb_answers import attempt, carry_out, expected
from lmdb_cases import CASES, placed
from lmdb_requests import TABLES

from bench.engines.lmdb.api import (
    LOCAL,
    Check,
    Delete,
    Get,
    Index,
    KeyAttribute,
    Put,
    Query,
    Refused,
    Scan,
    Store,
    TableDefinition,
    Update,
)
from bench.engines.lmdb.api.keyspace import Keyspace
from bench.engines.lmdb.itemsize import Item

TABLE = TableDefinition(
    name="things",
    partition=KeyAttribute("p"),
    sort=KeyAttribute("s"),
    indexes=(Index(name="other", partition=KeyAttribute("o"), projection="KEYS_ONLY"),),
    time_to_live="until",
)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[lmdb.Environment]:
    with closing(lmdb.open(str(tmp_path), map_size=1 << 30, max_dbs=32, sync=False)) as opened:
        yield opened


class Clock:
    """The seconds that a test says."""

    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(environment: lmdb.Environment, clock: Clock) -> Store:
    made = Store(environment, now_s=clock)
    made.create_table(TABLE)
    return made


@pytest.mark.parametrize("case", CASES)
def test_a_fixed_case_is_answered_as_by_the_judge(environment: lmdb.Environment, case: str) -> None:
    store = Store(environment, rules=LOCAL)
    for table in TABLES:
        store.create_table(replace(table, name=f"case-{table.name}"))
    last = None
    for request, wanted, start in placed(CASES[case], "case"):
        request = start(request, last)
        last = attempt(partial(carry_out, store, request))
        assert expected(request, last, wanted) == wanted, request


def item(p: str, s: str, **more: object) -> Put:
    return Put(table="things", item={"p": p, "s": s, **more})


def test_what_the_service_counts_otherwise_than_the_judge(store: Store) -> None:
    """The Developer Guide: two units of writing a kilobyte in a transaction, one of reading none."""
    assert (
        store.transact_write_items([item("a", "1"), item("a", "2")]).consumed["things"].units == 4
    )
    nothing = Query(table="things", key_condition="p = :p", values={":p": "none"})
    assert store.query(nothing).consumed.units == 0.5
    assert (
        store.batch_get_item([Get(table="things", key={"p": "x", "s": "y"})])
        .consumed["things"]
        .units
        == 0.5
    )
    checked = Check(table="things", key={"p": "a", "s": "1"}, condition="attribute_exists(p)")
    assert store.transact_write_items([checked]).consumed["things"].units == 2
    with pytest.raises(Refused, match="does not project"):
        store.query(
            Query(
                table="things",
                index="other",
                key_condition="o = :o",
                values={":o": "a"},
                projection="x",
            )
        )


def test_long_keys_keep_their_order(store: Store) -> None:
    """Sort keys of up to 1,024 bytes, of which LMDB sees the first 511."""
    sorts = ["k" * 1000 + str(n) for n in range(5)] + ["k" * 3, "k" * 700, "l" * 1024]
    for number, sort in enumerate(sorts):
        store.put_item(item("p" * 2048, sort, n=number))
    asked = Query(table="things", key_condition="p = :p", values={":p": "p" * 2048})
    assert [found["s"] for found in store.query(asked).items] == sorted(sorts)
    page = store.query(replace(asked, limit=3, forward=False))
    assert [found["s"] for found in page.items] == sorted(sorts)[:-4:-1]
    page = store.query(replace(asked, limit=3, forward=False, start=page.last_key))
    assert [found["s"] for found in page.items] == sorted(sorts)[-4:-7:-1]
    between = replace(
        asked,
        key_condition="p = :p AND s BETWEEN :a AND :b",
        values={":p": "p" * 2048, ":a": sorts[1], ":b": sorts[3]},
    )
    assert [found["n"] for found in store.query(between).items] == [1, 2, 3]
    begins = replace(
        asked,
        key_condition="p = :p AND begins_with(s, :a)",
        values={":p": "p" * 2048, ":a": "k" * 1000},
    )
    assert store.query(begins).count == 5
    for sort in sorts:
        key = {"p": "p" * 2048, "s": sort}
        assert store.get_item(Get(table="things", key=key)).item is not None
        store.delete_item(Delete(table="things", key=key))
    assert store.query(asked).count == 0
    assert store.item_count("things") == 0


def test_a_walk_over_cut_keys_goes_both_ways(environment: lmdb.Environment) -> None:
    space = Keyspace(environment.open_db(b"space"))
    keys = sorted([b"a\0", b"b" * 511 + b"\0", b"b" * 600 + b"1\0", b"b" * 600 + b"2\0", b"c\0"])
    with environment.begin(write=True) as txn:
        for key in keys:
            space.put(txn, key, key)
        for first in range(len(keys)):
            for last in range(first, len(keys) + 1):
                stop = keys[last] if last < len(keys) else None
                there = [key for key, _ in space.walk(txn, keys[first], stop)]
                back = [key for key, _ in space.walk(txn, keys[first], stop, forward=False)]
                assert there == keys[first:last]
                assert back == there[::-1]


def test_segments_share_a_table_out(store: Store) -> None:
    for number in range(100):
        store.put_item(item(f"p{number}", "s"))
    seen = [
        found["p"]
        for segment in range(7)
        for found in store.scan(Scan(table="things", segment=segment, segments=7)).items
    ]
    assert sorted(seen) == sorted(f"p{number}" for number in range(100))
    pages, start = [], None
    while True:
        page = store.scan(Scan(table="things", limit=9, start=start))
        pages += [found["p"] for found in page.items]
        start = page.last_key
        if start is None:
            break
    assert pages == seen  # segments are ranges of the same order


def test_expired_items_go_and_cost_nothing(store: Store, clock: Clock) -> None:
    now_s = int(clock.now_s)
    for name, until in (("past", now_s - 1), ("to come", now_s + 10), ("text", "0")):
        store.put_item(item("a", name, until=until, o="x"))
    store.put_item(item("a", "long ago", until=1, o="x"))  # more than 5 years: taken for an error
    assert store.expire("things") == 1
    clock.now_s += 20
    assert store.expire("things") == 1
    asked = Query(table="things", index="other", key_condition="o = :o", values={":o": "x"})
    assert {found["s"] for found in store.query(asked).items} == {"text", "long ago"}


def test_a_token_makes_a_transaction_happen_once(store: Store, clock: Clock) -> None:
    added = [Update(table="things", key={"p": "a", "s": "1"}, update="ADD n :n", values={":n": 1})]
    assert store.transact_write_items(added, token="once").consumed["things"].units == 2
    assert store.transact_write_items(added, token="once").consumed["things"].units == 2  # reading
    got = store.get_item(Get(table="things", key={"p": "a", "s": "1"}))
    assert got.item == {"p": "a", "s": "1", "n": 1}
    with pytest.raises(Refused) as refused:
        store.transact_write_items([item("b", "1")], token="once")
    assert refused.value.kind == "IdempotentParameterMismatchException"
    clock.now_s += 601
    store.transact_write_items(added, token="once")
    got = store.get_item(Get(table="things", key={"p": "a", "s": "1"}))
    assert got.item is not None
    assert got.item["n"] == 2


def test_a_cancelled_transaction_changes_nothing_and_says_why(store: Store) -> None:
    store.put_item(item("a", "1", n=5))
    with pytest.raises(Refused) as refused:
        store.transact_write_items(
            [
                item("a", "2"),
                Check(
                    table="things",
                    key={"p": "a", "s": "1"},
                    condition="n > :n",
                    values={":n": 5},
                    old_on_failure=True,
                ),
            ]
        )
    assert [reason.code for reason in refused.value.reasons] == ["None", "ConditionalCheckFailed"]
    assert refused.value.reasons[1].item == {"p": "a", "s": "1", "n": 5}
    assert store.item_count("things") == 1


def test_a_batch_of_reads_stops_at_16_mb(store: Store) -> None:
    keys = [{"p": "a", "s": str(number)} for number in range(43)]
    for start in range(0, 43, 20):
        some = keys[start : start + 20]
        store.batch_write_item([item(**key, y="y" * 400_000) for key in some])
    got = store.batch_get_item([Get(table="things", key=key) for key in keys])
    assert got.unprocessed == (41, 42)
    assert got.consumed["things"].units == 41 * 49
    with pytest.raises(Refused, match="4 MB"):
        store.transact_get_items([Get(table="things", key=key) for key in keys[:11]])


def test_a_table_is_made_once_and_goes_with_its_items(store: Store) -> None:
    with pytest.raises(Refused) as refused:
        store.create_table(TABLE)
    assert refused.value.kind == "ResourceInUseException"
    store.put_item(item("a", "1", o="x"))
    store.delete_table("things")
    with pytest.raises(Refused) as refused:
        store.get_item(Get(table="things", key={"p": "a", "s": "1"}))
    assert refused.value.kind == "ResourceNotFoundException"
    store.create_table(TABLE)
    assert store.item_count("things") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"name": "no"},
        {"sort": KeyAttribute("p")},
        {"indexes": (Index(name="near", partition=KeyAttribute("o"), local=True),)},
        {"indexes": (Index(name="byp", partition=KeyAttribute("p", "N")),)},
        {"indexes": (Index(name="some", partition=KeyAttribute("o"), projection="INCLUDE"),)},
    ],
)
def test_what_cannot_be_a_table(environment: lmdb.Environment, change: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        Store(environment).create_table(replace(TABLE, **change))  # type: ignore[arg-type]
    assert refused.value.kind == "ValidationException"


def test_no_path_leads_into_a_key(store: Store) -> None:
    key: Item = {"p": "a", "s": "b"}
    store.put_item(Put(table="things", item=key))
    for ask in (
        partial(store.get_item, Get(table="things", key=key, projection="p.inner")),
        partial(
            store.put_item,
            Put(table="things", item=key, condition="attribute_not_exists(s.inner)"),
        ),
        partial(
            store.delete_item, Delete(table="things", key=key, condition="attribute_exists(p[0])")
        ),
    ):
        with pytest.raises(Refused) as caught:
            ask()
        assert caught.value.kind == "ValidationException"
