"""Queries side by side: times, what is wrong, and ClickBench's score."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import POSTGRESQL
from samples import record as sample

from results.queries import UNANSWERED_S, comparisons, score
from results.record import ProcedureResult, Record, Step

MAKE = Step(name="make", seconds=1.0, rows=100, made_bytes=5_000, note="a set; its source")
TAKE = Step(name="take", seconds=2.0, rows=100, stored_bytes_after=9_000, note="scale 1, seed 1")


def record(engine: str, *asked: Step, way: str = "tpch@1", rows: int = 100) -> Record:
    some = sample()
    return replace(
        some,
        engine=replace(POSTGRESQL, name=engine),
        procedure=ProcedureResult(
            name="queries", way=way, steps=(replace(MAKE, rows=rows), TAKE, *asked)
        ),
    )


def step(name: str, seconds: float | None, **told: object) -> Step:
    return Step(name=name, seconds=seconds, rows=3, **told)  # type: ignore[arg-type]


FAST = (
    step("q01", 0.5, correct=True, memory_bytes=7),
    step("q01", 0.2, memory_bytes=9),
    step("q01", 0.1, memory_bytes=8),
    step("q02", 0.09, correct=True),
    step("q02", 0.04),
    step("q02", 0.04),
)
SLOW = (
    step("q01", 1.0, correct=True),
    step("q01", 1.0),
    step("q01", 0.9),
    Step(name="q02", seconds=None, note="timeout: no answer"),
)


def test_first_and_warm_times_and_the_best() -> None:
    (found,) = comparisons([record("polars", *FAST), record("postgresql", *SLOW)])
    assert (found.way, found.rows, found.bytes, found.queries) == (
        "tpch@1", 100, 5_000, ("q01", "q02"),
    )  # fmt: skip
    fast, slow = found.columns
    assert [(cell.first_s, cell.warm_s) for cell in fast.cells] == [(0.5, 0.1), (0.09, 0.04)]
    assert fast.cells[0].memory_bytes == fast.most_memory_bytes == 9
    assert slow.most_memory_bytes is None
    assert (slow.cells[1].first_s, slow.cells[1].warm_s) == (None, None)
    assert slow.cells[1].problem == "timeout: no answer"
    assert (fast.total_warm_s, fast.load_s, fast.stored_bytes) == (pytest.approx(0.14), 2.0, 9_000)
    assert (fast.score_warm, fast.score_first) == (pytest.approx(1.0), pytest.approx(1.0))
    by_hand = ((0.01 + 0.9) / (0.01 + 0.1) * (0.01 + UNANSWERED_S) / (0.01 + 0.04)) ** 0.5
    assert slow.score_warm == pytest.approx(by_hand)


def test_a_wrong_answer_is_not_the_best() -> None:
    wrong = (
        replace(FAST[0], correct=False, note="other than it should be"),
        *FAST[1:],
    )
    (found,) = comparisons([record("polars", *wrong), record("postgresql", *SLOW)])
    fast, slow = found.columns
    assert fast.cells[0].correct is False
    assert slow.score_first is not None
    assert fast.score_first == pytest.approx(((0.01 + 0.5) / (0.01 + 1.0)) ** 0.5)


def test_other_tables_and_other_procedures_are_apart() -> None:
    records = [
        record("polars", *FAST),
        record("polars", *FAST, rows=200),
        record("polars", *FAST, way="events@1"),
        sample(),
    ]
    assert [(each.way, each.rows) for each in comparisons(records)] == [
        ("tpch@1", 100),
        ("tpch@1", 200),
        ("events@1", 100),
    ]


def test_repetitions_are_one_column() -> None:
    again = (*[replace(each, seconds=2 * (each.seconds or 0)) for each in FAST[:3]], *FAST[3:])
    (found,) = comparisons([record("polars", *FAST), record("polars", *again)])
    (column,) = found.columns
    assert (column.cells[0].first_s, column.cells[0].warm_s) == (0.75, 0.1)


def test_a_score_of_nothing_is_none() -> None:
    assert score([None], [None]) is None
    assert score([0.1, None], [0.1, None]) == pytest.approx(1.0)


def test_what_has_no_answer_counts_twice_the_longest() -> None:
    long = tuple(replace(each, seconds=100 * (each.seconds or 0)) for each in FAST)
    (found,) = comparisons([record("polars", *long), record("postgresql", *SLOW)])
    slow = found.columns[1]
    longest = 50.0
    by_hand = ((0.01 + 1.0) / (0.01 + 1.0) * (0.01 + max(120, 2 * longest)) / (0.01 + 9.0)) ** 0.5
    assert slow.score_first == pytest.approx(by_hand)
    longer = tuple(replace(each, seconds=200 * (each.seconds or 0)) for each in FAST)
    (found,) = comparisons([record("polars", *longer), record("postgresql", *SLOW)])
    by_hand = ((0.01 + 200.0) / (0.01 + 18.0)) ** 0.5
    assert found.columns[1].score_first == pytest.approx(by_hand)
