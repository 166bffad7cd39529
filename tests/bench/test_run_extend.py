"""Windows that go on until they are precise: when they end, what it does to the mean, who may."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import suites
from bench.driver.messages import Slice
from bench.runner.budget import Budget
from bench.runner.extend import Allowance, Extension
from results.gates.too_short import PRECISE, REFUSED
from results.manifest import PlannedTrial
from results.statistics import relative_half_width

SLICE_S = 0.01
NO_LATES = np.zeros((0, 0, 2), dtype=np.int64)


def slices(counts: list[int]) -> list[Slice]:
    return [Slice(position, count, 0, count, 1) for position, count in enumerate(counts)]


def ended_after(
    counts: list[int], *, planned_s: float = 0.3, fair_s: float = 1.0, longest_s: float = 2.0
) -> int | None:
    """How many slices were seen when the window was ended; None: it never was."""
    allowance = Allowance(fair_s=fair_s, longest_s=longest_s)
    extension = Extension(precision=0.04, planned_s=planned_s, allowance=allowance, slice_s=SLICE_S)
    whole = slices(counts)
    for seen in range(1, len(whole) + 1):
        if extension.enough(whole[:seen], NO_LATES):
            return seen
    return None


def noisy(rng: np.random.Generator, count: int, *, spread: float, memory: float) -> list[int]:
    """Correlated counts around 1,000."""
    level, found = 0.0, []
    for shock in rng.normal(0.0, spread * math.sqrt(1 - memory**2), count):
        level = memory * level + shock
        found.append(max(0, round(1_000 * (1 + level))))
    return found


def test_a_precise_window_ends_as_planned() -> None:
    assert ended_after([1_000, 1_010] * 200) == 30


def test_a_varying_window_goes_on_until_it_is_precise() -> None:
    counts = noisy(np.random.default_rng(1), 400, spread=0.25, memory=0.3)
    seen = ended_after(counts, fair_s=4.0, longest_s=4.0)
    assert seen is not None
    assert seen > 30
    before, after = relative_half_width(counts[:30]), relative_half_width(counts[:seen])
    assert before is not None
    assert after is not None
    assert before > 0.04 >= after


def test_evidence_ends_at_its_fair_length_and_what_would_be_refused_may_go_on() -> None:
    mild = noisy(np.random.default_rng(3), 400, spread=0.6, memory=0.1)
    at = ended_after(mild)
    assert at is not None
    assert 100 <= at <= 115  # looks are a tenth of the window apart
    stalled = ([3_000] * 5 + [0] * 35) * 10
    assert ended_after(stalled) is None  # so it ends at its longest


def test_a_window_in_which_nothing_ends_goes_on_to_its_longest() -> None:
    assert ended_after([0] * 400) is None
    allowance = Allowance(fair_s=0.1, longest_s=0.2)
    extension = Extension(precision=0.04, planned_s=0.5, allowance=allowance, slice_s=SLICE_S)
    assert extension.longest_s == 0.5  # never below the plan


def test_looks_are_rare() -> None:
    """The interval is computed a few dozen times however long the window is."""
    extension = Extension(
        precision=1e-9,
        planned_s=0.1,
        allowance=Allowance(fair_s=100.0, longest_s=100.0),
        slice_s=SLICE_S,
    )
    seen, looks = slices([1, 2] * 5_000), set()
    for count in range(1, len(seen), 7):
        extension.enough(seen[:count], NO_LATES)
        looks.add(extension._next)
    assert len(looks) < 80


@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_stopping_by_width_biases_neither_the_mean_nor_much_of_the_coverage(memory: float) -> None:
    """The mean of stopped windows is the true one; 95 % intervals hold it about as often.

    The series is known: counts around 1,000. A rule that looked at the mean would fail here.
    """
    rng = np.random.default_rng(7)
    means, held = [], 0
    rounds = 150
    for _ in range(rounds):
        counts = noisy(rng, 400, spread=0.2, memory=memory)
        seen = ended_after(counts, fair_s=4.0, longest_s=4.0) or len(counts)
        mean = sum(counts[:seen]) / seen
        half = relative_half_width(counts[:seen])
        assert half is not None
        means.append(mean)
        held += abs(mean - 1_000) <= half * mean
    error = float(np.std(means)) / math.sqrt(rounds)
    assert abs(float(np.mean(means)) - 1_000) < 3 * error + 2
    assert held / rounds >= 0.80


def test_the_aim_is_below_what_the_gate_asks() -> None:
    aim = suites.get("quick").pace.precision
    assert aim is not None
    assert aim < PRECISE < REFUSED


# --- the budget of a run

PACE = replace(suites.get("quick").pace, budget_s=20.0, longest_s=3.0, precision=0.04)


def trial(
    number: int, *, phase: str = "read", target: str = "one", load: str = "closed:2"
) -> PlannedTrial:
    return PlannedTrial(
        number=number,
        workload="w",
        target=target,
        phase=phase,
        load=load,
        repetition=1,
        planned_duration_s=0.5,
    )


def test_the_mix_may_take_more_than_an_operation_alone_and_a_store_more_than_what_is_beside() -> (
    None
):
    trials = [trial(1, phase="mix"), trial(2), trial(3, target="two"), trial(4, target="two")]
    budget = Budget(PACE, began_s=0.0, beside=frozenset({("w", "two")}))
    worths = [budget.worth(each) for each in trials]
    assert worths[0] > worths[1] > worths[2] == worths[3] > 0
    now_s = 13.0
    mix = budget.allowance(trials[0], trials[1:], now_s=now_s)
    alone = budget.allowance(trials[1], trials[2:], now_s=now_s)
    assert mix.longest_s >= mix.fair_s > 0.5
    assert alone.fair_s >= 0.5
    assert mix.longest_s <= 3.0


def test_what_is_not_used_is_left_to_those_that_follow() -> None:
    rest = [trial(n) for n in range(2, 8)]
    budget = Budget(PACE, began_s=0.0)
    early = budget.allowance(trial(1), rest, now_s=10.0)
    late = budget.allowance(rest[-1], [], now_s=12.0)
    assert late.fair_s > early.fair_s


@settings(max_examples=60, deadline=None)
@given(
    used=st.lists(st.booleans(), min_size=18, max_size=18),
    trial_s=st.floats(0.05, 2.0),
    stand_s=st.floats(0.2, 6.0),
)
def test_a_run_exceeds_its_budget_only_by_what_its_plan_needs(
    used: list[bool], trial_s: float, stand_s: float
) -> None:
    """Whatever the machine: the plan's least time, or the budget, and a fifth of the budget."""
    trials = [
        trial(n, target="abc"[n // 6], phase="mix" if n % 6 == 0 else "read") for n in range(18)
    ]
    budget = Budget(PACE, began_s=0.0)
    now_s = least_s = 0.0
    for at, planned in enumerate(trials):
        if at % 6 == 0:
            now_s, least_s = now_s + stand_s, least_s + stand_s
            budget.opened(stand_s)
        allowance = budget.allowance(planned, trials[at + 1 :], now_s=now_s)
        assert 0.5 <= allowance.fair_s <= allowance.longest_s <= 3.0
        window_s = allowance.longest_s if used[at] else 0.5
        budget.took(planned, trial_s + window_s, window_s=window_s)
        now_s, least_s = now_s + trial_s + window_s, least_s + trial_s + 0.5
    # what the first trials cost is a guess until they are over
    assert now_s <= max(20.0, least_s) + 0.2 * 20.0 + 1.0


def test_without_a_budget_each_window_may_reach_its_longest() -> None:
    pace = replace(PACE, budget_s=None, longest_s=None)
    allowance = Budget(pace, began_s=0.0).allowance(trial(1), [trial(2)], now_s=1e6)
    assert (allowance.fair_s, allowance.longest_s) == (5.0, 5.0)


@pytest.mark.parametrize(
    ("load", "extended"),
    [
        ("closed:2", True),
        ("open:100/s", True),
        ("open:trace", False),
        ("open:ramp(10/s..20/s)", False),
        ("curve", False),
        ("search:p99<10ms", False),
    ],
)
def test_a_load_that_changes_by_plan_ends_as_planned(load: str, extended: bool) -> None:
    made = Budget(PACE, began_s=0.0).extension(trial(1, load=load), [], now_s=0.0)
    assert (made is not None) is extended
    plain = Budget(replace(PACE, precision=None), began_s=0.0)
    assert plain.extension(trial(1, load=load), [], now_s=0.0) is None
