"""Partition heat: known cases, and what must hold for every stream."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.lmdb import heat
from bench.engines.lmdb.heat import Limits, Requests, at_rate, isolated, placed, replay


def reads(keys: list[int], per_s: float, *, units: float = 1.0) -> Requests:
    key = np.array(keys, dtype=np.int64)
    return Requests(
        key=key,
        at_s=at_rate(key, per_s),
        read_units=np.full(len(key), units),
        write_units=np.zeros(len(key)),
    )


def test_the_examples_in_the_text_hold() -> None:
    assert doctest.testmod(heat).failed == 0


def test_one_key_gets_the_units_of_one_partition() -> None:
    """6,000 reads a second of one key: half are throttled, whatever the number of partitions."""
    found = replay(reads([7] * 60_000, 6000), 10)
    assert found.throttled_share == pytest.approx(0.5)
    assert found.hottest_share == 1.0
    assert isolated(reads([7] * 60_000, 6000)).throttled_share == pytest.approx(0.5)


def test_writes_have_the_lower_limit() -> None:
    stream = reads([7] * 20_000, 2000)
    turned = Requests(
        key=stream.key,
        at_s=stream.at_s,
        read_units=stream.write_units,
        write_units=stream.read_units,
    )
    assert replay(stream, 1).throttled_share == 0.0
    assert replay(turned, 1).throttled_share == pytest.approx(0.5)


def test_what_was_not_used_is_kept_for_five_minutes() -> None:
    """300 s unused serve 3,000 a second too much for 300 s, and not longer."""
    lower = Limits(read_units_per_s=10, write_units_per_s=10)
    assert replay(reads([1] * 6000, 20), 1, limits=lower, kept_s=300).throttled_share == 0.0
    twice = replay(reads([1] * 12_000, 20), 1, limits=lower, kept_s=900)
    assert twice.throttled_share == pytest.approx(0.25)
    quiet = np.concatenate([np.zeros(10), np.full(3010, 1000.0)])  # a pause of 1,000 s
    stream = Requests(
        key=np.ones(3020, dtype=np.int64),
        at_s=quiet,
        read_units=np.ones(3020),
        write_units=np.zeros(3020),
    )
    assert replay(stream, 1, limits=lower).throttled_share == 0.0
    assert replay(stream, 1, limits=Limits(read_units_per_s=10, burst_s=0)).throttled_share > 0.9


def test_keys_are_spread_evenly() -> None:
    counts = np.bincount(placed(np.arange(100_000), 7), minlength=7)
    assert counts.min() > 0.97 * 100_000 / 7
    assert counts.max() < 1.03 * 100_000 / 7


def test_nothing_asked_is_nothing_throttled() -> None:
    found = replay(reads([], 1), 4)
    assert (found.throttled_share, found.hottest_share, found.hottest) == (0.0, 0.0, None)


STREAMS = st.builds(
    reads,
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5), min_size=1, max_size=60),
    st.floats(0.5, 100),
    units=st.floats(0.5, 8),
)
TIGHT = Limits(read_units_per_s=5, write_units_per_s=2, burst_s=3)


@settings(max_examples=25)
@given(STREAMS, st.integers(1, 9), st.floats(0, 5))
def test_what_holds_for_every_stream(stream: Requests, partitions: int, kept_s: float) -> None:
    found = replay(stream, partitions, limits=TIGHT, kept_s=kept_s)
    assert -1e-9 <= found.throttled_share <= 1
    assert 1 / partitions - 1e-9 <= found.hottest_share <= 1 + 1e-9
    # A higher limit, or more kept, never throttles more; nor does a partition for each key.
    looser = Limits(read_units_per_s=10, write_units_per_s=2, burst_s=3)
    assert replay(stream, partitions, limits=looser, kept_s=kept_s).throttled_share <= (
        found.throttled_share + 1e-9
    )
    assert replay(stream, partitions, limits=TIGHT, kept_s=kept_s + 1).throttled_share <= (
        found.throttled_share + 1e-9
    )
    assert isolated(stream, limits=TIGHT, kept_s=kept_s).throttled_share <= (
        found.throttled_share + 1e-9
    )


@settings(max_examples=25)
@given(STREAMS, st.integers(1, 9))
def test_a_loop_says_the_same(stream: Requests, partitions: int) -> None:
    where = placed(stream.key, partitions)
    throttled, requests = 0.0, 0
    for partition in range(partitions):
        room = 0.0
        mine = [i for i in range(len(stream)) if where[i] == partition]
        for second in range(int(stream.at_s[-1]) + 1):
            room = min(room, TIGHT.burst_s * 5) + 5
            now = [i for i in mine if int(stream.at_s[i]) == second]
            demand = sum(stream.read_units[i] for i in now)
            got = min(demand, room)
            throttled += len(now) * (1 - got / demand) if demand else 0.0
            requests += len(now)
            room -= got
    found = replay(stream, partitions, limits=TIGHT)
    assert found.throttled_share == pytest.approx(throttled / requests, abs=1e-9)
