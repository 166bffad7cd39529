"""The sequential test: how often it is wrong, with independent and with bursty answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.driver.sequential import FEWEST_SLICES, FRACTIONS, design_effect, judge, read

ALLOWED = 0.01
SLICES, A_SLICE = 80, 250


def stopped(late: list[int], *, allowed: float = ALLOWED) -> str:
    """What the test says when it is asked after every fourth slice."""
    counted = [A_SLICE] * len(late)
    for count in range(FEWEST_SLICES, len(late) + 1, 4):
        found = read(counted[:count], [late[:count]], allowed=allowed).standing
        if found != "undecided":
            return found
    return "undecided"


def independent(share: float, seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    return rng.binomial(A_SLICE, share, SLICES).tolist()


def bursts(share: float, seed: int, *, length: int = 3) -> list[int]:
    """Late answers come in runs of `length` slices, a fifth of each late."""
    rng = np.random.default_rng(seed)
    begins = rng.random(SLICES) < share * 5 / length
    late = np.zeros(SLICES, dtype=int)
    for at in np.flatnonzero(begins):
        late[at : at + length] = A_SLICE // 5
    return late.tolist()


def test_at_the_border_it_is_seldom_wrong_however_often_one_looks() -> None:
    said = [stopped(independent(ALLOWED, seed)) for seed in range(150)]
    # nominal 1 % each; with 150 tries more than 7 has a probability below 0.001
    assert said.count("holds") <= 7
    assert said.count("fails") <= 7


@pytest.mark.parametrize(("share", "expected"), [(0.002, "holds"), (0.03, "fails"), (0.5, "fails")])
def test_away_from_the_border_it_decides(share: float, expected: str) -> None:
    said = [stopped(independent(share, seed)) for seed in range(40)]
    assert said.count(expected) >= 36
    assert set(said) <= {expected, "undecided"}


def test_bursts_do_not_make_it_sure_of_a_wrong_thing() -> None:
    said = [stopped(bursts(ALLOWED, seed)) for seed in range(100)]
    assert said.count("fails") <= 6


def test_taken_for_independent_the_same_bursts_would_mislead() -> None:
    wrong = 0
    for seed in range(100):
        late = bursts(ALLOWED, seed)
        share = sum(late) / (SLICES * A_SLICE)
        wrong += judge([(share, SLICES * A_SLICE)], allowed=ALLOWED) == "fails"
    assert wrong > 20


def test_lateness_against_a_part_of_the_limit_shows_how_few_independent_answers_there_are() -> None:
    counted = [A_SLICE] * SLICES
    never = [0] * SLICES
    queues = [A_SLICE // 2 * (at // 10 % 2) for at in range(SLICES)]  # half a second of queue each
    assert read(counted, [never], allowed=ALLOWED).standing == "holds"
    with_queues = read(counted, [never, never, queues], allowed=ALLOWED)
    assert with_queues.standing == "undecided"
    assert with_queues.effective < SLICES * A_SLICE / 100


def test_too_few_slices_decide_nothing() -> None:
    for late in (0, A_SLICE):
        counted = [A_SLICE] * (FEWEST_SLICES - 1)
        found = read(counted, [[late] * len(counted)] * len(FRACTIONS), allowed=ALLOWED)
        assert found.standing == "undecided"


def test_a_burst_at_the_beginning_is_no_failure() -> None:
    late = [A_SLICE] * 6 + [0] * (SLICES - 6)
    assert stopped(late) != "fails"


def test_nothing_answered_says_nothing() -> None:
    found = read([0] * 40, [[0] * 40], allowed=ALLOWED)
    assert (found.standing, found.share) == ("undecided", None)


def test_evidence_adds_up() -> None:
    part = (0.0, 350.0)
    assert judge([part], allowed=ALLOWED) == "undecided"
    assert judge([part, part], allowed=ALLOWED) == "holds"
    assert judge([part, part, (0.05, 200.0)], allowed=ALLOWED) == "undecided"


@given(
    late=st.lists(st.integers(0, A_SLICE), min_size=20, max_size=60),
    allowed=st.floats(0.001, 0.5),
)
def test_it_never_says_the_opposite_of_what_was_seen(late: list[int], allowed: float) -> None:
    counted = [A_SLICE] * len(late)
    found = read(counted, [late], allowed=allowed)
    assert found.share is not None
    if found.standing == "holds":
        assert found.share < allowed
    if found.standing == "fails":
        assert found.share > allowed
    assert 0 < found.effective <= found.counted
    assert design_effect(counted, late) >= 1
