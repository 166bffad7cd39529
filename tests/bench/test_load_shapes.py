"""Ramps and steps: how they are written, and what they offer when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_search_run import requested, results_of

from bench.runner.loads import Offer, parse
from bench.runner.shapes import Shape
from workloads import spec
from workloads.errors import InputError


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("open:ramp(100/s..2000/s)", Shape("ramp", (100.0, 2_000.0))),
        ("open:ramp(2k/s..0/s)", Shape("ramp", (2_000.0, 0.0))),
        ("open:steps(100/s,500/s,2000/s)", Shape("steps", (100.0, 500.0, 2_000.0))),
        ("open:daily(100/s..2000/s)", Shape("daily", (100.0, 2_000.0))),
        ("open:spiky(100/s..2000/s)", Shape("spiky", (100.0, 2_000.0))),
        ("open:intermittent(500/s)", Shape("intermittent", (500.0,))),
    ],
)
def test_a_shape_is_read_and_its_text_reads_back(text: str, shape: Shape) -> None:
    offer = parse(text, cpus=2)
    assert offer == Offer(kind="open", clients=16, process="poisson", shape=shape)
    assert parse(offer.text, cpus=2) == offer


def test_options_follow_a_shape() -> None:
    offer = parse("open:steps(100/s,500/s),constant,clients=4", cpus=2)
    assert (offer.process, offer.clients) == ("constant", 4)
    assert offer.arrivals == "constant, steps(100/s,500/s)"
    assert offer.mean_per_s == 300
    assert parse(offer.text, cpus=2) == offer


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("open:rmp(1/s..2/s)", "no shape 'rmp(1/s..2/s)'"),
        ("open:ramp(1/s..2/s", "no shape 'ramp(1/s..2/s'"),
        ("open:ramp(1/s)", "ramp takes two rates"),
        ("open:daily(1/s)", "daily takes two rates"),
        ("open:intermittent(1/s..2/s)", "intermittent takes one rate"),
        ("open:ramp(1/s..2/s..3/s)", "ramp takes two rates"),
        ("open:ramp(0/s..0/s)", "at least one of them above 0"),
        ("open:ramp(5..6)", "no unit"),
        ("open:steps(5/s)", "steps takes 2 to 1000 rates"),
        ("open:steps()", "not a number"),
        ("open:steps(-5/s,5/s)", "negative"),
    ],
)
def test_a_wrong_shape_is_one_clear_error(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, cpus=2)
    assert says in caught.value.message
    assert "open:ramp(100/s..2000/s)" in caught.value.hint


def day(text: str) -> np.ndarray:
    """When requests are due in a window of 10 s after a lead of 2 s, seconds since it began."""
    shape = parse(f"open:{text}", cpus=2).shape
    assert shape is not None
    profile = shape.profile(window_s=10.0, lead_s=2.0)
    assert profile.duration_s == pytest.approx(12.0)
    assert shape.compression(10.0) == 8_640.0
    lead = 2.0 * float(profile.rate_per_s[0])
    assert profile.requests - lead == pytest.approx(10.0 * shape.mean_per_s, rel=1e-3)
    due = profile.due_s(np.arange(profile.requests - 1)) - 2.0
    return np.asarray(due[due >= 0])


def test_a_day_is_busiest_in_the_afternoon() -> None:
    hours = np.histogram(day("daily(100/s..2000/s)"), bins=24, range=(0, 10))[0]
    assert hours.argmax() in (15, 16)
    assert hours.argmin() in (3, 4)
    assert hours.max() / hours.min() == pytest.approx(18, rel=0.15)


def test_spikes_come_four_times_a_day_for_a_quarter_of_an_hour() -> None:
    parts = np.histogram(day("spiky(100/s..2000/s)"), bins=192, range=(0, 10))[0]
    busy = parts > 1_000 * 10 / 192
    assert busy.sum() == 8  # of 7.5 minutes each
    assert (np.diff(busy.astype(int)) == 1).sum() == 4


def test_intermittent_use_is_from_nine_to_five() -> None:
    due = day("intermittent(600/s)")
    assert due.min() == pytest.approx(10 * 9 / 24)
    assert 10 * 16.9 / 24 < due.max() < 10 * 17 / 24


def test_other_shapes_have_no_time_of_their_own() -> None:
    assert Shape("ramp", (1.0, 2.0)).compression(5.0) is None


def test_a_trial_without_a_window_compresses_no_day() -> None:
    assert Shape("daily", (10.0, 100.0)).compression(0.0) is None


def offered(text: str, *, window_s: float, lead_s: float) -> np.ndarray:
    """Due times relative to the window, seconds."""
    offer = parse(f"{text},constant", cpus=2)
    schedule = offer.schedule(spec.load("book-store"), window_s=window_s, lead_s=lead_s)
    assert schedule is not None
    moments = np.concatenate(list(schedule.moments(worker=0, workers=1, seed=1)))
    return moments / 1e9 - lead_s


def test_steps_divide_the_window_and_the_lead_has_the_first_rate() -> None:
    due = offered("open:steps(100/s,400/s,200/s)", window_s=3.0, lead_s=2.0)
    counts = np.histogram(due, bins=[-2, 0, 1, 2, 3])[0]
    assert np.abs(counts - [200, 100, 400, 200]).max() <= 1
    assert due.max() < 3.0


def test_a_ramp_rises_steadily_over_the_window() -> None:
    due = offered("open:ramp(100/s..500/s)", window_s=4.0, lead_s=1.0)
    counts = np.histogram(due, bins=[-1, 0, 1, 2, 3, 4])[0]
    # the mean of each second's ends
    assert np.abs(counts - [100, 150, 250, 350, 450]).max() <= 1


def test_workers_follow_the_peak_of_a_shape() -> None:
    offer = parse("open:ramp(100/s..35k/s)", cpus=8)
    assert offer.workers(cpus=8, pipelined=True, in_process=False) == 4


def test_thinking_clients_have_a_process_each() -> None:
    offer = parse("closed:20,think=5ms", cpus=2)
    assert offer.think_s == 0.005
    assert offer.workers(cpus=2, pipelined=True, in_process=False) == 20


@pytest.mark.slow
def test_a_run_under_steps_measures_the_window_it_offers(tmp_path: Path) -> None:
    request = requested("open:steps(200/s,800/s)", tmp_path, duration_s=0.6)
    records, _ = results_of(request, tmp_path)
    (record,) = [r for r in records if r.trial.phase == "mix"]
    assert record.load.rate_per_s == 500
    assert record.load.arrivals == "poisson, steps(200/s,800/s)"
    assert record.steady is None
    assert record.duration_s == pytest.approx(0.6)
    assert record.operations_done == pytest.approx(300, abs=90)
    points = [second.operations for second in record.series]
    assert sum(points[len(points) // 2 :]) > 2 * sum(points[: len(points) // 2])
