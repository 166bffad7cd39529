"""A search from its first trial to its sentence, in virtual time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quest_doubles import WORKLOAD, Bench
from queue_doubles import Queue

from bench.runner.quests import SearchLoad, read
from bench.runner.search import Step
from bench.runner.seek import BUDGET_S, probe_at, seek
from results.answers import Answer
from results.distribution import of_values
from results.record import Finding, Record
from workloads.spec.model import LatencyObjective, Operation

QUEUE = Queue(1, 4_000)
TRUTH = QUEUE.largest_rate(0.010, 0.01)


def answered(bench: Bench, load: str = "search") -> Answer:
    quest = read(load, cpus=2)
    assert isinstance(quest, SearchLoad)
    return seek(bench.way(load), quest)


def slowed(record: Record, *, lag_s: float, above_per_s: float) -> Record:
    """The record of a client that sends late above a rate."""
    if (record.load.rate_per_s or 0) <= above_per_s:
        return record
    client = replace(record.client, schedule_lag_p99_s=lag_s)
    return replace(record, client=client)


def test_the_answer_encloses_the_truth_and_names_its_trials() -> None:
    bench = Bench(QUEUE)
    answer = answered(bench)
    assert answer.low_per_s is not None
    assert answer.high_per_s is not None
    assert answer.low_per_s <= TRUTH <= answer.high_per_s
    assert answer.low_per_s <= (answer.expected_per_s or 0) <= answer.high_per_s
    assert answer.objectives == ("read_p99<10ms",)
    assert answer.limited_by == "engine"
    assert answer.confirmed
    assert answer.points[0].purpose == "capacity"
    assert [point.record for point in answer.points] == [
        f"R.001.{number:02d}" for number in range(1, len(bench.asked) + 1)
    ]
    assert "holds" in answer.text
    assert "fails" in answer.text
    assert answer.seconds == pytest.approx(bench.now_s)
    assert answer.seconds < BUDGET_S
    assert len(bench.lines) == len(answer.points)


def test_clear_probes_end_early_and_close_ones_are_watched_to_the_end() -> None:
    bench = Bench(QUEUE)
    answer = answered(bench)
    probes = [p for p in answer.points if p.purpose == "probe"]
    asked = [ask for ask in bench.asked if ask.purpose == "probe"]
    assert all(ask.window_s == 4.0 for ask in asked)
    far = [p for p in probes if (p.rate_per_s or 0) > 1.3 * TRUTH]
    answers = [p.shares[0].answers / (p.rate_per_s or 1) for p in far]
    assert all(seconds < 2.0 for seconds in answers)


def test_points_carry_verdicts_with_reasons() -> None:
    answer = answered(Bench(QUEUE))
    for point in answer.points[1:]:
        assert point.verdict in ("holds", "fails", "undecided")
        assert "read_p99<10ms; 1% may" in point.why
        (share,) = point.shares
        assert share.allowed == pytest.approx(0.01)
        assert 0 < share.effective <= share.answers


def test_a_late_client_gives_at_least() -> None:
    answer = answered(Bench(QUEUE, lambda record: slowed(record, lag_s=0.5, above_per_s=0.0)))
    failing = [p for p in answer.points if p.verdict == "client-limited"]
    assert answer.limited_by == "client"
    assert answer.high_per_s is None
    assert answer.expected_per_s is None
    assert failing
    assert "sent up to 500 ms late" in failing[0].why
    assert answer.text.startswith("at least ")
    assert "the client was the limit" in answer.text


def test_a_client_without_spare_time_is_the_limit() -> None:
    def busy(record: Record) -> Record:
        if (record.load.rate_per_s or 0) <= 0.5 * TRUTH:
            return record
        return replace(record, client=replace(record.client, cpu_utilisation=0.97))

    bench = Bench(Queue(1, 4_000), busy)
    answer = answered(bench)
    assert answer.limited_by == "client"
    assert any("97% of its time" in point.why for point in answer.points)


def test_a_client_without_a_processor_is_the_limit() -> None:
    """Another program takes the processor: the client has work for less of its time, and is late."""

    def starved(record: Record) -> Record:
        if (record.load.rate_per_s or 0) <= 0.5 * TRUTH:
            return record
        client = replace(record.client, cpu_utilisation=0.6, cpu_wait_fraction=0.35)
        return replace(record, client=client)

    answer = answered(Bench(QUEUE, starved))
    assert answer.limited_by == "client"
    assert answer.high_per_s is None
    assert any("waited for a processor for 35%" in point.why for point in answer.points)


def stalled(record: Record, *, service_s: float) -> Record:
    """A client that stops for 20 ms again and again above a rate; what is due meanwhile waits in it."""
    if (record.load.rate_per_s or 0) <= TRUTH:
        return record
    client = replace(record.client, schedule_lag_p99_s=0.020, queued_fraction=0.5)
    (operation,) = record.operations
    response = of_values(np.full(10_000, 60_000_000), lowest_ns=1_000)
    service = replace(operation.service, mean_s=service_s)
    operation = replace(operation, service=service, response=response)
    return replace(record, client=client, operations=(operation,))


@pytest.mark.parametrize(("service_s", "said"), [(20e-6, "client"), (10.0, "engine")])
def test_a_client_whose_own_stalls_are_longer_than_the_limit(service_s: float, said: str) -> None:
    """They keep others waiting that have no lag themselves; unless the engine keeps them waiting."""
    answer = answered(Bench(QUEUE, lambda record: stalled(record, service_s=service_s)))
    failing = [p for p in answer.points if p.verdict in ("fails", "client-limited")]
    assert failing
    assert {p.verdict for p in failing} == {"client-limited" if said == "client" else "fails"}
    assert answer.limited_by == said


def test_lag_that_explains_nothing_does_not_excuse_the_engine() -> None:
    bench = Bench(QUEUE, lambda record: slowed(record, lag_s=0.0015, above_per_s=0.0))
    answer = answered(bench)
    assert answer.limited_by == "engine"
    assert answer.high_per_s is not None


def test_wrong_answers_end_the_search() -> None:
    bench = Bench(QUEUE, lambda r: replace(r, outcome="incorrect", error="a row is missing"))
    answer = answered(bench)
    assert answer.text == "no answer: incorrect: a row is missing"
    assert (answer.low_per_s, answer.high_per_s, answer.limited_by) == (None, None, "nothing")
    assert len(bench.asked) == 1


def test_an_engine_that_cannot_start_gives_no_answer() -> None:
    bench = Bench(
        QUEUE,
        lambda r: replace(r, outcome="error", error="refused: no", throughput_per_s=0.0),
    )
    assert answered(bench).text == "no answer: refused: no"


def test_an_engine_that_gives_up_under_load_fails_there() -> None:
    def dies(record: Record) -> Record:
        if (record.load.rate_per_s or 0) > 2_000:
            return replace(record, outcome="error", error="no success for 3 s: gone")
        return record

    answer = answered(Bench(QUEUE, dies))
    assert answer.low_per_s is not None
    assert answer.low_per_s <= 2_000 < (answer.high_per_s or 0)
    assert any(point.verdict == "error" for point in answer.points)


def test_failed_operations_fail_a_rate() -> None:
    def refused(record: Record) -> Record:
        if (record.load.rate_per_s or 0) > 1_500:
            return replace(record, errors_count=round(record.operations_done * 0.004))
        return record

    answer = answered(Bench(QUEUE, refused))
    assert (answer.low_per_s or 0) <= 1_500 < (answer.high_per_s or 0)
    assert any("of the operations failed" in point.why for point in answer.points)


def test_too_few_connections_are_named() -> None:
    def waiting(record: Record) -> Record:
        if (record.load.rate_per_s or 0) <= TRUTH:
            return record
        client = replace(record.client, queued_fraction=0.9, queue_wait_p99_s=0.2)
        quick = record.operations[0].service
        quick = replace(quick, p99_s=0.001)
        operation = replace(record.operations[0], service=quick)
        return replace(record, client=client, operations=(operation,))

    answer = answered(Bench(QUEUE, waiting))
    assert "waited for one of 16 connections" in answer.text
    assert "clients=32" in answer.text


def test_a_shared_machine_is_named() -> None:
    def starved(record: Record) -> Record:
        finding = Finding(
            code="G-STARVED", level="warning", message="both used 99% of 2 processors"
        )
        return replace(record, findings=(finding,))

    assert "both used 99% of 2 processors" in answered(Bench(QUEUE, starved)).text


class Asked(Exception):
    """Ends a trial as soon as it is asked for."""


def test_a_rare_side_is_watched_for_longer() -> None:
    def ask(_: Record) -> Record:
        raise Asked

    mix = replace(
        WORKLOAD,
        operations=(Operation(kind="read", weight=95), Operation(kind="update", weight=5)),
        latency=LatencyObjective(write_p99_s=0.02),
    )
    bench = Bench(QUEUE, ask)
    way = bench.way("search", workload=mix)
    quest = read("search", cpus=2)
    assert isinstance(quest, SearchLoad)
    for rate, window_s in ((20_000, 4.0), (3_000, 10.0), (1_000, 30.0), (100, 30.0)):
        with pytest.raises(Asked):
            probe_at(way, quest, Step(rate), quest.of(mix, mix.operations))
        assert bench.asked[-1].window_s == pytest.approx(window_s)


@pytest.mark.parametrize("overhead_s", [40.0, 400.0])
def test_a_machine_so_slow_that_time_is_up_ends_the_search_and_the_answer_says_so(
    overhead_s: float,
) -> None:
    """Every trial takes far longer than its window: no further one begins once the time is up."""

    def slow(record: Record) -> Record:
        bench.now_s += overhead_s
        return record

    bench = Bench(QUEUE, slow)
    answer = answered(bench)
    first_s = overhead_s + 3.0
    assert answer.seconds <= first_s + BUDGET_S + first_s + bench.asked[-1].window_s
    assert "the time was up (100 s)" in answer.text
    assert not answer.confirmed


def test_the_last_probe_is_no_longer_than_the_time_that_is_left() -> None:
    bench, quest = Bench(QUEUE), read("search", cpus=2)
    assert isinstance(quest, SearchLoad)
    objectives = quest.of(WORKLOAD, WORKLOAD.operations)
    step = Step(rate_per_s=20.0, long=True)
    for left_s, window_s in ((100.0, 30.0), (11.0, 11.0), (0.5, 4.0)):
        probe_at(bench.way("search"), quest, step, objectives, left_s=left_s)
        assert bench.asked[-1].window_s == window_s
