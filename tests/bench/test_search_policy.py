"""Searches on queues whose largest rate is known: intervals cover it, and in how long."""

from __future__ import annotations

import math

import pytest
from queue_doubles import WARMUP_S, Queue, watched, window

from bench.runner.search import LEAST_PER_S, Found, Search, Seen, Share, Step

ALLOWED = 0.01
# What a probe costs beside its window: connecting, warming up, reading counters.
OVERHEAD_S = WARMUP_S + 0.5


def searched(queue: Queue, limit_s: float, seed: int) -> tuple[Found, list[Seen], float]:
    """A search in virtual time; its capacity estimate is wrong by up to 30 %."""
    wrong = 0.7 + 0.6 * ((seed * 0.618034) % 1)
    policy = Search(capacity_per_s=queue.servers * queue.mu_per_s * wrong)
    seen: list[Seen] = []
    spent_s = 1.5
    while spent_s < 100 and (step := policy.next(seen)) is not None:
        span_s = min(30.0, max(4.0, 1_500 / step.rate_per_s)) * (2 if step.long else 1)
        made = window(
            queue, step.rate_per_s, limit_s=limit_s, span_s=span_s, seed=seed * 1_000 + len(seen)
        )
        patience = round(0.6 * len(made.counted)) if step.long else 20
        reading, took_s = watched(made, ALLOWED, patience=patience)
        spent_s += took_s + OVERHEAD_S
        share = Share(reading.share, ALLOWED, reading.effective)
        seen.append(Seen(rate_per_s=step.rate_per_s, shares=(share,), long=step.long))
    return policy.found(seen), seen, spent_s


@pytest.mark.parametrize(
    ("queue", "limit_s", "seeds", "most_s", "widest"),
    [
        (Queue(1, 5_000), 0.010, 20, 70, 1.35),  # limited by queueing, far above service times
        (Queue(1, 5_000), 0.002, 20, 80, 1.75),  # at half of the capacity
        (Queue(4, 1_250), 0.010, 5, 70, 1.5),
    ],
)
def test_the_interval_covers_the_true_answer(
    queue: Queue, limit_s: float, seeds: int, most_s: float, widest: float
) -> None:
    truth = queue.largest_rate(limit_s, ALLOWED)
    found = [searched(queue, limit_s, seed) for seed in range(seeds)]
    covered = [(f.low_per_s or 0.0) <= truth <= (f.high_per_s or math.inf) for f, _, _ in found]
    assert sum(covered) >= 0.9 * seeds
    whole = [f for f, _, _ in found if f.low_per_s and f.high_per_s]
    assert len(whole) >= 0.9 * seeds
    ratios = sorted((f.high_per_s or 0.0) / (f.low_per_s or 1.0) for f in whole)
    assert ratios[len(ratios) // 2] < widest
    expected = sorted((f.expected_per_s or 0.0) / truth for f in whole)
    assert expected[len(expected) // 2] == pytest.approx(1.0, abs=0.06)
    times = sorted(spent for _, _, spent in found)
    assert times[len(times) // 2] < most_s


def test_the_answer_repeats_itself() -> None:
    queue = Queue(1, 5_000)
    found = [searched(queue, 0.010, seed)[0].expected_per_s or 0.0 for seed in range(8)]
    mean = sum(found) / len(found)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in found) / (len(found) - 1))
    assert deviation / mean < 0.05


# --- the policy alone


def seen(rate: float, late: float, effective: float = 2_000, *, long: bool = False) -> Seen:
    return Seen(rate_per_s=rate, shares=(Share(late, ALLOWED, effective),), long=long)


HOLDS, FAILS, UNCLEAR = 0.0, 0.3, 0.01


def run(policy: Search, *, threshold: float) -> list[Seen]:
    """All probes against a sharp threshold."""
    made: list[Seen] = []
    while (step := policy.next(made)) is not None:
        late = HOLDS if step.rate_per_s <= threshold else FAILS
        made.append(seen(step.rate_per_s, late, long=step.long))
    return made


@pytest.mark.parametrize("threshold", [30, 777, 1_000, 5_432, 40_000])
def test_a_sharp_threshold_is_enclosed_within_the_width(threshold: float) -> None:
    policy = Search(capacity_per_s=1_000)
    made = run(policy, threshold=threshold)
    found = policy.found(made)
    assert found.low_per_s is not None
    assert found.high_per_s is not None
    assert found.low_per_s <= threshold < found.high_per_s
    assert found.high_per_s / found.low_per_s <= 1.1
    assert found.limited_by == "engine"
    assert found.confirmed
    assert len(made) <= 20


def test_both_ends_are_probed_twice_and_the_lower_one_for_longer() -> None:
    policy = Search(capacity_per_s=1_000)
    made = run(policy, threshold=777)
    found = policy.found(made)
    at = {rate: [s for s in made if s.rate_per_s == rate] for rate in {s.rate_per_s for s in made}}
    assert len(at[found.high_per_s or 0]) == 2
    assert [s.long for s in at[found.low_per_s or 0]] == [False, True]


def test_a_disturbance_does_not_become_an_end() -> None:
    policy = Search(capacity_per_s=1_000)
    made: list[Seen] = []
    disturbed = False
    while (step := policy.next(made)) is not None:
        late = HOLDS if step.rate_per_s <= 900 else FAILS
        if not disturbed and 700 < step.rate_per_s < 900:
            late, disturbed = 0.05, True
            made.append(seen(step.rate_per_s, late, effective=300))
            continue
        made.append(seen(step.rate_per_s, late, long=step.long))
    assert disturbed
    found = policy.found(made)
    assert found.low_per_s is not None
    assert found.high_per_s is not None
    assert found.low_per_s <= 900 < found.high_per_s


def test_where_the_client_was_the_limit_nothing_is_said_about_the_engine() -> None:
    policy = Search(capacity_per_s=1_000)
    made: list[Seen] = []
    while (step := policy.next(made)) is not None:
        limited = step.rate_per_s > 800
        made.append(
            Seen(
                rate_per_s=step.rate_per_s,
                shares=(Share(FAILS if limited else HOLDS, ALLOWED, 2_000),),
                client_limited=limited,
                long=step.long,
            )
        )
    found = policy.found(made)
    assert (found.limited_by, found.high_per_s, found.expected_per_s) == ("client", None, None)
    assert found.low_per_s is not None
    assert 800 / 1.1 <= found.low_per_s <= 800


def test_a_client_that_was_disturbed_once_is_asked_again() -> None:
    policy = Search(capacity_per_s=1_000)
    made: list[Seen] = []
    while (step := policy.next(made)) is not None:
        late = HOLDS if step.rate_per_s <= 900 else FAILS
        first = len(made) == 1
        share = (Share(late, ALLOWED, 2_000),)
        made.append(
            Seen(rate_per_s=step.rate_per_s, shares=share, client_limited=first, long=step.long)
        )
    found = policy.found(made)
    assert found.limited_by == "engine"
    assert (found.low_per_s or 0) <= 900 < (found.high_per_s or 0)


def test_when_no_rate_holds_the_least_one_says_so() -> None:
    policy = Search(capacity_per_s=1_000)
    made = run(policy, threshold=0)
    found = policy.found(made)
    assert found.low_per_s is None
    assert found.high_per_s == LEAST_PER_S
    assert found.expected_per_s is None


def test_when_none_fails_the_probes_go_up_and_end() -> None:
    policy = Search(capacity_per_s=1_000, most_probes=8)
    made = run(policy, threshold=math.inf)
    found = policy.found(made)
    assert found.high_per_s is None
    assert found.limited_by == "nothing"
    assert found.low_per_s == max(each.rate_per_s for each in made)


def test_an_engine_that_gives_up_fails_whatever_the_shares_say() -> None:
    policy = Search(capacity_per_s=1_000)
    probes = [seen(500, HOLDS), Seen(rate_per_s=700, failed=True), seen(900, HOLDS)]
    found = policy.found(probes)
    assert (found.low_per_s, found.high_per_s) == (500, 700)


def test_a_client_that_was_late_once_below_hides_no_failure() -> None:
    late = Seen(rate_per_s=100, shares=(Share(FAILS, ALLOWED, 2_000),), client_limited=True)
    found = Search(capacity_per_s=1_000).found([late, seen(700, FAILS), seen(900, FAILS)])
    assert (found.low_per_s, found.high_per_s, found.limited_by) == (None, 700, "engine")
    above = Seen(rate_per_s=1_200, shares=(Share(FAILS, ALLOWED, 2_000),), client_limited=True)
    found = Search(capacity_per_s=1_000).found([seen(500, HOLDS), above])
    assert (found.low_per_s, found.high_per_s, found.limited_by) == (500, None, "client")


def test_evidence_of_higher_rates_counts_for_lower_ones() -> None:
    policy = Search(capacity_per_s=1_000)
    alone = [seen(500, 0.0, effective=400), seen(900, FAILS)]
    assert policy.found(alone).low_per_s is None
    together = [*alone, seen(600, 0.0, effective=400)]
    assert policy.found(together).low_per_s == 500


def test_evidence_of_lower_rates_counts_for_higher_failures() -> None:
    policy = Search(capacity_per_s=1_000)
    alone = [seen(300, HOLDS), seen(900, 0.04, effective=150)]
    assert policy.found(alone).high_per_s is None
    together = [*alone, seen(800, 0.04, effective=150)]
    assert policy.found(together).high_per_s == 900


def test_a_mixed_objective_holds_only_with_all() -> None:
    policy = Search(capacity_per_s=1_000)

    def both(rate: float, reads: float, writes: float) -> Seen:
        shares = (Share(reads, ALLOWED, 2_000), Share(writes, ALLOWED, 2_000))
        return Seen(rate_per_s=rate, shares=shares)

    found = policy.found(
        [both(100, HOLDS, HOLDS), both(200, HOLDS, UNCLEAR), both(400, HOLDS, FAILS)]
    )
    assert (found.low_per_s, found.high_per_s) == (100, 400)


def test_the_first_probe_begins_below_the_estimate() -> None:
    assert Search(capacity_per_s=12_345).next([]) == Step(7_410)
    assert Search(capacity_per_s=0.1).next([]) == Step(LEAST_PER_S)
