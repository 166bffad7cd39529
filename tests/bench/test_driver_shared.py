"""Closed load of several clients on one thread, on a clock that moves only when told."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from driver_doubles import MS, ScriptedBound, TickingClock, Wire, WireSession, keys, workload

from bench.driver import shared
from bench.driver.closed import MOST_FAILURES_IN_A_ROW
from bench.driver.feed import Feed
from bench.driver.pipelined import Connection
from bench.driver.shared import SharedLoop
from bench.engines.noop import NoopDialer

OPERATIONS = workload("read").operations


def connections(wire: Wire, numbers: Sequence[int]) -> list[Connection]:
    sessions = [WireSession(wire, number) for number in numbers]
    return [Connection(session, [session]) for session in sessions]  # type: ignore[list-item]


def watch(wire: Wire) -> Callable[[Sequence[Connection]], Any]:
    """Stands for epoll; a connection that carries nothing is never ready."""

    def watching(those: Sequence[Connection]) -> Any:
        def poll(seconds: float) -> list[tuple[int, int]]:
            busy = [each for each in those if each.session.ready_at > 0]  # type: ignore[attr-defined]
            ready, _, _ = wire.wait(busy, [], [], seconds)
            return [(each.fileno(), 1) for each in ready if each.session.ready_at]

        return poll

    return watching


def shared_loop(wire: Wire, *, clients: int) -> SharedLoop:
    bound = ScriptedBound(wire.clock)
    feed = Feed(keys(), operations=OPERATIONS, bounds=[bound], records=1_000)
    for_answers = connections(wire, range(clients))
    for each in for_answers:
        taken = each.session.receive

        def receive(taken: Any = taken, session: Any = each.session) -> Any:
            try:
                answer = taken()
            except Exception:
                session.ready_at = 0
                raise
            if answer is not None:
                session.ready_at = 0
            return answer

        each.receive = receive
    return SharedLoop(feed, for_answers, clock=wire.clock.now_s, watch=watch(wire))


def service(burst: Any) -> list[int]:
    return (burst.end - burst.sent).tolist()


def test_every_client_is_busy_all_the_time() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: MS)
    loop = shared_loop(wire, clients=4)
    ends, done = [], 0
    while wire.clock.now < 50 * MS:
        burst = loop.burst(50 * MS)
        assert burst.due is None
        ends += burst.end.tolist()
        done += burst.end.size
        assert np.median(service(burst)) == pytest.approx(MS, rel=0.02)
    assert done == pytest.approx(4 * 50, abs=8)
    assert ends == sorted(ends)


def test_long_requests_go_on_over_the_end_of_a_burst_and_are_counted_whole() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: 30 * MS)
    loop = shared_loop(wire, clients=3)
    sizes, services = [], []
    for end in (20, 40, 60, 80, 100):
        burst = loop.burst(end * MS)
        sizes.append(burst.end.size)
        services += service(burst)
    assert sizes[0] == 0
    assert len(wire.sent) == 3 * 4  # at 0, 30, 60 and 90 ms: no client ever stands still
    assert services == pytest.approx([30 * MS] * 9, rel=0.001)


def test_short_requests_are_all_answered_when_a_burst_ends() -> None:
    wire = Wire(TickingClock(tick_ns=20), lambda i: 10_000 + 100 * (i % 7))
    loop = shared_loop(wire, clients=2)
    for _ in range(30):
        burst = loop.burst(wire.clock.now + 2 * MS)
        assert burst.end.size > 0
        assert max(service(burst)) < 50_000
        assert loop.outstanding == 0
        wire.clock.now += 5 * MS  # the worker counts


def test_long_requests_are_answered_before_a_batch_is_encoded() -> None:
    """64 requests a batch; a millisecond each, in bursts of five."""
    wire = Wire(TickingClock(tick_ns=20), lambda _: MS)
    loop = shared_loop(wire, clients=4)
    services = []
    for _ in range(60):
        batch = loop._prepared
        loop.make_ready()
        if loop._prepared is not batch:
            assert loop.outstanding == 0
            wire.clock.now += 6 * MS
        services += service(loop.burst(wire.clock.now + 5 * MS))
    assert len(services) > 3 * 64
    assert max(services) < 1.2 * MS


def test_a_straggler_is_not_awaited_for_long() -> None:
    wire = Wire(TickingClock(tick_ns=20), lambda i: 500 * MS if i == 300 else 10_000)
    loop = shared_loop(wire, clients=1 + 1)
    found = []
    while len(wire.sent) < 301:
        found.append(loop.burst(wire.clock.now + MS // 2))
    until = wire.clock.now + 20 * MS
    loop.burst(until)
    assert wire.clock.now < until + 5 * MS
    assert loop.outstanding == 1


def test_nothing_is_sent_after_the_end_of_the_window() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: 3 * MS)
    loop = shared_loop(wire, clients=4)
    loop.burst(20 * MS, due_before_ns=10 * MS)
    assert max(moment for _, moment in wire.sent) < 10 * MS
    while loop.outstanding:
        loop.burst(wire.clock.now + 20 * MS, due_before_ns=10 * MS)
    assert max(moment for _, moment in wire.sent) < 10 * MS


def test_failures_are_counted_and_the_client_goes_on() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: 10_000, lambda i: "x" if i % 3 == 0 else None)
    loop = shared_loop(wire, clients=2)
    done = failed = 0
    for _ in range(20):
        burst = loop.burst(wire.clock.now + MS)
        done, failed = done + burst.end.size, failed + len(burst.failed)
        assert [kind for kind, _, _ in loop.failures] == ["x"] * len(burst.failed)
    assert done > 200
    assert failed == pytest.approx(done / 3, abs=2)


def test_a_row_of_failures_ends_the_burst() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: 10_000, lambda _: "gone")
    loop = shared_loop(wire, clients=4)
    burst = loop.burst(10_000 * MS)
    assert wire.clock.now < 100 * MS
    assert MOST_FAILURES_IN_A_ROW <= len(burst.failed) == burst.end.size


def test_a_stalled_server_does_not_hold_the_worker() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda i: 10_000 if i < 50 else 10_000 * MS)
    loop = shared_loop(wire, clients=2)
    while wire.clock.now < 200 * MS:
        loop.burst(wire.clock.now + 20 * MS)
    assert loop.outstanding == 2
    burst = loop.abandon("timeout", "no answer")
    assert len(burst.failed) == 2
    assert loop.outstanding == 0
    assert [kind for kind, _, _ in loop.failures] == ["timeout"] * 2


def test_batches_follow_each_other_without_a_gap_or_a_repetition() -> None:
    """64 keys a batch; what was handed out is what was asked, each once."""
    asked: list[int] = []
    wire = Wire(TickingClock(tick_ns=20), lambda _: 10_000)
    loop = shared_loop(wire, clients=3)
    for each in loop._connections:
        plain = each.sends[0]

        def send(argument: Any, plain: Any = plain) -> None:
            asked.append(argument)
            plain(argument)

        each.sends = [send]
    for _ in range(40):
        loop.make_ready()
        loop.burst(wire.clock.now + MS)
    assert len(asked) > 500
    assert asked == list(range(len(asked)))


def test_those_who_join_take_part() -> None:
    wire = Wire(TickingClock(tick_ns=50), lambda _: MS)
    loop = shared_loop(wire, clients=1)
    loop.burst(5 * MS)
    loop.join(connections(wire, [7]))
    loop.burst(10 * MS)
    assert {number for number, _ in wire.sent} == {0, 7}


def test_a_connection_that_was_closed_is_no_obstacle_for_those_who_join() -> None:
    near, far = socket.socketpair()
    with near, far:
        wire = Wire(TickingClock(), lambda _: 0)
        loop = SharedLoop(
            Feed(keys(), operations=OPERATIONS, bounds=[ScriptedBound(wire.clock)], records=1_000),
            connections(wire, [-1]),
            clock=wire.clock.now_s,
        )
        loop.join(connections(wire, [near.fileno()]))
        assert list(loop._by_descriptor) == [near.fileno()]


def test_on_real_sockets() -> None:
    sessions = [NoopDialer().dial() for _ in range(3)]
    bounds = [session.bind(OPERATIONS[0]) for session in sessions]
    feed = Feed(keys(), operations=OPERATIONS, bounds=bounds[:1], records=1_000)  # type: ignore[arg-type]
    loop = SharedLoop(
        feed,
        [Connection(s, [b]) for s, b in zip(sessions, bounds, strict=True)],  # type: ignore[list-item]
        clock=time.perf_counter,
    )
    done = 0
    for _ in range(20):
        loop.make_ready()
        burst = loop.burst(time.perf_counter_ns() + 5 * MS)
        done += burst.end.size
        assert (burst.end >= burst.sent).all()
    assert done > 200
    assert loop.spare_ns >= 0
    for session in sessions:
        session.close()


def test_a_poll_without_epoll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems that are not Linux have `poll`."""
    monkeypatch.delattr(shared.select, "epoll")
    near, far = socket.socketpair()
    with near, far:
        wire = Wire(TickingClock(), lambda _: 0)
        (connection,) = connections(wire, [near.fileno()])
        poll = shared.watching([connection])
        assert poll(0.0) == []
        far.send(b"x")
        assert [descriptor for descriptor, _ in poll(1.0)] == [near.fileno()]
