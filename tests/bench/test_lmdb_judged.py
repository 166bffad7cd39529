"""The LMDB store against DynamoDB Local: the same random requests, the same answers and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import lmdb
import pytest
from dynamodb_local import dynamodb_local, need
from lmdb_answers import ask, attempt, carry_out, expected, judged_summary, same, summary
from lmdb_cases import CASES, placed
from lmdb_judge import (
    Judge,
    JudgeRefused,
    Learnt,
    canonical,
    judge_at,
    wired,
)
from lmdb_requests import POOLS, TABLES, Atomic, Batch, Maker, keys_of

from bench.engines.lmdb.api import (
    LOCAL,
    Delete,
    Get,
    KeyAttribute,
    Page,
    Put,
    Refused,
    Store,
    TableDefinition,
    Update,
)
from bench.engines.lmdb.itemsize import item_size

pytestmark = pytest.mark.servers

REQUESTS = 3_000
SEED = 20_261_122
NUMBERS = [
    *(sign * 10**power for sign in (1, -1) for power in range(0, 126, 7)),
    *(
        Decimal(f"{sign}{digits}E{power}")
        for sign in ("", "-")
        for digits in ("1", "12", "12345", "99")
        for power in range(-129, 120, 13)
    ),
    *(int("1234567890" * 4) // 10**power * 10**power for power in range(2, 12)),
    Decimal("0.1"),
    Decimal("1.5"),
    Decimal("-0.01"),
    Decimal("123.456"),
    0,
]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    need()
    with dynamodb_local() as endpoint, judge_at(endpoint) as connection:
        yield connection


@pytest.fixture(scope="module")
def learnt(judge: Judge) -> Learnt:
    learnt = Learnt()
    for kind, values in POOLS.items():
        learnt.learn_places(judge, values, key=KeyAttribute(f"of-{kind}", kind))  # type: ignore[arg-type]
    for table in TABLES:
        learnt.learn_ties(judge, keys_of(table), table)
    return learnt


@pytest.fixture
def store(judge: Judge, learnt: Learnt, tmp_path: Path) -> Iterator[Store]:
    environment = lmdb.open(str(tmp_path), map_size=1 << 30, max_dbs=32, sync=False)
    made = Store(environment, rules=LOCAL, placement=learnt, now_s=lambda: 0.0)
    for table in TABLES:
        judge.create(table)
        made.create_table(table)
    yield made
    environment.close()


def test_thousands_of_requests_are_answered_alike(judge: Judge, store: Store) -> None:
    maker = Maker(SEED)
    compared = Compared(judge, store)
    for number in range(REQUESTS):
        request = one(maker)
        try:
            compared.compare(request)
        except AssertionError as different:
            shown = repr(request)[:2000]
            raise AssertionError(f"request {number}: {shown}\n{different}") from None
    assert compared.carried_out > REQUESTS / 2
    assert compared.refused > REQUESTS / 50


@pytest.mark.parametrize("case", CASES)
def test_the_judge_answers_the_fixed_cases_so(
    judge: Judge, learnt: Learnt, tmp_path: Path, case: str
) -> None:
    prefix = f"case-{list(CASES).index(case)}"
    with closing(lmdb.open(str(tmp_path), map_size=1 << 30, max_dbs=32, sync=False)) as environment:
        store = Store(environment, rules=LOCAL, placement=learnt)
        for table in TABLES:
            made = replace(table, name=f"{prefix}-{table.name}")
            judge.create(made)
            store.create_table(made)
        compared = Compared(judge, store)
        for request, wanted, start in placed(CASES[case], prefix):
            request = start(request, compared.last)
            compared.compare(request, whole=False)
            assert expected(request, compared.last, wanted) == wanted


def test_sizes_are_right_to_the_byte(judge: Judge) -> None:
    """An item of 1,024 bytes by our rules consumes one unit, and with one byte more two."""
    table = TableDefinition(name="sizes", partition=KeyAttribute("p"))
    judge.create(table)
    maker = Maker(SEED)
    values = [*NUMBERS, *(maker.value() for _ in range(300))]
    measured = 0
    for value in values:
        bare = item_size({"p": "k", "v": value, "f": ""})
        if bare >= 1024:
            continue
        for more, units in ((0, 1.0), (1, 2.0)):
            item = {"p": "k", "v": value, "f": "f" * (1024 - bare + more)}
            judge.call("DeleteItem", {"TableName": "sizes", "Key": wired({"p": "k"})})
            answer = judge.counted("PutItem", {"TableName": "sizes", "Item": wired(item)})
            assert answer["ConsumedCapacity"]["CapacityUnits"] == units, (value, more)
        measured += 1
    assert measured > 200


def one(maker: Maker) -> Any:
    pick = maker.random
    table = pick.choice(TABLES)
    kind = pick.random()
    if kind < 0.45:
        return maker.write(table)
    if kind < 0.55:
        return maker.get(table)
    if kind < 0.75:
        return maker.query(table)
    if kind < 0.85:
        return maker.scan(table)
    if kind < 0.89:
        return Batch(
            [Get(table=t.name, key=key) for t, key in maker.distinct(pick.choice([1, 3, 20]))]
        )
    if kind < 0.93:
        writes: list[Put | Delete] = []
        for t, key in maker.distinct(pick.choice([1, 3, 10, 25, 26])):
            if pick.random() < 0.3:
                writes.append(Delete(table=t.name, key=key))
            else:
                writes.append(Put(table=t.name, item={**maker.item(t), **key}))
        return Batch(writes)
    if kind < 0.95:
        return Atomic(
            [
                replace_key(maker.get(t), key)
                for t, key in maker.distinct(pick.choice([1, 3, 10, 11]))
            ]
        )
    parts: list[Any] = []
    for t, key in maker.distinct(pick.choice([1, 2, 4, 10])):
        made = maker.check(t) if pick.random() < 0.2 else maker.write(t)
        parts.append(replace_key(made, key))
    # A value that an update cannot be made of refuses the judge's whole request.
    return Atomic([safe(part) for part in parts])


def replace_key(request: Any, key: Mapping[str, Any]) -> Any:
    if isinstance(request, Put):
        return replace(request, item={**request.item, **key})
    return replace(request, key=dict(key))


def safe(part: Any) -> Any:
    if isinstance(part, Update):
        return replace(
            part,
            update="SET x = :x",
            condition=None,
            names=None,
            values={":x": "new"},
            return_values="NONE",
        )
    if isinstance(part, Put | Delete):
        return replace(part, return_values="NONE", old_on_failure=bool(part.condition))
    return part


class Compared:
    """Carries out requests twice and compares."""

    def __init__(self, judge: Judge, store: Store) -> None:
        self._judge = judge
        self._store = store
        self.carried_out = 0
        self.refused = 0
        self.last: Any = None

    def compare(self, request: Any, *, whole: bool = True) -> None:
        """Send a request, and for a page that has a next one that too, to the last one."""
        self._both(request)
        while whole and isinstance(self.last, Page) and self.last.last_key is not None:
            request = replace(request, start=self.last.last_key)
            self._both(request)

    def _both(self, request: Any) -> None:
        self.last = mine = attempt(lambda: carry_out(self._store, request))
        theirs = attempt(lambda: ask(self._judge, request))
        if isinstance(mine, Refused) or isinstance(theirs, JudgeRefused):
            both = f"{mine!r:.600} | {theirs!r:.600}"
            assert isinstance(mine, Refused), both
            assert isinstance(theirs, JudgeRefused), both
            assert mine.kind == theirs.code, f"{mine} | {theirs}"
            assert [r.code for r in mine.reasons] == theirs.reasons
            shown = [None if r.item is None else wired(r.item) for r in mine.reasons]
            assert shown == canonical(theirs.items)
            self.refused += 1
        else:
            self.carried_out += 1
            same(summary(request, mine), judged_summary(request, theirs))
