"""Intervals that hold their level, and a rank test equal to enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.statistics import (
    block_interval,
    correlation_length,
    long_run_deviation,
    mann_whitney,
    mean_interval,
    t_quantile,
)


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(1, 12.706205), (2, 4.302653), (4, 2.776445), (7, 2.364624), (30, 2.042272)],
)
def test_student_quantiles_equal_the_tables(degrees: int, expected: float) -> None:
    assert t_quantile(degrees, 0.975) == pytest.approx(expected, abs=2e-6)
    assert t_quantile(degrees, 0.5) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("n", "method"), [(2, "t"), (5, "t"), (12, "bootstrap")])
def test_intervals_of_means_hold_their_level(n: int, method: str) -> None:
    random = np.random.default_rng(n)
    held = 0
    for _ in range(200):
        interval = mean_interval(random.normal(10.0, 2.0, n).tolist())
        assert interval.method == method
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= 10.0 <= interval.high
    assert 0.90 <= held / 200 <= 0.99


def test_an_interval_repeats_with_its_seed_and_one_value_has_none() -> None:
    values = np.random.default_rng(2).normal(5.0, 1.0, 20).tolist()
    assert mean_interval(values, seed=4) == mean_interval(values, seed=4)
    assert mean_interval(values, seed=4) != mean_interval(values, seed=5)
    alone = mean_interval([3.0])
    assert (alone.value, alone.low, alone.high, alone.relative_half_width) == (
        3.0,
        None,
        None,
        None,
    )


def correlated(n: int, seed: int) -> list[float]:
    steps = np.random.default_rng(seed).normal(0.0, 1.0, n + 50)
    values = np.zeros(n + 50)
    for at in range(1, n + 50):
        values[at] = 0.7 * values[at - 1] + steps[at]
    return list(values[50:])


def test_blocks_respect_correlation_where_single_values_do_not() -> None:
    blocks, singles = 0, 0
    for seed in range(60):
        series = correlated(200, seed)
        block, single = block_interval(series), mean_interval(series)
        assert block.low is not None
        assert block.high is not None
        assert single.low is not None
        assert single.high is not None
        blocks += block.low <= 0.0 <= block.high
        singles += single.low <= 0.0 <= single.high
    assert blocks >= 52
    assert singles <= 45


def test_the_long_run_deviation_sees_correlation() -> None:
    # an AR(1) process with coefficient 0.7 and unit steps: 1 / (1 - 0.7)
    assert long_run_deviation(correlated(20_000, 1)) == pytest.approx(1 / 0.3, rel=0.15)
    white = np.random.default_rng(1).normal(0.0, 2.0, 20_000).tolist()
    assert long_run_deviation(white) == pytest.approx(2.0, rel=0.15)
    assert correlation_length(white) == 1
    assert long_run_deviation([4.0]) == 0.0
    assert correlation_length([4.0] * 10) == 1


def by_enumeration(a: list[float], b: list[float]) -> float:
    pooled = a + b

    def wins(chosen: tuple[int, ...]) -> int:
        rest = [at for at in range(len(pooled)) if at not in chosen]
        return sum(pooled[i] > pooled[j] for i in chosen for j in rest)

    observed = wins(tuple(range(len(a))))
    extreme = min(observed, len(a) * len(b) - observed)
    all_wins = [wins(c) for c in itertools.combinations(range(len(pooled)), len(a))]
    return min(1.0, 2 * sum(w <= extreme for w in all_wins) / len(all_wins))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_rank_test_equals_enumeration(data: st.DataObject) -> None:
    values = data.draw(st.lists(st.integers(0, 1_000), min_size=2, max_size=9, unique=True))
    cut = data.draw(st.integers(1, len(values) - 1))
    a, b = [float(v) for v in values[:cut]], [float(v) for v in values[cut:]]
    assert mann_whitney(a, b) == pytest.approx(by_enumeration(a, b))
    assert mann_whitney(a, b) == pytest.approx(mann_whitney(b, a))


def test_the_rank_test_for_large_and_tied_samples() -> None:
    random = np.random.default_rng(3)
    same = [
        mann_whitney(random.normal(0, 1, 40).tolist(), random.normal(0, 1, 30).tolist())
        for _ in range(200)
    ]
    assert 0.01 <= float(np.mean(np.array(same) < 0.05)) <= 0.10
    assert mann_whitney([1.0] * 30, [2.0] * 30) < 1e-6
    assert mann_whitney([1.0] * 5, [1.0] * 5) == 1.0
    assert mann_whitney([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]) == pytest.approx(0.1)


def test_nothing_and_infinity_are_refused() -> None:
    for call in (mean_interval, block_interval, long_run_deviation, correlation_length):
        with pytest.raises(ValueError, match="finite"):
            call([])
        with pytest.raises(ValueError, match="finite"):
            call([1.0, float("inf")])
