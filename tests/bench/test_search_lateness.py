"""Late answers: counted by slice in workers, added up by the parent, and ending a window early."""

from __future__ import annotations

import numpy as np
from driver_doubles import workload
from hypothesis import given
from hypothesis import strategies as st
from test_driver_processes import TIMING, crew

from bench.driver.conduct import Timing, conduct
from bench.driver.lateness import Lateness, LateSeries
from bench.driver.messages import Job, Late, Limit
from bench.driver.recorder import Burst
from bench.engines.noop import NoopDialer
from bench.engines.seam import Counters
from workloads.arrivals import Arrivals
from workloads.arrivals.profile import steady

SLICE = 100
LIMITS = (Limit((0,), 30), Limit((1, 2), 50), Limit((0, 1, 2), 10))


def burst(rows: list[tuple[int, int, int, bool]]) -> Burst:
    """Of (operation, end, response time, failed)."""
    ordered = sorted(rows, key=lambda row: row[1])
    end = np.array([row[1] for row in ordered], dtype=np.int64)
    took = np.array([row[2] for row in ordered], dtype=np.int64)
    return Burst(
        operation=np.array([row[0] for row in ordered], dtype=np.uint8),
        due=end - took,
        sent=end - 1,
        end=end,
        failed=tuple(at for at, row in enumerate(ordered) if row[3]),
    )


ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2_000), st.integers(0, 100), st.booleans()),
    max_size=60,
)


@given(ROWS, ROWS)
def test_counts_are_those_of_counting_one_by_one(
    first: list[tuple[int, int, int, bool]], second: list[tuple[int, int, int, bool]]
) -> None:
    found = Lateness(LIMITS, operations=3, slice_ns=SLICE)
    found.add(burst(first))
    found.add(burst(second))
    expected: dict[int, Late] = {}
    for at in range(21):
        counted, late = [], []
        for limit in LIMITS:
            mine = [r for r in first + second if r[1] // SLICE == at and r[0] in limit.operations]
            counted.append(len(mine))
            late.append(sum(r[3] or r[2] > limit.ns for r in mine))
        if any(counted):
            expected[at] = Late(at, tuple(counted), tuple(late))
    assert {late.position: late for late in found.all()} == expected


def test_each_slice_is_given_once_and_without_limits_nothing_is() -> None:
    found = Lateness(LIMITS, operations=3, slice_ns=SLICE)
    found.add(burst([(0, 50, 40, False), (1, 150, 5, False)]))
    assert [late.position for late in found.complete(1)] == [0]
    found.add(burst([(2, 260, 60, False)]))
    assert [late.position for late in found.complete(3)] == [1, 2]
    assert found.complete(3) == ()
    none = Lateness((), operations=3, slice_ns=SLICE)
    none.add(burst([(0, 50, 40, True)]))
    assert none.all() == ()


def test_workers_add_up_and_final_counts_replace_the_first() -> None:
    series = LateSeries(2, 1)
    series.add(0, [Late(0, (5,), (1,)), Late(1, (5,), (0,))])
    series.add(1, [Late(1, (3,), (2,))])
    series.replace(1, [Late(1, (4,), (3,)), Late(2, (1,), (1,))])
    assert series.between(0, 4).tolist() == [[[5, 1]], [[9, 3]], [[1, 1]], [[0, 0]]]
    assert series.between(1, 2).tolist() == [[[9, 3]]]


def test_a_window_ends_when_enough_was_seen() -> None:
    long = Timing(
        duration_s=20.0, warmup_min_s=0.05, warmup_max_s=0.2, slice_s=0.01, grace_s=2.0, drain_s=1.0
    )
    seen: list[int] = []

    def enough(slices: object, lates: np.ndarray) -> bool:
        seen.append(int(lates[:, 0, 0].sum()))
        return seen[-1] >= 200

    job = Job(
        dialer=NoopDialer(),
        workload=workload("read", "update"),
        seed=1,
        worker=0,
        workers=1,
        records=1_000,
        clients=2,
        resolution_ns=100,
        schedule=Arrivals(load=steady(2_000), process="constant"),
        slice_ns=10_000_000,
        burst_ns=10_000_000,
        limits=(Limit((0, 1), 0),),
    )
    with crew(1) as made:
        measured = conduct(made, [job], long, probe=Counters, enough=enough)
    assert measured.window is not None
    assert measured.lates is not None
    window_s = (measured.window.to_ns - measured.window.from_ns) / 1e9
    assert 0.1 <= window_s < 10
    done = sum(tally.done for tally in measured.reports[0].tallies)
    # every request that was due in the shortened window, and no other
    assert abs(done - 2_000 * window_s) <= 1
    counted, late = measured.lates.sum(axis=0)[0].tolist()
    assert counted == late  # nothing takes no time at all
    assert counted >= 200
    assert len(measured.lates) == round(window_s / 0.01)


def test_a_window_at_a_fixed_time_begins_there() -> None:
    from dataclasses import replace

    from test_driver_processes import jobs

    with crew(1) as made:
        timing = replace(TIMING, window_at_s=0.25)
        measured = conduct(made, jobs(1, rate_per_s=500), timing, probe=Counters)
    assert measured.warmup_s == 0.25
    assert measured.steady().steady is None
    assert "by plan" in measured.steady().reason
