"""Transactions taken apart, the keys that the stream supplies for them, and what they add up to."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from workloads import datasets
from workloads.errors import InputError
from workloads.oracle import Oracle
from workloads.spec import load
from workloads.spec.model import Data, KeyDistribution, Operation, Step, Workload
from workloads.stream import Batch, batches, chosen, joined, part
from workloads.transactions import (
    AMOUNT_MOST,
    Transactions,
    amounts,
    deletes,
    inserts,
    new_keys,
    outline,
    part_token,
    replaces,
)

RECORDS = 500


def transaction(*steps: Step, weight: float = 1.0) -> Operation:
    return Operation(kind="transaction", weight=weight, steps=steps)


def workload(*operations: Operation, keys: KeyDistribution | None = None) -> Workload:
    return Workload(name="w", data=Data(keys=keys), operations=operations)


def first(wanted: Workload, size: int, records: int = RECORDS, **who: int) -> Batch:
    return next(batches(wanted, seed=3, records=records, size=size, **who))


READ, UPDATE = Step(kind="read"), Step(kind="update")
INSERT, DELETE = Step(kind="insert"), Step(kind="delete")
AGAIN = replace(READ, same_key=True)
BACK = Step(kind="insert", same_key=True)


def test_a_transfer_is_five_requests_about_four_tables() -> None:
    (transfer,) = load("tpcb").operations
    plan = outline(transfer)
    assert [(p.step.kind, p.source, p.place, p.new) for p in plan.parts] == [
        ("update", "key", 0, False),
        ("read", "key", 0, False),
        ("update", "token", 0, False),
        ("update", "token", 1, False),
        ("insert", "further", 0, True),
    ]
    assert plan.further == ("number",)
    assert (plan.inserts, plan.deletes, plan.replaces) == (0, False, 0)


def test_each_request_of_sysbench_has_a_key_of_its_own_but_the_insert() -> None:
    (mixed,) = load("oltp-read-write").operations
    plan = outline(mixed)
    assert len(plan.parts) == 18
    assert plan.further == ("existing",) * 16
    places = [(p.source, p.place) for p in plan.parts]
    assert len(set(places)) == 17
    assert places[-1] == places[-2]
    assert (inserts(mixed), deletes(mixed), replaces(mixed)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("steps", "further", "counts"),
    [
        ((INSERT,), (), (1, 0, 0)),
        ((INSERT, replace(INSERT, repeat=2)), ("new", "new"), (3, 0, 0)),
        ((READ, INSERT), ("new",), (1, 0, 0)),
        ((DELETE,), (), (0, 1, 0)),
        ((READ, replace(DELETE, same_key=True)), (), (0, 1, 0)),
        ((DELETE, BACK), (), (0, 0, 1)),
        ((READ, DELETE, BACK, AGAIN), ("existing",), (0, 0, 1)),
        ((DELETE, replace(DELETE, table="t")), (), (0, 1, 0)),
        ((replace(DELETE, table="t"),), (), (0, 0, 0)),
    ],
)
def test_what_a_transaction_does_to_the_main_table(
    steps: tuple[Step, ...], further: tuple[str, ...], counts: tuple[int, int, int]
) -> None:
    made = transaction(*steps)
    assert outline(made).further == further
    assert (inserts(made), deletes(made), replaces(made)) == counts


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((AGAIN,), "no step on the same table before"),
        ((replace(READ, table="t"), AGAIN), "no step on the same table before"),
        ((READ, BACK), "a record that is there"),
        ((DELETE, AGAIN), "a record that was deleted"),
        ((INSERT, replace(DELETE, same_key=True)), "a record that was inserted"),
        ((READ, DELETE), "another record than the transaction's first"),
        ((replace(DELETE, repeat=2),), "another record than the transaction's first"),
        ((replace(UPDATE, repeat=2), replace(DELETE, same_key=True)), "another record than"),
        ((DELETE, replace(BACK, repeat=2)), "insert of one record 2 times"),
        ((Step(kind="range", form="sorted"),), "without a column"),
    ],
)
def test_steps_that_make_no_sense(steps: tuple[Step, ...], found: str) -> None:
    with pytest.raises(InputError, match=found) as caught:
        outline(transaction(*steps))
    assert caught.value.hint


def test_further_keys_follow_the_distribution_and_are_drawn_apart() -> None:
    keys = KeyDistribution(kind="zipfian", parameters=(1.2,))
    batch = first(workload(transaction(replace(READ, repeat=4)), keys=keys), 20_000)
    assert batch.further is not None
    assert batch.further.shape == (20_000, 3)
    hottest, count = np.unique(batch.key, return_counts=True)
    top = hottest[np.argmax(count)]
    share = float(np.mean(batch.key == top))
    for column in batch.further.T:
        assert np.mean(column == top) == pytest.approx(share, abs=0.02)
        both = float(np.mean((column == top) & (batch.key == top)))
        assert both == pytest.approx(share * share, abs=0.02)
        assert column.min() >= 0
        assert column.max() < RECORDS


def test_only_transactions_that_need_further_keys_bring_them() -> None:
    assert first(workload(Operation(kind="read", weight=1)), 10).further is None
    assert first(workload(transaction(READ)), 10).further is None
    short, long = transaction(READ, READ), transaction(replace(READ, repeat=5))
    batch = first(workload(Operation(kind="read", weight=1), short, long), 400)
    assert batch.further is not None
    assert not batch.further[batch.operation == 0].any()
    assert not batch.further[batch.operation == 1, 1:].any()


def test_a_stream_does_not_depend_on_the_size_of_its_batches() -> None:
    mix = workload(
        transaction(READ, INSERT, UPDATE), transaction(DELETE), load("tpcb").operations[0]
    )
    stream = batches(mix, seed=9, worker=1, workers=3, records=RECORDS, size=700)
    one = next(batches(mix, seed=9, worker=1, workers=3, records=RECORDS, size=7 * 700))
    pieces = list(islice(stream, 7))
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = joined(whole, piece)
    for name in ("operation", "key", "limit", "token", "further"):
        assert np.array_equal(getattr(whole, name), getattr(one, name))
    cut = part(one, 100, 130)
    assert cut.further is not None
    assert one.further is not None
    assert np.array_equal(cut.further, one.further[100:130])
    picked = chosen(one, np.array([5, 3]))
    assert picked.further is not None
    assert np.array_equal(picked.further, one.further[[5, 3]])


def test_new_keys_never_meet_whoever_makes_them() -> None:
    mix = workload(
        Operation(kind="insert", weight=1),
        transaction(INSERT, replace(INSERT, repeat=2), READ),
        transaction(READ, INSERT),
        keys=KeyDistribution(),  # uniform: new records are aimed at, too
    )
    seen: list[int] = []
    for worker in range(3):
        batch = first(mix, 3_000, worker=worker, workers=3)
        assert batch.further is not None
        made = np.concatenate(
            [
                batch.key[batch.operation != 2],
                batch.further[batch.operation == 1, :2].ravel(),
                batch.further[batch.operation == 2, 0],
            ]
        )
        assert made.min() >= RECORDS
        assert set((made - RECORDS) % 3) == {worker}
        highest = new_keys(mix.operations, batch)
        assert highest.max() == made.max()
        assert (highest[batch.operation == 0] == batch.key[batch.operation == 0]).all()
        # what is read exists: it was loaded, or made by this worker long before
        read = batch.further[batch.operation == 1, 2]
        own = read[read >= RECORDS]
        assert len(own)
        assert set(own.tolist()) <= set(made.tolist())
        seen += made.tolist()
    assert len(set(seen)) == len(seen)


def test_numbers_of_new_rows_never_meet() -> None:
    two = replace(load("tpcb").operations[0], weight=1.0)
    two = replace(two, steps=(*two.steps, replace(two.steps[-1], repeat=2)))
    mix = workload(Operation(kind="read", weight=1), two, load("tpcb").operations[0])
    seen: list[int] = []
    for seed in (1, 2):
        for worker in range(2):
            stream = batches(mix, seed=seed, worker=worker, workers=2, records=RECORDS, size=20_000)
            batch = next(stream)
            assert batch.further is not None
            seen += batch.further[batch.operation == 1].ravel().tolist()
            seen += batch.further[batch.operation == 2, 0].tolist()
    assert len(set(seen)) == len(seen)
    assert min(seen) >= 0
    assert max(seen) < 2**63 - 2


def test_a_record_is_deleted_for_good_once_and_not_asked_for_later() -> None:
    mix = workload(transaction(replace(READ, repeat=3), weight=3), transaction(DELETE, READ))
    batch = first(mix, 400, records=1_000)
    assert batch.further is not None
    gone: set[int] = set()
    for place in range(len(batch)):
        columns = 1 if batch.operation[place] else 2
        asked = [int(key) for key in batch.further[place, :columns]]
        if batch.operation[place]:
            key = int(batch.key[place])
            assert key not in gone
            gone.add(key)
            asked = [key for key in asked if key != int(batch.key[place])]
        else:
            asked.append(int(batch.key[place]))
        assert not gone & set(asked)
    assert len(gone) > 80


def test_money_is_neither_made_nor_lost() -> None:
    """What history says was added is what accounts, tellers and branches grew by, one by one."""
    mix = load("tpcb")
    records = 150_000  # two branches
    accounts = datasets.get("accounts")
    oracle = Oracle(accounts, records, 7)
    before = Oracle(accounts, records, 7)
    batch = next(batches(mix, seed=4, records=records, size=60))
    added = amounts(batch.token).tolist()
    for place in range(len(batch)):
        answer = oracle.answer(mix.operations[0], batch, place)
        assert [row for row in answer if row == (1,)] == [(1,)] * 4
        assert answer[1] == (oracle.row(int(batch.key[place])) or ())[2:3]
    history = [row for row in oracle.tables["history"].written.values() if row is not None]
    assert [row[4] for row in history] == added
    assert len({row[0] for row in history}) == len(batch)
    for table, place, balance in (("accounts", 1, 2), ("tellers", 2, 2), ("branches", 3, 1)):
        said: dict[int, int] = {}
        for row in history:
            said[int(row[place] or 0)] = said.get(int(row[place] or 0), 0) + int(row[4] or 0)
        grown = {}
        for key, row in oracle.tables[table].written.items():
            old = before.tables[table].row(key)
            assert row is not None
            assert old is not None
            grown[key] = int(row[balance] or 0) - int(old[balance] or 0)
        assert grown == said
    assert [row[1] for row in history] == batch.key.tolist()


def test_an_order_refers_to_the_book_it_was_made_with() -> None:
    mix = workload(transaction(UPDATE, Step(kind="insert", table="orders")))
    oracle = Oracle(datasets.get("books"), RECORDS, 1)
    batch = first(mix, 1)
    key = int(batch.key[0])
    join = Operation(kind="join", weight=1)
    before = len(oracle.answer(join, batch, 0))
    assert oracle.answer(mix.operations[0], batch, 0) == [(1,), (1,)]
    joined_rows = oracle.answer(join, batch, 0)
    assert len(joined_rows) == before + 1
    assert all(row[1] == key for row in joined_rows)


def test_amounts_and_tokens_are_pure_and_spread() -> None:
    tokens = np.arange(20_000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    found = amounts(tokens)
    assert (found.min(), found.max()) == (-AMOUNT_MOST, AMOUNT_MOST)
    assert abs(float(found.mean())) < 60
    assert np.array_equal(amounts(tokens[7:9]), found[7:9])
    assert part_token(2**64 - 1, 0) == 2**64 - 1
    for index in (0, 1, 17):
        assert part_token(tokens, index).tolist() == [part_token(t, index) for t in tokens.tolist()]


def test_tables_and_columns_that_are_not_there() -> None:
    def meant(step: Step) -> Transactions:
        return Transactions(
            operation=transaction(step),
            dataset=datasets.get("accounts"),
            records=RECORDS,
            seed=1,
            record_size_bytes=None,
        )

    wrong = meant(Step(kind="read", table="clerks"))
    with pytest.raises(InputError, match="no table 'clerks'"):
        wrong.table(wrong.parts[0])
    wrong = meant(Step(kind="read", column="colour"))
    with pytest.raises(InputError, match="no column 'colour'"):
        wrong.column(wrong.parts[0])
    wrong = meant(Step(kind="update", table="history"))
    with pytest.raises(InputError, match="no column that updates change"):
        wrong.column(wrong.parts[0])
    short = meant(replace(READ, repeat=2))
    batch = replace(first(workload(short.operation), 4), further=None)
    with pytest.raises(InputError, match="without further keys"):
        short.keys(short.parts[1], batch, slice(0, 1))
    empty = meant(Step(kind="read", table="history"))
    assert empty.keys(empty.parts[0], batch, slice(0, 2)).tolist() == [0, 0]


def test_requests_and_shares_of_a_mix_with_transactions() -> None:
    mix = workload(
        Operation(kind="read", weight=6),
        transaction(replace(READ, repeat=3), UPDATE, replace(UPDATE, same_key=True), weight=4),
    )
    assert mix.share("transaction") == pytest.approx(0.4)
    assert mix.share("read") == pytest.approx(18 / 26)
    assert mix.share("update") == pytest.approx(8 / 26)
    assert mix.per_operation("read") == pytest.approx(1.8)
    assert mix.per_operation("update") == pytest.approx(0.8)
    both = mix.operations[1]
    assert [(r.kind, r.weight) for r in both.requests] == [
        ("read", 3),
        ("update", 1),
        ("update", 1),
    ]
    assert both.is_write
    assert both.records_written == 1
    assert not transaction(READ).is_write
    assert transaction(READ).records_written == 0
    assert transaction(DELETE, BACK, replace(UPDATE, table="t", repeat=3)).records_written == 4
    assert transaction(READ, replace(UPDATE, same_key=True)).records_written == 1
    assert Operation(kind="update", weight=1, atomic_with=5).records_written == 5
    assert Operation(kind="scan", weight=1).records_written == 0
