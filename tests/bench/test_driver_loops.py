"""The three loops on a clock that moves only when told: what they measure is arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from driver_doubles import MS, ScriptedBound, TickingClock, Wire, WireSession, every, keys, workload

from bench.driver.closed import MOST_FAILURES_IN_A_ROW, ClosedLoop
from bench.driver.feed import Feed
from bench.driver.inline import InlineLoop
from bench.driver.pipelined import Connection, PipelinedLoop
from bench.driver.recorder import Burst
from bench.driver.schedule import Dues

OPERATIONS = workload("read").operations


def closed(bound: ScriptedBound, *, think_ns: int = 0) -> ClosedLoop:
    feed = Feed(keys(), operations=OPERATIONS, bounds=[bound], records=1_000)
    clock = bound.clock
    return ClosedLoop(feed, [bound], clock=clock.now_s, sleep=clock.sleep, think_ns=think_ns)


def inline(bound: ScriptedBound, gap_ns: int) -> InlineLoop:
    feed = Feed(keys(), operations=OPERATIONS, bounds=[bound], records=1_000)
    clock = bound.clock
    return InlineLoop(feed, [bound], Dues(every(gap_ns)), clock=clock.now_ns, sleep=clock.sleep)


def pipelined(wire: Wire, *, connections: int, gap_ns: int) -> PipelinedLoop:
    sessions = [WireSession(wire, number) for number in range(connections)]
    bound = ScriptedBound(wire.clock)
    feed = Feed(keys(), operations=OPERATIONS, bounds=[bound], records=1_000)
    return PipelinedLoop(
        feed,
        [Connection(session, [session]) for session in sessions],  # type: ignore[list-item]
        dues=Dues(every(gap_ns)),
        gap_ns=gap_ns,
        clock=wire.clock.now_ns,
        sleep=wire.clock.sleep,
        wait=wire.wait,  # type: ignore[arg-type]
    )


def service(burst: Burst) -> list[int]:
    return (burst.end - burst.sent).tolist()


def response(burst: Burst) -> list[int]:
    assert burst.due is not None
    return (burst.end - burst.due).tolist()


def lindley(services: list[int], gap_ns: int, servers: int) -> list[int]:
    """Response times of requests due every `gap_ns` at `servers` servers, first come first served."""
    free = [0] * servers
    responses = []
    for number, length in enumerate(services):
        due = number * gap_ns
        server = min(range(servers), key=free.__getitem__)
        free[server] = max(due, free[server]) + length
        responses.append(free[server] - due)
    return responses


# --- closed load


def test_closed_load_measures_each_request_and_keeps_the_order() -> None:
    bound = ScriptedBound(TickingClock(), service_ns=lambda i: (i + 1) * MS)
    burst = closed(bound).burst(10 * MS)
    assert service(burst) == [1 * MS, 2 * MS, 3 * MS, 4 * MS]
    assert bound.asked == [0, 1, 2, 3]
    assert burst.due is None


def test_closed_load_goes_on_where_the_burst_before_ended() -> None:
    bound = ScriptedBound(TickingClock())
    loop = closed(bound)
    counts = [loop.burst(bound.clock.now + 30 * MS).end.size for _ in range(5)]
    assert sum(counts) == len(bound.asked)
    assert bound.asked == list(range(len(bound.asked)))
    assert max(counts) == 30


def test_time_between_bursts_is_in_no_latency() -> None:
    bound = ScriptedBound(TickingClock())
    loop = closed(bound)
    loop.burst(5 * MS)
    bound.clock.now += 500 * MS
    assert max(service(loop.burst(bound.clock.now + 5 * MS))) == MS


def test_a_failure_is_counted_and_the_next_request_starts_after_it() -> None:
    bound = ScriptedBound(TickingClock(), failing=lambda i: "timeout" if i == 2 else None)
    loop = closed(bound)
    burst = loop.burst(6 * MS)
    assert burst.failed == (2,)
    assert service(burst) == [MS] * 6
    assert [(kind, at) for kind, at, _ in loop.failures] == [("timeout", 3 * MS)]


def test_an_engine_that_only_fails_ends_the_burst() -> None:
    bound = ScriptedBound(TickingClock(), failing=lambda _: "refused")
    burst = closed(bound).burst(1_000 * MS)
    assert burst.end.size == MOST_FAILURES_IN_A_ROW
    assert len(burst.failed) == MOST_FAILURES_IN_A_ROW


def test_scattered_failures_do_not_end_the_burst() -> None:
    bound = ScriptedBound(TickingClock(), failing=lambda i: "x" if i % 2 else None)
    assert closed(bound).burst(60 * MS).end.size == 60


def test_think_time_is_between_requests_and_in_none() -> None:
    bound = ScriptedBound(TickingClock())
    burst = closed(bound, think_ns=9 * MS).burst(99 * MS)
    assert service(burst) == [MS] * 10
    assert np.diff(burst.sent).tolist() == [10 * MS] * 9


# --- open load, one request at a time


def test_open_load_waits_until_a_request_is_due() -> None:
    bound = ScriptedBound(TickingClock(tick_ns=100), service_ns=lambda _: 1_000)
    burst = inline(bound, MS).burst(10 * MS)
    assert burst.end.size == 10
    lag = burst.sent - np.arange(10) * MS
    assert lag.min() >= 0
    assert lag.max() <= 300  # two or three looks at the clock


@pytest.mark.parametrize("stall_ns", [50 * MS, 300 * MS])
def test_a_stall_is_in_the_response_time_of_all_that_were_due_meanwhile(stall_ns: int) -> None:
    services = [100_000] * 2_000
    services[500] = stall_ns
    bound = ScriptedBound(TickingClock(tick_ns=500), service_ns=services.__getitem__)
    loop = inline(bound, MS)
    found: list[int] = []
    while len(found) < 1_000:
        found += response(loop.burst(bound.clock.now + 100 * MS))
    expected = lindley(services, MS, 1)[: len(found)]
    assert np.abs(np.array(found) - expected).max() < 0.02 * stall_ns
    # what closed load would have shown: one slow request
    assert sum(value > MS for value in found) > stall_ns // MS * 0.9


def test_queueing_behind_a_slow_answer_is_told_apart_from_lag() -> None:
    bound = ScriptedBound(
        TickingClock(tick_ns=1), service_ns=lambda i: 4_500_000 if i == 0 else 1_000
    )
    burst = inline(bound, MS).burst(8 * MS)
    assert burst.due is not None
    assert burst.free is not None
    waited = (burst.free > burst.due).tolist()
    assert waited == [False, True, True, True, True, False, False, False]


def test_what_is_due_after_the_end_is_not_sent() -> None:
    bound = ScriptedBound(TickingClock(tick_ns=100), service_ns=lambda _: 1_000)
    loop = inline(bound, MS)
    assert loop.burst(50 * MS, due_before_ns=5 * MS).end.size == 5
    assert loop.next_due_ns == 5 * MS


# --- open load, pipelined


@pytest.mark.parametrize("connections", [1, 2, 8])
def test_pipelined_responses_are_those_of_a_queue_with_so_many_servers(connections: int) -> None:
    services = [100_000] * 1_000
    for slow in range(100, 108):
        services[slow] = 10 * MS
    wire = Wire(TickingClock(tick_ns=100), services.__getitem__)
    loop = pipelined(wire, connections=connections, gap_ns=500_000)
    found: dict[int, int] = {}
    while len(found) < 600:
        burst = loop.burst(wire.clock.now + 20 * MS)
        assert burst.due is not None
        found |= dict(zip(burst.due.tolist(), response(burst), strict=True))
    whole = [found.get(number * 500_000) for number in range(500)]
    expected = lindley(services, 500_000, connections)[:500]
    assert np.abs(np.array(whole) - expected).max() < 100_000
    assert (max(expected) > 70 * MS) == (connections == 1)


def test_what_is_due_is_sent_without_waiting_for_an_answer() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: 100 * MS)
    loop = pipelined(wire, connections=8, gap_ns=MS)
    loop.burst(7_900_000)
    lags = [moment - number * MS for number, (_, moment) in enumerate(wire.sent)]
    assert len(wire.sent) == 8
    assert len({connection for connection, _ in wire.sent}) == 8
    assert max(lags) < 2_000


def test_pipelined_queueing_is_told_apart_from_lag() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda i: 4_500_000 if i < 2 else 1_000)
    loop = pipelined(wire, connections=2, gap_ns=MS)
    burst = loop.burst(12 * MS)
    assert burst.due is not None
    assert burst.free is not None
    waited = dict(zip((burst.due // MS).tolist(), (burst.free > burst.due).tolist(), strict=True))
    assert [number for number, late in waited.items() if late] == [2, 3, 4]


def test_pipelined_failures_are_counted_and_free_the_connection() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: 1_000, lambda i: "x" if i % 3 == 0 else None)
    loop = pipelined(wire, connections=2, gap_ns=MS)
    burst = loop.burst(30 * MS)
    assert burst.end.size >= 30
    assert len(burst.failed) == -(-burst.end.size // 3)
    assert loop.outstanding == 0


def test_requests_without_an_answer_are_given_up_as_failed() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: 10_000 * MS)
    loop = pipelined(wire, connections=4, gap_ns=MS)
    loop.burst(10 * MS)
    assert loop.outstanding == 4
    burst = loop.abandon("timeout", "no answer")
    assert len(burst.failed) == 4
    assert [kind for kind, _, _ in loop.failures] == ["timeout"] * 4
    assert loop.outstanding == 0
