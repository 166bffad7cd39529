"""A server that stops for 300 ms: what open load must show of it, and what closed load cannot.

The expected percentiles are arithmetic: the due times are known, the stall's begin and end were
recorded, and one connection answers in the order in which requests were due (Lindley's recursion).
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from provoked_ground import SHORT, During, Lab, Stall, laboratory, workload_file

from bench.driver.conduct import Measured
from results.record import Record

STALL_S = 0.3
RATE_PER_S = 2_000.0
TOLERANCE = 0.02
# A neighbour on the machine that takes the processor is a stall of its own, which no arithmetic
# knows of; such a measurement is repeated, not excused.
ATTEMPTS = 3

pytestmark = pytest.mark.slow


def stalled(directory: Path, patch: pytest.MonkeyPatch, load: str) -> tuple[Lab, Record, Stall]:
    """A trial of 10,000 requests in the middle of which the server stops."""
    directory.mkdir()
    stall = Stall(STALL_S)
    pace = replace(SHORT, duration_s=5.1, warmup_min_s=0.3, warmup_max_s=0.5)
    with laboratory(directory, patch, pace) as lab:
        (record,) = lab.run(workload_file(directory), load=load, progress=During(0.5, stall))
    return lab, record, stall


def expected_s(measured: Measured, stall: Stall, service_s: float) -> npt.NDArray[np.float64]:
    """Response time of every request of the window if each is answered `service_s` after it was
    sent, one after the other, but none while the server is stopped."""
    job, window = measured.jobs[0], measured.window
    assert job.schedule is not None
    assert window is not None
    moments = next(job.schedule.moments(worker=0, workers=1, seed=job.seed))
    chunks = [moments]
    for chunk in job.schedule.moments(worker=0, workers=1, seed=job.seed):
        chunks.append(chunk)
        if chunk[-1] + measured.start_ns > window.to_ns:
            break
    dues = np.concatenate(chunks[1:]) + measured.start_ns
    times, free_at = [], 0.0
    for due in dues[dues < window.to_ns]:
        begin = max(float(due), free_at)
        free_at = begin + service_s * 1e9
        if begin < stall.to_ns and free_at > stall.from_ns:
            # whatever was under way or would have begun goes on when the stall is over
            left = free_at - max(begin, stall.from_ns)
            free_at = stall.to_ns + left
        if due >= window.from_ns:
            times.append((free_at - due) / 1e9)
    return np.array(times)


def nearest_rank(values: npt.NDArray[np.float64], percent: float) -> float:
    return float(np.sort(values)[math.ceil(percent / 100 * len(values)) - 1])


def test_a_stall_in_open_load_is_in_the_percentiles_as_arithmetic_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for attempt in range(ATTEMPTS):
        load = f"open:{RATE_PER_S:g}/s,constant,clients=1"
        lab, record, stall = stalled(tmp_path / f"open{attempt}", monkeypatch, load)
        assert record.outcome == "ok", record.error
        (measured,), (operation,) = lab.measured, record.operations
        assert operation.service.p50_s is not None
        assert operation.response is not None
        times = expected_s(measured, stall, operation.service.p50_s)
        # nothing is left out: every request that was due is counted
        assert operation.count == len(times)
        found = (operation.response.p99_s, operation.response.p999_s, operation.response.max_s)
        wanted = tuple(nearest_rank(times, p) for p in (99, 99.9, 100))
        seen.append((found, wanted, stall.length_s))
        if all(f == pytest.approx(w, rel=TOLERANCE) for f, w in zip(found, wanted, strict=True)):
            break
    else:
        pytest.fail(f"(found, expected, stall): {seen}")
    # the whole of the stall, less the 1 % and the 0.1 % of the requests that waited longest
    assert wanted[1] == pytest.approx(stall.length_s - 10 / RATE_PER_S, rel=TOLERANCE)
    # the wait was for a connection, and it is said so
    assert record.client.queued_fraction is not None
    assert record.client.queued_fraction > 0.9 * stall.length_s * RATE_PER_S / len(times)


def test_the_same_stall_in_closed_load_is_labelled_for_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for attempt in range(ATTEMPTS):
        _, record, stall = stalled(tmp_path / f"closed{attempt}", monkeypatch, "closed:2")
        (times,) = (operation.service for operation in record.operations)
        assert times.p99_s is not None
        assert times.max_s is not None
        if times.max_s == pytest.approx(stall.length_s, rel=TOLERANCE):
            break
    # two requests waited, one of each client; the percentiles do not know of it
    assert times.max_s == pytest.approx(stall.length_s, rel=TOLERANCE)
    assert times.p99_s < stall.length_s / 10
    assert record.operations[0].response is None
    (finding,) = (f for f in record.findings if f.code == "G-OMISSION")
    assert finding.level == "warning"
    assert "coordinated omission" in finding.message
    # what open load at a steady rate would have shown: all but the share that waits longer
    share = 0.001 if times.p999_s is not None else 0.01
    expected = stall.length_s - share * record.duration_s
    assert finding.value == pytest.approx(expected, rel=TOLERANCE)
