"""When the warm-up ends and what counts as steady."""

from __future__ import annotations

import random

import pytest

from bench.driver.steady import Point, Verdict, WarmUp, judge


def points(counts: list[float], *, mean_ns: int = 1_000) -> list[Point]:
    return [Point(round(count), round(count) * mean_ns) for count in counts]


def noisy(level: float, count: int, *, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [level * rng.gauss(1.0, 0.03) for _ in range(count)]


def ends_after(counts: list[float], warm_up: WarmUp, *, closed: bool = True) -> tuple[int, Verdict]:
    for seen in range(1, len(counts) + 1):
        verdict = warm_up.verdict(points(counts[:seen]), count=seen, closed=closed)
        if verdict is not None:
            return seen, verdict
    raise AssertionError("never ended")


def test_a_level_series_ends_the_warm_up_at_the_minimum() -> None:
    seen, verdict = ends_after(noisy(1_000, 60), WarmUp(minimum=15, maximum=50, span=10))
    assert seen == 15
    assert verdict.steady


def test_a_rising_series_is_waited_for() -> None:
    rising = [100.0 + 50 * i for i in range(20)] + noisy(1_100, 60)
    seen, verdict = ends_after(rising, WarmUp(minimum=10, maximum=70, span=10))
    assert verdict.steady
    assert 24 <= seen <= 40


def test_a_series_that_never_settles_ends_at_the_maximum() -> None:
    rising = [100.0 + 40 * i for i in range(80)]
    seen, verdict = ends_after(rising, WarmUp(minimum=10, maximum=30, span=10))
    assert (seen, verdict.steady) == (30, False)
    assert "limit" in verdict.reason


def test_open_load_is_judged_by_its_response_time() -> None:
    falling = [Point(100, 100 * (50_000 - 1_000 * i)) for i in range(30)]
    warm_up = WarmUp(minimum=10, maximum=100, span=10)
    assert warm_up.verdict(falling, count=30, closed=True) is not None  # same rate throughout
    assert warm_up.verdict(falling, count=30, closed=False) is None


def test_a_steady_window_is_steady_and_a_changed_one_is_not() -> None:
    assert judge(points(noisy(1_000, 40)), closed=True).steady is True
    changed = noisy(1_000, 20) + noisy(600, 20, seed=2)
    verdict = judge(points(changed), closed=True)
    assert verdict.steady is False
    assert "%" in verdict.reason


def test_too_few_operations_are_not_judged() -> None:
    verdict = judge(points([1.0, 0.0, 1.0, 1.0] * 5), closed=True)
    assert verdict.steady is None
    assert "too few" in verdict.reason


def test_slow_operations_are_judged_over_joined_slices() -> None:
    sparse = [float(i % 2) for i in range(80)]
    assert judge(points(sparse), closed=True).steady is True


@pytest.mark.parametrize("seed", range(5))
def test_a_single_stall_does_not_make_a_window_unsteady(seed: int) -> None:
    stalled = noisy(1_000, 40, seed=seed)
    stalled[17] = 0.0
    assert judge(points(stalled), closed=True).steady is True
