"""A table cut into partitions: rows lie where they belong, and what is old goes both ways."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgresql_ground import RECORDS, answers, operation, plan, running, session_of

from bench.engines.postgresql.link import texts
from bench.engines.postgresql.options import options_of
from bench.engines.postgresql.partitions import create, partitions
from bench.engines.postgresql.target import PostgresqlTarget, layout_of
from bench.engines.retention import bounds
from bench.engines.seam import ExpiringTarget
from workloads.errors import InputError

COUNT = 8
EACH = RECORDS // COUNT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlTarget]:
    with running(tmp_path_factory.mktemp("partitions"), partitions=str(COUNT)) as found:
        yield found


@pytest.fixture
def target(server: PostgresqlTarget) -> PostgresqlTarget:
    server.load(plan())
    server.settle()
    return server


def sizes(target: PostgresqlTarget) -> dict[str, int]:
    """Rows of each partition that is there, by its own name."""
    layout, _ = target._loaded()
    query = f"SELECT tableoid::regclass::text, count(*) FROM {layout.name(layout.main)} GROUP BY 1"
    return {
        str(name).rpartition(".")[2]: int(count or 0)
        for name, count in texts(target._connection, query)
    }


@given(records=st.integers(0, 10_000), count=st.integers(1, 1_000))
def test_partitions_share_the_rows_out(records: int, count: int) -> None:
    edges = (0, *bounds(records, count))
    widths = [high - low for low, high in pairwise(edges)]
    assert sum(widths) == records
    assert len(widths) == min(records, count)
    assert all(width >= 1 for width in widths)
    assert not widths or max(widths) - min(widths) <= 1


def test_no_key_is_between_two_partitions() -> None:
    layout = layout_of(plan(), options_of({"partitions": "3"}), "any")
    parts = partitions(layout)
    assert parts[0].start is None
    assert parts[-1].stop is None
    assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert len(create(layout)) == len(parts) == 4
    assert partitions(layout_of(plan(), options_of({}), "any")) == []


def test_rows_lie_in_their_partitions(target: PostgresqlTarget) -> None:
    assert sizes(target) == {f"books_{n}": EACH for n in range(COUNT)}
    with session_of(target) as session:
        assert answers(session, operation("insert"), [RECORDS + 5]) == [[(1,)]]
    assert sizes(target)[f"books_{COUNT}"] == 1
    assert target.describe().settings["storefit.partitions"].startswith("8 by key")
    stored = target.counters().stored_bytes
    assert stored is not None
    assert stored > target._counters._number("pg_total_relation_size('storefit.orders')") > 0
    assert target._layout is not None
    parts = target._counters.stored_parts(target._layout)
    assert sum(part.stored_bytes for part in parts) == stored
    found = {(part.table, part.index) for part in parts}
    assert {("books", None), ("orders", None), ("books", "books_pkey")} <= found


def test_one_partition_is_looked_into_for_a_key(target: PostgresqlTarget) -> None:
    """With a plan made once for all keys too."""
    with session_of(target) as session:
        query = "PREPARE one (bigint) AS SELECT * FROM storefit.books WHERE id = $1"
        connection = target._connection
        texts(connection, "SET plan_cache_mode = force_generic_plan")
        texts(connection, query)
        shown = texts(connection, "EXPLAIN (ANALYZE, COSTS OFF) EXECUTE one (7)")
        texts(connection, "DEALLOCATE one; RESET plan_cache_mode")
        assert f"Subplans Removed: {COUNT}" in " ".join(line or "" for (line,) in shown)
        assert len(answers(session, operation("range"), [EACH - 2], limit=4)[0]) == 4


@pytest.mark.parametrize("way", ["delete", "drop"])
def test_what_is_old_goes(target: PostgresqlTarget, way: str) -> None:
    assert isinstance(target, ExpiringTarget)
    assert target.expiry_ways() == ("delete", "drop")
    with session_of(target) as session:
        (kept,) = answers(session, operation("read"), [2 * EACH])
        found = target.expire(way, below_key=2 * EACH)
        assert found.rows == 2 * EACH
        assert found.seconds > 0
        assert target.row_count() == RECORDS - 2 * EACH
        assert answers(session, operation("read"), [2 * EACH - 1, 2 * EACH]) == [[], kept]
    before, after = found.stored_bytes_before, found.stored_bytes_after
    assert before is not None
    assert after is not None
    assert found.log_bytes is not None
    assert found.log_bytes > 0
    if way == "delete":
        assert sizes(target).keys() == {f"books_{n}" for n in range(2, COUNT)}
        assert after >= before  # the rows are dead, and their space is still there
        target.settle()
    else:
        assert after < before
    # And nothing is left to go.
    assert target.expire(way, below_key=2 * EACH).rows == 0


def test_what_shares_a_partition_with_younger_rows_stays(target: PostgresqlTarget) -> None:
    assert target.expire("drop", below_key=2 * EACH - 1).rows == EACH
    assert target.expire("delete", below_key=2 * EACH - 1).rows == EACH - 1
    assert target.expire("drop", below_key=10 * RECORDS).rows == RECORDS - 2 * EACH + 1
    assert target.row_count() == 0


def test_what_is_new_gets_a_partition_of_its_own(target: PostgresqlTarget) -> None:
    """With rows in the last partition already, which a workload has put there."""
    with session_of(target) as session:
        assert answers(session, operation("insert"), [RECORDS + 5]) == [[(1,)]]
        grown = target.grow(first_key=RECORDS + 10, rows=EACH)
        assert (grown.rows, target.row_count()) == (EACH, RECORDS + EACH + 1)
        assert grown.log_bytes is not None
        assert grown.log_bytes > 0
        assert sizes(target)[f"books_{COUNT}"] == EACH + 1
        assert answers(session, operation("insert"), [3 * RECORDS]) == [[(1,)]]
        assert sizes(target)[f"books_{COUNT + 1}"] == 1
        assert target.expire("drop", below_key=RECORDS + EACH + 10).rows == RECORDS + EACH + 1
        assert len(answers(session, operation("range"), [0], limit=9)[0]) == 1


def test_a_way_that_it_does_not_have(target: PostgresqlTarget) -> None:
    with pytest.raises(InputError, match="cannot expire records by 'ttl'") as caught:
        target.expire("ttl", below_key=5)
    assert "delete, drop" in caught.value.hint


@pytest.mark.parametrize("wrong", ["-1", "1.5", "1001", "many"])
def test_a_number_of_partitions_that_makes_no_sense(wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        options_of({"partitions": wrong})
    assert "partitions is a number up to 1000" in caught.value.hint
