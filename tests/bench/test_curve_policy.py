"""Load curves: levels from idle to past the knee, and the knee of queues where it is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from quest_doubles import Bench
from queue_doubles import Queue

from bench.runner.curve import FEWEST_LEVELS, Curve, Knee, Level
from bench.runner.levels import draw
from bench.runner.quests import CurveLoad, read
from bench.runner.way import Way
from results.answers import Answer
from results.record import Record


def level(queue: Queue, rate: float, *, window_s: float = 3.0) -> Level:
    """A level as arithmetic has it; above the capacity the queue grows over the window."""
    capacity = queue.servers * queue.mu_per_s
    if rate < 0.999 * capacity:
        return Level(load=rate, throughput_per_s=rate, mean_s=queue.mean_s(rate))
    grown = window_s * max(rate / capacity - 1, 0.01)
    return Level(load=rate, throughput_per_s=capacity, mean_s=grown / 2)


def knee_of(queue: Queue) -> float:
    """The rate with the largest power, by trying."""
    capacity = queue.servers * queue.mu_per_s
    return max((capacity * k / 2_000 for k in range(1, 2_000)), key=lambda r: r / queue.mean_s(r))


def drawn(policy: Curve, queue: Queue) -> list[Level]:
    seen: list[Level] = []
    while (rate := policy.next(seen)) is not None:
        seen.append(level(queue, rate))
    return seen


@pytest.mark.parametrize("servers", [1, 2, 4, 16])
@pytest.mark.parametrize("wrong", [0.6, 1.0, 1.3])
def test_the_knee_of_a_queue_is_found(servers: int, wrong: float) -> None:
    queue = Queue(servers, 1_000)
    policy = Curve(closed=False, capacity_per_s=servers * 1_000 * wrong)
    seen = drawn(policy, queue)
    knee = policy.knee(seen)
    assert knee is not None
    assert knee.passed
    assert knee.below is not None
    assert knee.above is not None
    truth = knee_of(queue)
    assert knee.below.load <= truth <= knee.above.load
    assert knee.above.load / knee.below.load <= 1.2**2 * 1.02
    assert knee.expected_load == pytest.approx(truth, rel=0.08)


@pytest.mark.parametrize("servers", [1, 4])
def test_levels_reach_from_idle_to_past_the_knee(servers: int) -> None:
    queue = Queue(servers, 1_000)
    seen = drawn(Curve(closed=False, capacity_per_s=servers * 900), queue)
    rates = sorted(each.load for each in seen)
    assert len(rates) >= FEWEST_LEVELS
    assert len(set(rates)) == len(rates)
    assert rates[0] <= 0.05 * servers * 1_000
    assert rates[-1] >= knee_of(queue) * 1.3
    ratios = [b / a for a, b in pairwise(rates)]
    near = [r for r, a in zip(ratios, rates, strict=False) if 0.7 < a / knee_of(queue) < 1.2]
    assert max(near) < 1.35  # finer around the knee than elsewhere


def test_a_curve_over_clients_finds_the_number_of_servers() -> None:
    policy = Curve(closed=True, most_load=64)
    seen: list[Level] = []
    while (clients := policy.next(seen)) is not None:
        done = min(clients, 5) * 1_000.0
        seen.append(Level(load=clients, throughput_per_s=done, mean_s=clients / done))
    knee = policy.knee(seen)
    assert knee is not None
    assert knee.best.load == 5
    assert knee.passed
    assert all(each.load == round(each.load) for each in seen)
    assert len(seen) >= FEWEST_LEVELS


def test_an_endless_engine_ends_at_the_most_levels_and_says_so() -> None:
    policy = Curve(closed=False, capacity_per_s=1_000, most_levels=12)
    seen: list[Level] = []
    while (rate := policy.next(seen)) is not None:
        seen.append(Level(load=rate, throughput_per_s=rate, mean_s=0.001))
    knee = policy.knee(seen)
    assert len(seen) == 12
    assert knee is not None
    assert not knee.passed
    assert knee.above is None
    assert knee.expected_load == knee.best.load == max(each.load for each in seen)


def test_a_client_at_its_limit_ends_the_rise() -> None:
    policy = Curve(closed=False, capacity_per_s=1_000)
    seen: list[Level] = []
    while (rate := policy.next(seen)) is not None:
        seen.append(
            Level(load=rate, throughput_per_s=rate, mean_s=0.001, client_limited=rate > 600)
        )
    assert max(each.load for each in seen) == 850  # one is noise, two are a limit


@pytest.mark.parametrize("spoilt", [{0}, {0, 1}, {4}, {0, 3, 6}])
def test_a_level_that_noise_has_spoilt_does_not_end_the_rise(spoilt: set[int]) -> None:
    queue = Queue(2, 1_000)
    policy = Curve(closed=False, capacity_per_s=2_000)
    seen: list[Level] = []
    while (rate := policy.next(seen)) is not None:
        made = level(queue, rate)
        if len(seen) in spoilt:
            made = replace(made, mean_s=0.5, client_limited=True)
        seen.append(made)
    knee = policy.knee(seen)
    assert max(each.load for each in seen) >= 1_900
    assert knee is not None
    assert knee.passed
    assert knee.expected_load == pytest.approx(knee_of(queue), rel=0.15)


def test_nothing_answered_has_no_knee() -> None:
    policy = Curve(closed=False, capacity_per_s=100)
    assert policy.knee([Level(load=1, throughput_per_s=0, mean_s=None)]) is None


def test_a_knee_at_the_first_level_is_said_as_it_is() -> None:
    policy = Curve(closed=True)
    seen = [
        Level(load=n, throughput_per_s=1_000, mean_s=n / 1_000) for n in (1.0, 2.0, 3.0, 4.0, 6.0)
    ]
    knee = policy.knee(seen)
    assert knee == Knee(best=seen[0], below=None, above=seen[1], expected_load=1.0, passed=True)


# --- the whole way


def answered(bench: Bench, load: str) -> Answer:
    quest = read(load, cpus=2)
    assert isinstance(quest, CurveLoad)
    return draw(bench.way(load, window_s=1.5), quest)


def test_a_curve_has_a_record_for_each_level_and_a_knee() -> None:
    queue = Queue(2, 1_000)
    bench = Bench(queue)
    answer = answered(bench, "curve")
    levels = [point for point in answer.points if point.purpose == "level"]
    assert len(levels) >= FEWEST_LEVELS
    assert answer.points[0].purpose == "capacity"
    assert all(point.rate_per_s and point.mean_s for point in levels)
    assert answer.low_per_s is not None
    assert answer.high_per_s is not None
    assert answer.low_per_s * 0.9 <= knee_of(queue) <= answer.high_per_s * 1.1
    assert answer.limited_by == "engine"
    assert "knee at about" in answer.text


def test_a_curve_over_clients_tells_the_clients() -> None:
    answer = answered(Bench(Queue(4, 500)), "curve:closed")
    assert answer.knee_clients == 4
    assert answer.expected_per_s == pytest.approx(2_000)
    assert all(point.rate_per_s is None for point in answer.points)
    assert "4 clients" in answer.text


def test_a_curve_that_only_rises_finds_no_knee_and_says_in_how_many_levels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(Queue(1, 1_000), lambda record: replace(record, outcome="unstable"))
    monkeypatch.setattr(Way, "capacity_per_s", lambda *_: 300.0)
    answer = answered(bench, "curve")
    levels = [point for point in answer.points if point.purpose == "level"]
    assert answer.text.startswith(f"no knee found in {len(levels)} levels up to ")
    assert "the client was the limit at" in answer.text
    assert (answer.low_per_s, answer.expected_per_s, answer.high_per_s) == (None, None, None)


def test_wrong_answers_end_a_curve() -> None:
    def wrong(record: Record) -> Record:
        return replace(record, outcome="incorrect", error="a row is missing")

    answer = answered(Bench(Queue(1, 500), wrong), "curve")
    assert answer.text == "no answer: incorrect: a row is missing"
    assert not answer.confirmed
