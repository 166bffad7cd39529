"""Query sets: found, whole, their data as said, and a wrong answer is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workloads import datasets, queries
from workloads.errors import InputError
from workloads.queries import events, expected
from workloads.queries.answers import Answer, difference, same
from workloads.queries.events import families
from workloads.queries.events.columns import SESSION_EVENTS, columns
from workloads.queries.seam import Order, Query, Tables

NAMES = queries.names()
ROWS = 20_000


@pytest.fixture(scope="module")
def some() -> pa.RecordBatch:
    return events.dataset().rows("events", 0, ROWS, seed=1, record_size_bytes=None)


def test_the_sets_are_found() -> None:
    assert NAMES == ("events", "tpch")
    with pytest.raises(InputError) as caught:
        queries.get("tpc-h")
    assert "did you mean 'tpch'?" in caught.value.hint


@pytest.mark.parametrize(("name", "count"), [("tpch", 22), ("events", 40)])
def test_every_query_has_its_parts(name: str, count: int) -> None:
    found = queries.get(name)
    listed = found.queries(0.01)
    assert [query.id for query in listed] == [f"q{n:02}" for n in range(1, count + 1)]
    for query in listed:
        assert query.title
        assert query.sql.lstrip().startswith(("SELECT", "WITH"))
        assert "{" not in query.sql, "nothing is left to fill in"
        assert not query.sql.endswith(";")
        assert bool(query.order) == ("\nORDER BY" in query.sql or " ORDER BY " in query.sql[-200:])
    assert found.source
    assert found.relations[0].fields


def test_a_share_of_the_whole_follows_the_scale() -> None:
    assert "0.0001 / 0.01\n" in queries.get("tpch").queries(0.01)[10].sql
    assert "0.0001 / 1\n" in queries.get("tpch").queries(1.0)[10].sql


def test_events_have_a_hundred_columns_of_every_kind() -> None:
    assert len(dict(columns())) == len(columns()) == 100
    kinds = [recipe.kind for _, recipe in columns()]
    assert set(kinds) == {"int64", "float64", "string", "timestamp_us", "bool"}
    # sums over numbers of 63 bits would not fit into 64
    assert "trace" not in families.measured()
    assert set(families.booleans()) | set(families.others()) == set(dict(columns()))


def test_events_are_pure_functions_of_seed_and_row_number(some: pa.RecordBatch) -> None:
    made = events.dataset()
    again = made.rows("events", 5_000, 5_050, seed=1, record_size_bytes=None)
    assert again.equals(some.slice(5_000, 50))
    other = made.rows("events", 5_000, 5_050, seed=2, record_size_bytes=None)
    assert not other.equals(again)


def test_events_have_the_shares_that_are_declared(some: pa.RecordBatch) -> None:
    """Within five standard errors of a share over so many rows."""

    def near(share: float) -> object:
        return pytest.approx(share, abs=5 * (share * (1 - share) / ROWS) ** 0.5 + 1 / ROWS)

    for name, recipe in columns():
        column = some.column(name)
        share = getattr(recipe, "share", None)
        if recipe.kind == "bool":
            assert np.mean(column.to_numpy(zero_copy_only=False)) == near(share), name
        elif share is not None:
            assert column.null_count / ROWS == near(share), name
        else:
            assert column.null_count == 0, name
    kinds = some.column("kind").value_counts().to_pylist()
    shares = {each["values"]: each["counts"] / ROWS for each in kinds}
    assert shares["view"] == near(0.5)
    assert shares["order"] == near(0.01)


def test_events_have_few_and_many_values_and_uneven_ones(some: pa.RecordBatch) -> None:
    distinct = {name: len(some.column(name).unique()) for name, _ in columns()}
    assert distinct["event_id"] == distinct["trace"] == ROWS
    assert distinct["session_id"] == ROWS // SESSION_EVENTS
    assert distinct["user_id"] > ROWS * 0.9
    assert distinct["country"] == 32
    assert distinct["device"] == 4
    assert distinct["label_1"] == 11, "ten and unknown"
    # the fraction of the range is squared, so half of the rows lie in its first quarter
    users = some.column("user_id").to_numpy()
    assert np.mean(users <= 3_000_000 / 4) == pytest.approx(0.5, abs=0.02)
    moments = some.column("happened_at").cast(pa.int64()).to_numpy()
    assert (np.diff(moments) > 0).all()
    size = sum(recipe.mean_bytes() for _, recipe in columns())
    mean = sum(
        len(str(value).encode()) if isinstance(value, str) else isinstance(value, bool) or 8
        for row in datasets.canonical(some.slice(0, 500))
        for value in row
        if value is not None
    )
    assert mean / 500 == pytest.approx(size, rel=0.02)


def test_events_are_written_whole(tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    tables = events.SET.write(
        tmp_path, scale=0.001, seed=3, tell=lambda share, words: told.append((share, words))
    )
    assert tables == Tables(set="events", directory=tmp_path, scale=0.001, seed=3, rows=(1_000,))
    file = pq.read_table(tables.path("events"))
    assert file.num_rows == 1_000
    assert file.num_columns == 100
    assert told[-1] == (1.0, "1,000 of 1,000 events")
    assert tables.stored_bytes() > 100_000


QUERY = Query(id="q01", title="", sql="", order=(Order(column="n", descending=True),))
ANSWER = Answer(
    columns=("n", "name", "mean"),
    rows=((3, "a", 0.1), (3, "b", 0.2), (1, None, 1e12 + 0.25)),
)


def changed(rows: list[tuple[int | float | str | None, ...]]) -> Answer:
    return Answer(columns=ANSWER.columns, rows=tuple(rows))


def test_equal_answers_may_differ_in_the_last_digits_and_in_ties() -> None:
    first, second = ANSWER.rows[:2]
    swapped = changed([second, first, (1, None, 1e12 + 0.26)])
    assert difference(QUERY, ANSWER, swapped) is None
    assert difference(QUERY, ANSWER, ANSWER) is None


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (changed(list(ANSWER.rows[:2])), "2 rows where 3 are expected"),
        (changed([ANSWER.rows[2], *ANSWER.rows[:2]]), "row 2 is not in order"),
        (changed([(3, "a", 0.1), (3, "b", 0.2), (1, None, 1.1e12)]), "mean is"),
        (changed([(3, "a", 0.1), (2, "b", 0.2), (1, None, 1e12)]), "n is 2"),
        (changed([(3, "a", 0.1), (3, "b", 0.2), (1, "", 1e12)]), "name is ''"),
        (changed([(3, "a", 0.1), (3, "b", None), (1, None, 1e12)]), "mean is None"),
        (replace(ANSWER, columns=("n", "name", "sum")), "columns n, name, sum"),
    ],
)
def test_a_wrong_answer_is_told(found: Answer, said: str) -> None:
    told = difference(QUERY, ANSWER, found)
    assert told is not None
    assert said in told


def test_values_of_unlike_types_differ() -> None:
    assert same(1, 1.0)
    assert not same(True, 1)
    assert not same("1", 1)
    assert not same(10**17, 10**17 + 1)
    assert same(None, None)


def test_what_ships_notices_a_wrong_answer() -> None:
    known = expected.summary(ANSWER)
    assert known.difference(QUERY, ANSWER) is None
    assert known.difference(QUERY, changed([*ANSWER.rows[1::-1], ANSWER.rows[2]])) is None
    other = changed([(3, "a", 0.1), (3, "c", 0.2), (1, None, 1e12)])
    assert "exact" in (known.difference(QUERY, other) or "")
    other = changed([(3, "a", 0.1), (3, "b", 0.3), (1, None, 2e12)])
    assert "sum" in (known.difference(QUERY, other) or "")


@pytest.mark.parametrize("name", NAMES)
def test_something_is_known_of_each_set_at_its_least_scale(name: str) -> None:
    found = queries.get(name)
    known = expected.known(name)[found.least_scale, 1]
    assert list(known) == [query.id for query in found.queries(found.least_scale)]
