"""The recorder: what is in the window, what is counted, and that its memory does not grow."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from driver_doubles import MS
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.driver.recorder import FOREVER_NS, Burst, Recorder


def burst(
    starts: list[int],
    lengths: list[int],
    *,
    operation: list[int] | None = None,
    failed: tuple[int, ...] = (),
    due: list[int] | None = None,
    free: list[int] | None = None,
) -> Burst:
    sent = np.array(starts, dtype=np.int64)
    return Burst(
        operation=np.array(operation or [0] * len(starts), dtype=np.uint8),
        due=None if due is None else np.array(due, dtype=np.int64),
        sent=sent,
        end=sent + np.array(lengths, dtype=np.int64),
        failed=failed,
        free=None if free is None else np.array(free, dtype=np.int64),
    )


def recorder(operations: int = 1, *, open_load: bool = False) -> Recorder:
    made = Recorder(operations, resolution_ns=1_000, slice_ns=10 * MS, open_load=open_load)
    made.begin(0)
    return made


def test_an_operation_belongs_to_the_window_in_which_it_started_however_long_it_takes() -> None:
    found = recorder()
    found.window(10 * MS, 20 * MS)
    found.add(burst([5 * MS, 12 * MS, 19 * MS, 25 * MS], [2 * MS, 3 * MS, 500 * MS, MS][:4]))
    (tally,) = found.tallies()
    assert (tally.done, tally.all_done) == (2, 4)
    assert tally.service.count == 2
    assert tally.service.max_ns == pytest.approx(500 * MS, rel=0.001)
    assert found.first_start_ns == 12 * MS


def test_open_load_is_judged_by_the_due_time_and_gives_both_times() -> None:
    found = recorder(open_load=True)
    found.window(10 * MS, 20 * MS)
    # due inside, sent and answered after the window
    found.add(burst([30 * MS], [MS], due=[15 * MS], free=[29 * MS]))
    (tally,) = found.tallies()
    assert tally.done == 1
    assert tally.response is not None
    assert tally.service.max_ns == pytest.approx(MS, rel=0.001)
    assert tally.response.max_ns == pytest.approx(16 * MS, rel=0.001)
    assert found.queue_wait is not None
    assert found.lag is not None
    assert (found.queue_wait.count, found.lag.count) == (1, 0)


def test_failures_are_counted_by_kind_and_are_in_no_latency() -> None:
    found = recorder(2)
    found.window(0, FOREVER_NS)
    found.add(burst([0, 1, 2, 3], [MS] * 4, operation=[0, 1, 1, 0], failed=(1, 3)))
    found.failure("timeout", 7, "first")
    found.failure("timeout", 9, "second")
    reads, updates = found.tallies()
    assert [(t.done, t.failed, t.service.count) for t in (reads, updates)] == [(1, 1, 1)] * 2
    (failures,) = found.failures()
    assert (failures.kind, failures.count, failures.first_at_ns) == ("timeout", 2, 7)
    assert failures.example == "first"


def test_failures_before_the_window_are_kept_apart() -> None:
    found = recorder()
    found.failure("refused", 5, "x")
    found.window(10, 20)
    found.failure("refused", 15, "x")
    (failures,) = found.failures()
    assert (failures.count, failures.all_count) == (1, 2)


def test_slices_hold_what_ended_in_them() -> None:
    found = recorder()
    found.add(burst([0, 5 * MS, 11 * MS, 39 * MS], [MS, MS, MS, 3 * MS], failed=(2,)))
    slices, complete = found.complete_slices(42 * MS)
    assert complete == 4
    assert [(s.position, s.operations, s.errors) for s in slices] == [
        (0, 2, 0),
        (1, 0, 1),
        (2, 0, 0),
        (3, 0, 0),
    ]
    assert found.complete_slices(45 * MS) == ((), 4)
    assert [(s.position, s.operations, s.max_ns) for s in found.all_slices()][-1] == (4, 1, 3 * MS)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 30 * MS), st.integers(0, 2), st.booleans()), min_size=1),
        max_size=6,
    )
)
def test_nothing_is_lost_whatever_the_bursts(bursts: list[list[tuple[int, int, bool]]]) -> None:
    found = recorder(3)
    found.window(20 * MS, 90 * MS)
    at, started = 0, []
    for operations in bursts:
        starts, lengths = [], []
        for length, _, _ in operations:
            starts.append(at)
            lengths.append(length)
            at += length
        failed = tuple(i for i, (_, _, fails) in enumerate(operations) if fails)
        found.add(
            burst(starts, lengths, operation=[kind for _, kind, _ in operations], failed=failed)
        )
        started += [
            (s, kind, fails) for s, (_, kind, fails) in zip(starts, operations, strict=True)
        ]
    tallies = found.tallies()
    for kind, tally in enumerate(tallies):
        mine = [(s, fails) for s, k, fails in started if k == kind]
        inside = [fails for s, fails in mine if 20 * MS <= s < 90 * MS]
        assert tally.all_done + tally.all_failed == len(mine)
        assert (tally.done, tally.failed) == (inside.count(False), inside.count(True))
        assert tally.service.count == tally.done
    slices = found.all_slices()
    assert sum(s.operations for s in slices) == sum(t.all_done for t in tallies)
    assert sum(s.errors for s in slices) == sum(t.all_failed for t in tallies)


def test_memory_is_constant_in_the_number_of_operations() -> None:
    """Ten million operations in 100 s of slices; 100 million differ in nothing but time."""
    found = recorder(2)
    found.window(0, FOREVER_NS)
    size = 8_192
    operation = np.arange(size, dtype=np.uint8) % 2
    lengths = np.full(size, 10_000, dtype=np.int64)

    def fill(rounds: int, at: int) -> int:
        for _ in range(rounds):
            ends = at + np.cumsum(lengths)
            found.add(Burst(operation, None, ends - lengths, ends))
            at = int(ends[-1])
        return at

    at = fill(100, 0)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        fill(1_120, at)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(t.done for t in found.tallies()) == 1_220 * size
    assert after - before < 4 << 20
    assert peak - before < 16 << 20
