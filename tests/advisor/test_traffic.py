"""Traffic: every shape has the mean and the peak asked for; envelopes hold at least the load."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import services, traffic
from advisor.case import Case
from advisor.measured import Measured
from advisor.model import Plan
from advisor.sizing.envelope import envelopes
from advisor.variations import Variations
from workloads.spec.model import SHAPES, Data, Needs, Operation, Traffic, Workload


@pytest.mark.parametrize("shape", SHAPES)
def test_a_week_has_the_mean_and_the_peak_asked_for(shape: str) -> None:
    week = traffic.series(shape, mean_per_s=20.0, peak_per_s=100.0)
    assert sum(week.rates_per_s) / len(week.rates_per_s) == pytest.approx(20.0, rel=1e-6)
    assert max(week.rates_per_s) == pytest.approx(100.0)
    assert min(week.rates_per_s) >= 0.0


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_a_usual_ratio(shape: str) -> None:
    assert traffic.PEAK_TO_MEAN[shape] > 1


def test_intermittent_use_is_idle_outside_its_hours() -> None:
    week = traffic.series("intermittent", mean_per_s=1.0, peak_per_s=50.0, active_h_per_week=42.0)
    assert week.idle_share == pytest.approx(0.75)
    assert sum(1 for rate in week.rates_per_s if rate == 0.0) == 0.75 * len(week.rates_per_s)


def test_a_mean_that_the_hours_of_use_do_not_allow_is_lowered() -> None:
    week = traffic.series("intermittent", mean_per_s=40.0, peak_per_s=50.0, active_h_per_week=42.0)
    assert week.mean_per_s == pytest.approx(12.5)


def test_a_steady_load_at_its_peak_is_constant() -> None:
    week = traffic.series("daily", mean_per_s=50.0, peak_per_s=50.0)
    assert set(week.rates_per_s) == {50.0}
    assert week.busiest_day_per_s == pytest.approx(50.0)


def test_the_busiest_day_lies_between_mean_and_peak() -> None:
    for shape in SHAPES:
        week = traffic.series(shape, mean_per_s=20.0, peak_per_s=100.0)
        assert 20.0 * 0.999 <= week.busiest_day_per_s <= 100.0


def test_the_fast_envelope_is_the_load_itself() -> None:
    week = traffic.series("daily", mean_per_s=20.0, peak_per_s=100.0)
    followed = envelopes(week)
    assert followed.fast.mean_above(100.0, 0.0) == pytest.approx(20.0, rel=1e-6)
    assert followed.slow.mean_above(100.0, 0.0) > 20.0
    assert followed.fast.mean_above(1.0, 5.0) == pytest.approx(5.0)


def test_a_paused_database_holds_nothing_in_idle_slots() -> None:
    week = traffic.series("intermittent", mean_per_s=1.0, peak_per_s=50.0, active_h_per_week=42.0)
    followed = envelopes(week)
    awake = followed.fast.mean_above(1.0, 2.0)
    pausing = followed.fast.mean_while_used(1.0, 2.0)
    assert pausing == pytest.approx(awake - 2.0 * 0.75)


@settings(max_examples=80, deadline=None)
@given(
    shape=st.sampled_from(SHAPES),
    share=st.floats(0.03, 0.95),
    sharper=st.floats(1.0, 5.0),
    floor=st.floats(0.0, 50.0),
)
def test_a_larger_peak_never_holds_less(
    shape: str, share: float, sharper: float, floor: float
) -> None:
    def held(peak: float) -> list[float]:
        week = traffic.series(shape, mean_per_s=100.0 * share, peak_per_s=peak)
        followed = envelopes(week)
        return [e.mean_above(peak, floor) for e in (followed.fast, followed.slow)]

    for low, high in zip(held(100.0), held(100.0 * sharper), strict=True):
        assert high >= low * (1 - 1e-3)


NOTHING = Measured(samples={}, storage={}, refused=(), records=(), reference=True)
METERS = Workload(
    name="meters",
    data=Data(records=10**9, record_size_bytes=100.0),
    operations=(Operation(kind="insert", weight=55.0), Operation(kind="aggregate", weight=45.0)),
    traffic=Traffic(mean_per_s=100.0, peak_per_s=400.0, shape="daily"),
    needs=Needs(replica_lag_s=86400.0),
)


def rest_of(variations: Variations, workload: Workload) -> Case:
    """The case without the questions that a copy answers; the whole case where none does."""
    judged = variations.judge(workload)
    return judged.beside or judged.sized


def writes_billed(workload: Workload) -> float:
    """USD a month of the write units of the cheapest table."""
    variations = Variations(workload=workload, measured=NOTHING, region=None)
    table = services.get("dynamodb")
    assert table is not None
    plan = variations.book.plans(table, rest_of(variations, workload))[0]
    assert isinstance(plan, Plan)
    return sum(c.usd or 0.0 for c in plan.components if c.name.startswith("write "))


def test_questions_that_move_elsewhere_take_their_share_of_the_traffic_along() -> None:
    judged = Variations(workload=METERS, measured=NOTHING, region=None).judge(METERS)
    rest = judged.beside
    assert rest is not None
    assert [o.kind for o in rest.workload.operations] == ["insert"]
    week, whole = rest.series, judged.case.series
    assert week.mean_per_s == pytest.approx(55.0)
    assert week.peak_per_s == pytest.approx(0.55 * 400.0)
    assert week.busiest_day_per_s == pytest.approx(0.55 * whole.busiest_day_per_s)
    assert rest.filled.traffic.mean_per_s == pytest.approx(55.0)
    # what grows is what is inserted, whichever operations are sized
    assert rest.sizes.records_end == pytest.approx(judged.case.sizes.records_end)


def test_inserts_alone_cost_what_they_cost_beside_questions_that_moved_elsewhere() -> None:
    inserts = (Operation(kind="insert", weight=1.0),)
    alone = replace(
        METERS,
        operations=inserts,
        traffic=Traffic(mean_per_s=55.0, peak_per_s=220.0, shape="daily"),
    )
    assert writes_billed(METERS) == pytest.approx(writes_billed(alone), rel=1e-6)


def test_the_traffic_of_a_trace_is_shared_out_too(tmp_path: Path) -> None:
    trace = tmp_path / "visits.csv"
    rows = [f"{slot * 900},{100 + 50 * (slot % 7)}" for slot in range(96 * 7)]
    trace.write_text("\n".join(rows), encoding="utf-8")
    traced = replace(METERS, traffic=Traffic(trace=str(trace)))
    variations = Variations(workload=traced, measured=NOTHING, region=None)
    whole_per_s = variations.judge(traced).case.series.mean_per_s
    assert rest_of(variations, traced).series.mean_per_s == pytest.approx(0.55 * whole_per_s)
    alone = replace(traced, operations=METERS.operations[:1])
    table = services.get("dynamodb")
    assert table is not None
    # the same operations and the same trace: only the rates tell the two apart
    first, second = (
        variations.book.plans(table, rest_of(variations, w))[0] for w in (traced, alone)
    )
    assert isinstance(first, Plan)
    assert isinstance(second, Plan)
    assert (first.usd or 0.0) < 0.7 * (second.usd or 0.0)
