"""The stream of operations: its mix, its keys, what workers may and may not do to each other."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.errors import InputError
from workloads.spec.model import KEY_DISTRIBUTIONS, Data, KeyDistribution, Operation, Workload
from workloads.stream import (
    DEFAULT_RANGE_LIMIT,
    IN_FLIGHT,
    Batch,
    batches,
    column_token,
    extra_keys,
    extra_keys_of,
    joined,
    part,
)


def workload(*kinds: tuple[str, float], keys: str = "uniform") -> Workload:
    return Workload(
        name="test",
        data=Data(keys=KeyDistribution(kind=keys)),
        operations=tuple(Operation(kind=kind, weight=weight) for kind, weight in kinds),
    )


def operations(wanted: Workload, count: int, **how: int) -> Batch:
    """The first `count` operations of a stream."""
    return next(batches(wanted, **{"seed": 1, "records": 1_000, **how}, size=count))


def same(one: Batch, other: Batch) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("operation", "key", "limit", "token")
    )


def test_arrays_have_the_declared_types() -> None:
    batch = operations(workload(("read", 1), ("insert", 1), ("delete", 1)), 500)
    assert [a.dtype for a in (batch.operation, batch.key, batch.limit, batch.token)] == [
        np.uint8,
        np.int64,
        np.int32,
        np.uint64,
    ]
    assert len(batch) == len(batch.key) == len(batch.limit) == len(batch.token) == 500


@given(sizes=st.lists(st.integers(1, 30_000), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_the_stream_does_not_depend_on_the_batch_size(sizes: list[int]) -> None:
    mixed = workload(("read", 5), ("insert", 2), ("delete", 1), keys="latest")
    whole = operations(mixed, 60_000)
    for size in sizes:
        stream = batches(mixed, seed=1, records=1_000, size=size)
        got = next(stream)
        second = next(stream)
        assert len(got) == len(second) == size
        got = joined(got, second)
        assert same(part(got, 0, min(len(got), 60_000)), part(whole, 0, min(len(got), 60_000)))


def test_seeds_and_workers_give_other_streams() -> None:
    mixed = workload(("read", 1), ("update", 1))
    first = operations(mixed, 1_000)
    assert same(first, operations(mixed, 1_000))
    for other in ({"seed": 2}, {"worker": 1, "workers": 2}):
        assert not same(first, operations(mixed, 1_000, **other))


def test_the_mix_follows_the_weights() -> None:
    mixed = workload(("read", 70), ("range", 0), ("insert", 10), ("update", 20))
    counts = np.bincount(operations(mixed, 100_000).operation, minlength=4)
    assert counts[1] == 0
    for count, share in zip(counts, (0.7, 0.0, 0.1, 0.2), strict=True):
        assert count / 100_000 == pytest.approx(share, abs=0.006)


@pytest.mark.parametrize("keys", KEY_DISTRIBUTIONS)
@pytest.mark.parametrize("workers", [1, 3])
def test_targets_exist_and_inserts_are_new_and_in_order(keys: str, workers: int) -> None:
    mixed = workload(("read", 3), ("insert", 6), ("update", 1), keys=keys)
    everyone: set[int] = set()
    for worker in range(workers):
        batch = operations(mixed, 30_000, worker=worker, workers=workers)
        inserts = batch.operation == 1
        new = batch.key[inserts]
        expected = 1_000 + worker + np.arange(len(new)) * workers
        assert (new == expected).all()
        assert not everyone & set(new.tolist())
        everyone |= set(new.tolist())
        known = set(range(1_000))
        place = {int(k): i for i, k in zip(np.flatnonzero(inserts), new, strict=True)}
        for position in np.flatnonzero(~inserts).tolist():
            key = int(batch.key[position])
            assert key in known or place[key] <= position - IN_FLIGHT
        beyond = batch.key[~inserts] >= 1_000
        assert beyond.any() == (keys in ("uniform", "latest", "exponential"))


def test_latest_reads_what_was_just_inserted() -> None:
    batch = operations(workload(("read", 95), ("insert", 5), keys="latest"), 50_000)
    reads = batch.operation == 0
    newest = 999 + np.cumsum(~reads)
    late = reads & (np.arange(len(batch)) > 10_000)
    age = (newest - batch.key)[late]
    assert age.min() >= 0
    assert np.median(age) < 60
    assert (batch.key[late] >= 1_000).mean() > 0.6


@pytest.mark.parametrize("keys", ["uniform", "zipfian", "latest"])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_no_record_is_deleted_twice_nor_read_after_its_worker_deleted_it(
    keys: str, workers: int
) -> None:
    mixed = workload(("read", 6), ("insert", 2), ("delete", 2), keys=keys)
    deleted_by_any: list[int] = []
    for worker in range(workers):
        batch = operations(mixed, 12_000, worker=worker, workers=workers, records=5_000)
        exists = set(range(5_000))
        gone: set[int] = set()
        for kind, key in zip(batch.operation.tolist(), batch.key.tolist(), strict=True):
            if kind == 1:
                exists.add(key)
            else:
                assert key in exists
                assert key not in gone
            if kind == 2:
                assert key >= 5_000 or key % workers == worker
                gone.add(key)
        deleted_by_any += gone
    assert len(deleted_by_any) == len(set(deleted_by_any)) > 2_000


def test_deletes_go_on_to_the_own_inserts_and_end_when_all_is_gone() -> None:
    batch = operations(workload(("read", 1), ("insert", 3), ("delete", 5)), 4_000, records=300)
    exists, gone, found_nothing = set(range(300)), set(), 0
    for kind, key in zip(batch.operation.tolist(), batch.key.tolist(), strict=True):
        if kind == 1:
            exists.add(key)
        elif kind == 2:
            assert key in exists
            found_nothing += key in gone
            gone.add(key)
    assert len(gone) > 1_200, "inserts are deleted too"
    assert found_nothing > 300, "and deletes beyond them find nothing"


def test_deletes_are_scattered() -> None:
    batch = operations(workload(("delete", 1)), 1_000, records=100_000)
    assert len(set(batch.key.tolist())) == 1_000
    assert np.abs(np.diff(batch.key)).mean() > 20_000


def test_a_worker_without_a_share_of_the_records_still_has_a_stream() -> None:
    batch = operations(workload(("read", 1), ("delete", 1)), 100, records=1, worker=2, workers=3)
    assert set(batch.key[batch.operation == 0].tolist()) == {0}
    assert (batch.key[batch.operation == 1] >= 1).all(), "nothing of it may be deleted"


def test_limits() -> None:
    mixed = Workload(
        name="test",
        operations=(
            Operation(kind="range", weight=1, limit=20),
            Operation(kind="range", weight=1, limit=100, uniform_limit=True),
            Operation(kind="range", weight=1),
            Operation(kind="read", weight=1, limit=7),
            Operation(kind="scan", weight=1),
        ),
    )
    batch = operations(mixed, 100_000)
    limits = [batch.limit[batch.operation == number] for number in range(5)]
    assert set(limits[0].tolist()) == {20}
    assert set(limits[1].tolist()) == set(range(1, 101))
    counts = np.bincount(limits[1])[1:]
    mean = counts.mean()
    assert ((counts - mean) ** 2 / mean).sum() < 100 + 4 * math.sqrt(200)
    assert set(limits[2].tolist()) == {DEFAULT_RANGE_LIMIT}
    assert set(limits[3].tolist()) == {0}
    assert set(limits[4].tolist()) == {0}


def test_tokens_are_spread_and_rarely_equal() -> None:
    tokens = operations(workload(("update", 1)), 50_000).token
    assert len(set(tokens.tolist())) == 50_000
    assert np.histogram(tokens.astype(np.float64), 16)[0].min() > 2_800


def test_column_tokens() -> None:
    assert column_token(77, 0) == 77
    assert len({column_token(77, position) for position in range(12)}) == 12
    many = np.array([77, 2**64 - 1], dtype=np.uint64)
    mixed = column_token(many, 5)
    assert mixed.tolist() == [column_token(77, 5), column_token(2**64 - 1, 5)]


@given(
    key=st.integers(0, 5_000),
    token=st.integers(0, 2**64 - 1),
    n=st.integers(1, 60),
    records=st.integers(1, 2_000),
)
@settings(max_examples=200, deadline=None)
def test_extra_keys_are_distinct_loaded_and_enough(
    key: int, token: int, n: int, records: int
) -> None:
    extra = extra_keys(key, token, n, records)
    assert len(extra) == min(n - 1, records - 1)
    assert len({key, *extra}) == len(extra) + 1
    assert all(0 <= other < records for other in extra)


def test_extra_keys_of_many_are_those_of_each_and_spread() -> None:
    batch = operations(workload(("update", 1)), 4_000, records=100)
    many = extra_keys_of(batch.key, batch.token, 5, 100)
    for row, key, token in itertools.islice(
        zip(many.tolist(), batch.key.tolist(), batch.token.tolist(), strict=True), 50
    ):
        assert row == extra_keys(key, token, 5, 100)
    counts = np.bincount(many.ravel(), minlength=100)
    assert counts.min() > 100
    assert counts.max() < 230


@pytest.mark.parametrize(
    ("wanted", "how", "words"),
    [
        (workload(), {}, "no operations"),
        (workload(("read", 0)), {}, "no operations"),
        (workload(("read", 1)), {"worker": 1}, "worker 1 is not one of 1"),
        (workload(("read", 1)), {"records": 0}, "0 records"),
        (workload(("read", 1), keys="pareto"), {}, "'pareto'"),
    ],
)
def test_impossible_streams_are_input_errors(
    wanted: Workload, how: dict[str, int], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        operations(wanted, 10, **how)
    with pytest.raises(InputError, match="0 operations"):
        operations(workload(("read", 1)), 0)
