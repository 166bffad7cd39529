"""Arrivals: the declared process, whole or dealt out over workers."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads import arrivals
from workloads.arrivals import profile, series
from workloads.errors import InputError

Times = npt.NDArray[np.int64]


def joined(chunks: Iterable[Times], most: int | None = None) -> Times:
    """The times of some (or, without `most`, all) chunks."""
    taken = list(chunks if most is None else itertools.islice(chunks, most))
    assert all(len(chunk) and chunk.dtype == np.int64 for chunk in taken)
    return np.concatenate(taken)


def test_constant_arrivals_are_evenly_spaced_without_end() -> None:
    times = joined(arrivals.constant(2_500.0), most=20)
    assert (times == np.arange(len(times)) * 400_000).all()


@pytest.mark.parametrize("rate", [0.3, 333.0, 1e6])
def test_the_number_of_arrivals_is_rate_times_duration(rate: float) -> None:
    duration_s = 30_000 / rate
    times = joined(arrivals.constant(rate, duration_s=duration_s))
    assert abs(len(times) - 30_000) <= 1
    assert times[-1] < duration_s * 1e9
    times = joined(arrivals.poisson(rate, seed=4, duration_s=duration_s))
    assert len(times) == pytest.approx(30_000, abs=4.5 * math.sqrt(30_000))


def test_poisson_waits_are_exponential_and_independent() -> None:
    rate = 10_000.0
    waits = np.diff(joined(arrivals.poisson(rate, seed=1), most=25)) / 1e9 * rate
    assert waits.mean() == pytest.approx(1.0, abs=4.5 / math.sqrt(len(waits)))
    assert waits.std() == pytest.approx(1.0, abs=0.02)
    # Kolmogorov-Smirnov against 1 - exp(-x); 1.95 / sqrt(n) is passed once in 1,000.
    steps = np.arange(1, len(waits) + 1) / len(waits)
    distance = np.abs(steps - (1.0 - np.exp(-np.sort(waits)))).max()
    assert distance < 1.95 / math.sqrt(len(waits))
    assert abs(np.corrcoef(waits[:-1], waits[1:])[0, 1]) < 0.015


@pytest.mark.parametrize("process", ["constant", "poisson"])
@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_merged_workers_make_the_same_process(process: arrivals.Process, workers: int) -> None:
    load = profile.ramp(0.0, 4_000.0, duration_s=10.0)
    whole = joined(arrivals.along(load, process=process, seed=9))
    shares = [
        joined(arrivals.along(load, process=process, seed=9, worker=w, workers=workers))
        for w in range(workers)
    ]
    assert all((np.diff(share) >= 0).all() for share in shares)
    assert (np.sort(np.concatenate(shares)) == whole).all()
    fair = len(whole) / workers
    assert all(abs(len(share) - fair) < 5 * math.sqrt(fair) for share in shares)


def test_a_worker_of_many_still_sees_a_poisson_process() -> None:
    share = joined(arrivals.poisson(8_000.0, seed=3, worker=1, workers=4), most=40)
    waits = np.diff(share) / 1e9 * 2_000.0
    assert waits.std() / waits.mean() == pytest.approx(1.0, abs=0.03)


def test_arrivals_are_a_pure_function_of_the_seed() -> None:
    first = joined(arrivals.poisson(100.0, seed=1), most=3)
    assert (first == joined(arrivals.poisson(100.0, seed=1), most=3)).all()
    assert not (first == joined(arrivals.poisson(100.0, seed=2), most=3)).all()


def test_steps_keep_to_their_rates() -> None:
    load = profile.steps([1_000.0, 0.0, 500.0], each_s=2.0)
    times = joined(arrivals.along(load, process="constant", seed=0)) / 1e9
    assert np.histogram(times, [0, 2, 4, 6])[0].tolist() == [2_000, 0, 1_000]
    assert load.mean_per_s == 500.0


def test_a_ramp_follows_its_parabola() -> None:
    up = joined(
        arrivals.along(profile.ramp(0.0, 100.0, duration_s=100.0), process="constant", seed=0)
    )
    # 50 t^2 / 100 requests by time t: the n-th at sqrt(2 n).
    assert up / 1e9 == pytest.approx(np.sqrt(2.0 * np.arange(5_000)), abs=1e-9)
    down = joined(
        arrivals.along(profile.ramp(100.0, 0.0, duration_s=100.0), process="constant", seed=0)
    )
    assert down / 1e9 == pytest.approx(100.0 - np.sqrt(1e4 - 2.0 * np.arange(5_000)), abs=1e-6)


@given(
    rates=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20).filter(lambda r: sum(r) > 1e-3),
    each_s=st.floats(0.01, 1e5),
)
@settings(max_examples=60, deadline=None)
def test_due_times_invert_the_cumulative_rate(rates: list[float], each_s: float) -> None:
    load = profile.steps(rates, each_s=each_s)
    counts = np.linspace(0.0, load.requests, 50, endpoint=False)
    due = load.due_s(counts)
    assert (np.diff(due) >= 0).all()
    assert (due <= load.duration_s * (1 + 1e-12)).all()
    edges = np.arange(len(rates) + 1) * each_s
    cumulative = np.concatenate([[0.0], np.cumsum(np.array(rates) * each_s)])
    assert np.interp(due, edges, cumulative) == pytest.approx(counts, rel=1e-6, abs=1e-6)


def test_a_load_can_cross_to_another_process() -> None:
    load = arrivals.Arrivals(load=profile.steady(50.0), process="poisson")
    other = pickle.loads(pickle.dumps(load))
    assert other.rate_per_s == 50.0
    first = next(load.moments(worker=0, workers=2, seed=5))
    assert (first == next(other.moments(worker=0, workers=2, seed=5))).all()


def test_a_trace_is_read_and_followed(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("time,requests per second\n0,10\n60,0\n120,40\n")
    found = series.read(path)
    assert found == series.Series(
        times_s=(0.0, 60.0, 120.0), rates_per_s=(10.0, 0.0, 40.0), duration_s=180.0
    )
    assert found.mean_per_s == pytest.approx(50 / 3)
    assert found.peak_per_s == 40.0
    times = joined(arrivals.trace(found, seed=1, process="constant")) / 1e9
    assert np.histogram(times, [0, 60, 120, 180])[0].tolist() == [600, 0, 2_400]
    drawn = joined(arrivals.trace(found, seed=1)) / 1e9
    assert np.histogram(drawn, [0, 60, 120, 180])[0][1] == 0
    assert len(drawn) == pytest.approx(3_000, abs=250)


def test_a_cloudwatch_export_holds_sums_of_intervals_in_any_order() -> None:
    lines = [
        "Full label,RequestCount",
        "Label,RequestCount Sum",
        "2026/01/01 00:05:00,600",
        "2026/01/01 00:00:00,300",
        "2026/01/01 00:15:00,900",
        "2026/01/01 00:10:00,",
        "2026/01/01 00:20:00,0",
    ]
    found = series.parse(lines, name="export")
    assert found.times_s == (0.0, 300.0, 900.0, 1200.0)
    assert found.rates_per_s == (1.0, 2.0, 3.0, 0.0)
    assert found.duration_s == 1500.0


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "no values"),
        (["time,rate"], "no values"),
        (["0,5"], "1 value"),
        (["0,5", "1,nan"], "line 2.*at least 0"),
        (["0,5", "1,-3"], "line 2.*at least 0"),
        (["0,5", "1,inf"], "line 2"),
        (["0,5", "1,many"], "line 2.*'many' is not a number"),
        (["0,5", "noon,4"], "line 2.*'noon' is not a time"),
        (["0,5", "1"], "line 2.*no rate"),
        (["0,5", "0,6"], "line 2.*second rate for one time, '0'"),
        (["0,5", '"1\n', 'x",5', "2,5"], r"line 3: '1\\nx' is not a time"),
        (["0,5", "x" * 200_000], "line 2.*field larger than field limit"),
    ],
)
def test_a_wrong_trace_names_the_line(lines: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        series.parse(lines, name="visits.csv")


def test_a_trace_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: .*cannot be read: No such file"):
        series.read(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        series.read(tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"0,1\n1,\xff\xfe\x00\x01")
    with pytest.raises(InputError, match=r"binary\.csv, line 2: .*0xff is not UTF-8") as caught:
        series.read(tmp_path / "binary.csv")
    assert "two columns" in caught.value.hint


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf])
def test_impossible_rates_are_input_errors(rate: float) -> None:
    with pytest.raises(InputError):
        arrivals.constant(rate)
    with pytest.raises(InputError):
        arrivals.poisson(rate, seed=1, duration_s=10.0)


def test_impossible_stretches_are_input_errors() -> None:
    for wrong in (0.0, -1.0, math.nan):
        with pytest.raises(InputError, match="no stretch of time"):
            profile.steady(5.0, duration_s=wrong)
    with pytest.raises(InputError, match="offers nothing"):
        profile.steps([], each_s=1.0)
    with pytest.raises(InputError, match="no stretch of time"):
        profile.ramp(0.0, 5.0, duration_s=math.inf)
    with pytest.raises(InputError, match="worker 2 is not one of 2"):
        arrivals.constant(1.0, worker=2, workers=2)
