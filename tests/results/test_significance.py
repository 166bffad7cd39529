"""Tests and intervals hold their level on the noise that shared machines make."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from compared_sides import rated
from hypothesis import given
from hypothesis import strategies as st
from samples import record

from results.comparison import compare_sides
from results.metrics import METRICS
from results.record import Record
from results.significance import RANKS_AGREE, adjusted, level, paired, signed_rank, unpaired
from results.statistics import t_quantile, t_tail

Random = np.random.Generator
Noise = Callable[[Random, int], np.ndarray]


def independent(random: Random, n: int) -> np.ndarray:
    return random.normal(0.0, 0.03, n)


def correlated(random: Random, n: int) -> np.ndarray:
    steps = random.normal(0.0, 0.03, n + 30)
    for at in range(1, n + 30):
        steps[at] += 0.7 * steps[at - 1]
    return steps[30:]


def wandering(random: Random, n: int) -> np.ndarray:
    return np.cumsum(random.normal(0.0, 0.03, n))


def drifting(random: Random, n: int) -> np.ndarray:
    return random.normal(0.0, 0.02, n) + 0.01 * np.arange(n)


def disturbed(random: Random, n: int) -> np.ndarray:
    """A neighbour that takes a third of the machine in every eighth trial."""
    return random.normal(0.0, 0.015, n) + (random.random(n) < 0.12) * random.exponential(0.3, n)


NOISES = (independent, correlated, wandering, drifting, disturbed)


def pairs(noise: Noise, random: Random, n: int) -> list[float]:
    """Differences of `n` pairs in the order A B B A or B A A B, as an interleaved run has them."""
    made = noise(random, 2 * n).reshape(-1, 2)
    found: list[float] = []
    for at in range(0, n, 2):
        sign = 1 if random.random() < 0.5 else -1
        for turn, pair in zip((sign, -sign), made[at : at + 2], strict=False):
            found.append(turn * float(pair[1] - pair[0]))
    return found


def shown(differences: list[float]) -> bool:
    found = paired(differences)
    ranked = found.rank_p_value is None or found.rank_p_value < RANKS_AGREE
    return not found.low <= 0 <= found.high and ranked


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("n", [4, 6, 10])
def test_equal_sides_look_different_in_at_most_one_of_twenty_cases(noise: Noise, n: int) -> None:
    random = np.random.default_rng(n)
    wrong = sum(shown(pairs(noise, random, n)) for _ in range(300))
    # 5 % of 300 is 15, with a standard deviation of 3.8
    assert wrong <= 25, wrong


@pytest.mark.parametrize("noise", [independent, drifting, disturbed])
def test_ten_percent_are_found_in_ten_pairs(noise: Noise) -> None:
    random = np.random.default_rng(1)
    found = sum(shown([0.1 + d for d in pairs(noise, random, 10)]) for _ in range(200))
    assert found >= (200 * 0.99 if noise is not disturbed else 200 * 0.75), found


@pytest.mark.parametrize("n", [3, 5, 8, 20])
def test_intervals_hold_the_true_difference(n: int) -> None:
    random = np.random.default_rng(n)
    held = 0
    for _ in range(400):
        a, b = random.normal(0.0, 0.03, n), random.normal(0.1, 0.06, n)
        found = unpaired(a.tolist(), b.tolist())
        held += found.low <= 0.1 <= found.high
    assert 0.92 <= held / 400 <= 0.99


def test_levels_that_move_between_runs_are_allowed_for() -> None:
    random = np.random.default_rng(3)

    def wrong(between: float) -> int:
        count = 0
        for _ in range(300):
            a, b = (random.normal(random.normal(0.0, 0.02), 0.005, 5) for _ in range(2))
            found = unpaired(a.tolist(), b.tolist(), between=between)
            count += not found.low <= 0 <= found.high
        return count

    assert wrong(0.0) > 150
    assert wrong(0.02) <= 26


def test_a_single_disturbed_repetition_decides_nothing() -> None:
    calm = [0.10, 0.11, 0.09, 0.10, 0.12, 0.08, 0.10, 0.11]
    hit = [*calm[:-1], -0.9]
    assert paired(hit).change == pytest.approx(0.1, abs=0.01)
    assert shown([*hit, 0.1, 0.09])
    assert level(hit) == paired(hit).change


def test_few_values_or_equal_ones_are_handled() -> None:
    for call in (lambda: paired([0.1]), lambda: unpaired([0.1], [0.2, 0.3])):
        with pytest.raises(ValueError, match="no interval"):
            call()
    same = paired([0.0, 0.0, 0.0])
    assert (same.low, same.high, same.p_value) == (0.0, 0.0, 1.0)
    certain = unpaired([1.0, 1.0], [2.0, 2.0])
    assert (certain.low, certain.high, certain.p_value) == (1.0, 1.0, 0.0)
    assert unpaired([1.0, 1.0], [2.0, 2.0], between=0.1).p_value == pytest.approx(0, abs=1e-9)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=7))
def test_signed_ranks_equal_enumeration(values: list[int]) -> None:
    kept = [v for v in values if v]
    if not kept:
        assert signed_rank(values) == 1.0
        return
    sizes = [abs(v) for v in kept]
    ranks = [sum(o < s for o in sizes) + (sum(o == s for o in sizes) + 1) / 2 for s in sizes]

    def distance(signs: tuple[int, ...]) -> float:
        return abs(sum(s * r for s, r in zip(signs, ranks, strict=True)))

    seen = distance(tuple(1 if v > 0 else -1 for v in kept))
    every = [distance(signs) for signs in itertools.product((1, -1), repeat=len(kept))]
    expected = sum(d >= seen - 1e-9 for d in every) / len(every)
    assert signed_rank(values) == pytest.approx(expected)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_adjusted_values_keep_their_order_and_are_no_smaller(values: list[float]) -> None:
    found = adjusted(values)
    assert all(p <= q * (1 + 1e-12) <= 1.1 for p, q in zip(values, found, strict=True))
    assert max(found) == pytest.approx(max(values))
    order = sorted(range(len(values)), key=lambda at: values[at])
    assert all(found[a] <= found[b] for a, b in itertools.pairwise(order))
    assert min(found) <= min(values) * len(values) + 1e-12


def test_adjusted_values_equal_a_worked_example() -> None:
    # the fifteen p-values of Benjamini and Hochberg (1995), section 4: four are significant
    values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
        0.4262, 0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    found = adjusted(values)
    assert sum(q < 0.05 for q in found) == 4
    assert found[3] == pytest.approx(0.0095 * 15 / 4)
    assert adjusted([]) == []


@pytest.mark.parametrize("degrees", [1, 2.5, 7, 40, 1e6])
def test_the_tail_of_student_is_the_inverse_of_its_quantile(degrees: float) -> None:
    for probability in (0.6, 0.9, 0.975, 0.9995):
        t = t_quantile(degrees, probability)
        assert t_tail(degrees, t) == pytest.approx(2 * (1 - probability), rel=1e-4)
        assert t_tail(degrees, -t) == t_tail(degrees, t)
    assert t_tail(degrees, 0.0) == 1.0
    assert t_tail(1.0, 1.0) == pytest.approx(0.5)
    # beyond any table: the normal distribution
    assert t_tail(1e6, 6.0) == pytest.approx(math.erfc(6 / math.sqrt(2)), rel=0.05)


def test_a_whole_comparison_of_equals_shows_nothing_in_nineteen_of_twenty_cases() -> None:
    """Ten questions at once, as a run of several engines and kinds asks them."""
    base = record()
    kinds = [f"kind-{n}" for n in range(10)]
    wrong = single = 0
    cases = 120
    for seed in range(cases):
        random = np.random.default_rng(seed)
        records = []
        for kind in kinds:
            at = rated_phase(base, kind)
            a, b = (1000 * np.exp(independent(random, 8)) for _ in range(2))
            records += [*rated(at, a.tolist()), *rated(at, b.tolist(), "same")]
        found = compare_sides(records, metrics=METRICS[:1])
        assert len(found) == 10
        wrong += any(c.verdict != "no difference shown" for c in found)
        single += sum(c.verdict != "no difference shown" for c in found)
    assert wrong <= 0.05 * cases + 2 * math.sqrt(0.05 * 0.95 * cases), wrong
    assert single / (10 * cases) <= 0.01


def rated_phase(base: Record, phase: str) -> Record:
    return replace(base, trial=replace(base.trial, phase=phase))
