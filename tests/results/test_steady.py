"""Warm-up and steadiness on synthetic series whose truth is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from results.steady import FEWEST_POINTS, is_steady, warmup_end

Array = npt.NDArray[np.float64]
POINTS = (10, 30, 120)


def noise(n: int, seed: int, relative: float = 0.04) -> Array:
    return 1_000.0 * np.random.default_rng(seed).normal(1.0, relative, n)


def share_steady(make: object, n: int, trials: int = 60) -> float:
    assert callable(make)
    return sum(is_steady(make(n, seed).tolist())[0] for seed in range(trials)) / trials


def drifting(n: int, seed: int) -> Array:
    return noise(n, seed) * (1 - np.linspace(0.0, 0.25, n))


def stepping(n: int, seed: int) -> Array:
    return noise(n, seed) * np.where(np.arange(n) < 0.6 * n, 1.0, 0.8)


def slightly_drifting(n: int, seed: int) -> Array:
    return noise(n, seed, 0.005) * (1 - np.linspace(0.0, 0.03, n))


@pytest.mark.parametrize("n", POINTS)
def test_noise_is_steady_and_changes_are_not(n: int) -> None:
    assert share_steady(noise, n) >= 0.9
    assert share_steady(drifting, n) <= 0.2
    assert share_steady(stepping, n) <= 0.25
    assert share_steady(slightly_drifting, n) >= 0.9, "significant but too small to matter"


def test_the_reason_names_what_was_found() -> None:
    assert "falls" in is_steady(drifting(60, 1).tolist())[1]
    assert "rises" in is_steady(drifting(60, 1)[::-1].tolist())[1]
    late = noise(200, 3)
    late[:40] *= 0.55
    steady, reason = is_steady(late.tolist())
    assert not steady
    assert "rises" in reason


def test_correlated_noise_is_mostly_steady() -> None:
    def correlated(n: int, seed: int) -> Array:
        steps = np.random.default_rng(seed).normal(0.0, 30.0, n + 50)
        values = np.zeros(n + 50)
        for at in range(1, n + 50):
            values[at] = 0.6 * values[at - 1] + steps[at]
        return 1_000.0 + values[50:]

    assert share_steady(correlated, 300) >= 0.9


def test_a_stall_is_told_but_is_no_change_of_level() -> None:
    series = noise(60, 4)
    series[[20, 41]] = 100.0
    steady, reason = is_steady(series.tolist())
    assert steady
    assert "2 of them below half of the median" in reason


def test_too_few_points_empty_and_idle_series_are_not_steady() -> None:
    assert is_steady([]) == (False, "0 points are too few to tell; 10 are needed")
    assert not is_steady([5.0] * (FEWEST_POINTS - 1))[0]
    assert is_steady([5.0] * FEWEST_POINTS)[0]
    assert is_steady([0.0] * 20) == (False, "most intervals are empty")


def test_a_long_series_takes_little_time_and_memory() -> None:
    assert is_steady(noise(100_000, 5).tolist())[0]
    assert not is_steady(drifting(100_000, 5).tolist())[0]


@pytest.mark.parametrize("n", [30, 60, 200])
def test_warming_up_ends_after_the_ramp_and_before_half(n: int) -> None:
    ramp = n // 5
    ends = []
    for seed in range(30):
        series = noise(n, seed, 0.02)
        series[:ramp] *= np.linspace(0.2, 0.95, ramp)
        ends.append(warmup_end(series.tolist()))
    assert ramp - 2 <= float(np.median(ends)) <= ramp + n // 8
    assert max(ends) <= n // 2


def test_a_series_that_only_ramps_never_warms_up() -> None:
    assert warmup_end(np.linspace(10, 100, 60).tolist()) == 30


def test_steady_and_tiny_series_have_no_warm_up() -> None:
    assert warmup_end([7.0] * 40) == 0
    assert warmup_end([0.1 + 0.2] * 1_000) == 0
    assert warmup_end([]) == 0
    assert warmup_end([1.0, 9.0, 9.0]) == 0
    cut = [warmup_end(noise(100, seed).tolist()) for seed in range(60)]
    assert float(np.mean(cut)) < 15


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    for judge in (is_steady, warmup_end):
        with pytest.raises(ValueError, match="not finite"):
            judge([1.0] * 20 + [bad])


@pytest.mark.parametrize(
    ("first", "last", "way", "percent"),
    [(100.0, 50.0, "falls", 50), (50.0, 100.0, "rises", 100), (100.0, 1.0, "falls", 99)],
)
def test_a_drift_is_told_against_where_it_began(
    first: float, last: float, way: str, percent: int
) -> None:
    told = is_steady(np.linspace(first, last, 60).tolist())[1].split()
    assert told[0] == way
    assert float(told[2].rstrip("%")) == pytest.approx(percent, abs=4)


def test_a_fall_to_nothing_is_no_more_than_all() -> None:
    series = 1_000 * np.exp(-np.linspace(0, 8, 60))
    assert is_steady(series.tolist())[1] == "falls to almost nothing over the window"
    assert is_steady(series[::-1].tolist())[1] == "rises from almost nothing over the window"
