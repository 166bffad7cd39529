"""The case: defaults are listed, growth and archive follow from what was declared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.case import SECONDS_PER_MONTH, archived_bytes, prepare
from advisor.defaults import DEFAULTS, ONE_ZONE, STANDBY
from advisor.measured import Measured
from workloads import catalogue, spec
from workloads.errors import InputError
from workloads.spec import inputs
from workloads.spec.model import DEFAULT_KEYS, Data, Needs, Operation, Retention, Traffic, Workload
from workloads.stream import batches

NOTHING = Measured(samples={}, storage={}, refused=(), records=(), reference=True)
DAY_S = 86400.0
KNOWN = Workload(
    name="known",
    region="eu-west-1",
    data=Data(records=1000, record_size_bytes=100.0, growth_per_month=0.1),
    operations=(Operation(kind="read", weight=9.0), Operation(kind="insert", weight=1.0)),
    traffic=Traffic(mean_per_s=10.0, peak_per_s=40.0, shape="daily"),
)


def test_an_empty_workload_takes_every_default_and_lists_it() -> None:
    case = prepare(Workload(name="empty"), NOTHING)
    taken = {a.input for a in case.assumed}
    assert taken == {
        "region",
        "data.records",
        "data.record_size",
        "data.growth",
        "data.keys",
        "operations",
        "traffic.mean",
        "traffic.peak",
        "traffic.shape",
        "retention.backup",
        "needs.connections",
        "needs.failover",
    }
    assert all(a.why and a.value for a in case.assumed)
    assert case.workload == Workload(name="empty")
    assert case.region == "us-east-1"


def test_the_table_of_defaults_names_inputs_that_exist() -> None:
    known = {i.file_path for i in inputs()}
    for default in DEFAULTS:
        assert default.input in known or default.input in ("operations", "region", "horizon"), (
            default.input
        )
        assert default.why


def test_what_was_declared_stands() -> None:
    case = prepare(KNOWN, NOTHING)
    assert {a.input for a in case.assumed} == {
        "data.keys",
        "retention.backup",
        "needs.connections",
        "needs.failover",
        "horizon",
    }
    assert case.region == "eu-west-1"
    assert (case.series.mean_per_s, case.series.peak_per_s) == (10.0, 40.0)


@pytest.mark.parametrize("growth", [1e-15, 1e-12, 1e-9, -1e-12])
def test_growth_that_is_nearly_none_changes_nothing(growth: float) -> None:
    data = replace(KNOWN.data, records=1, growth_per_month=growth)
    sizes = prepare(replace(KNOWN, data=data), NOTHING).sizes
    assert sizes.records_mean == pytest.approx(1.0, rel=1e-7)


def test_a_standby_is_assumed_where_nobody_says_how_available_production_must_be() -> None:
    def said(**changes: Any) -> str | None:
        assumed = prepare(replace(KNOWN, **changes), NOTHING).assumed
        return next((a.value for a in assumed if a.input == "needs.failover"), None)

    assert said() == STANDBY
    assert said(traffic=replace(KNOWN.traffic, shape="development")) == ONE_ZONE
    assert said(needs=Needs(lowest_cost=True)) == ONE_ZONE
    assert said(needs=Needs(availability=0.9995)) is None


def test_the_horizon_is_listed_where_something_depends_on_it() -> None:
    def said(data: Data, **retention: float) -> str | None:
        asked = replace(KNOWN, data=data, retention=Retention(**retention))
        assumed = prepare(asked, NOTHING, horizon_months=18.0).assumed
        return next((a.value for a in assumed if a.input == "horizon"), None)

    still = replace(KNOWN.data, growth_per_month=0.0)
    assert said(KNOWN.data) == "18 months"
    assert said(still) is None
    assert said(still, live_s=86400.0, archive_s=86400.0 * 365) == "18 months"


def test_the_region_of_the_call_stands_before_the_workloads() -> None:
    assert prepare(KNOWN, NOTHING, region="us-east-1").region == "us-east-1"


def test_a_region_without_prices_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no prices for region 'mars-1'") as caught:
        prepare(replace(KNOWN, region="mars-1"), NOTHING)
    assert "us-east-1" in caught.value.hint


def test_declared_growth_compounds() -> None:
    sizes = prepare(KNOWN, NOTHING).sizes
    assert sizes.records_end == pytest.approx(1000 * 1.1**12)
    assert sizes.records_now < sizes.records_mean < sizes.records_end


def test_growth_that_nobody_gave_follows_the_inserts() -> None:
    unknown = replace(KNOWN, data=replace(KNOWN.data, growth_per_month=None))
    sizes = prepare(unknown, NOTHING).sizes
    assert sizes.records_end == pytest.approx(1000 + 12 * SECONDS_PER_MONTH)
    assert sizes.records_mean == pytest.approx(1000 + 6 * SECONDS_PER_MONTH)


def test_expiry_bounds_what_inserts_add() -> None:
    unknown = replace(
        KNOWN,
        data=replace(KNOWN.data, growth_per_month=None),
        retention=Retention(live_s=30 * DAY_S),
    )
    assert prepare(unknown, NOTHING).sizes.records_end == pytest.approx(30 * DAY_S)


def test_the_archive_holds_what_expired_within_the_horizon() -> None:
    kept = replace(KNOWN, retention=Retention(live_s=30 * DAY_S, archive_s=3650 * DAY_S))
    # one insert a second of 100 B; half of a year's on average
    assert archived_bytes(prepare(kept, NOTHING)) == pytest.approx(6 * SECONDS_PER_MONTH * 100)
    short = replace(KNOWN, retention=Retention(live_s=30 * DAY_S, archive_s=SECONDS_PER_MONTH))
    assert archived_bytes(prepare(short, NOTHING)) == pytest.approx(
        SECONDS_PER_MONTH * 100 * (1 - 1 / 24)
    )
    assert archived_bytes(prepare(KNOWN, NOTHING)) == 0.0


@pytest.mark.parametrize(
    ("traffic", "mean", "peak"),
    [
        (Traffic(mean_per_s=10.0, shape="daily"), 10.0, 40.0),
        (Traffic(peak_per_s=100.0, shape="spiky"), 10.0, 100.0),
        (Traffic(mean_per_s=10.0, peak_per_s=5.0), 10.0, 10.0),
    ],
)
def test_mean_and_peak_follow_from_each_other(traffic: Traffic, mean: float, peak: float) -> None:
    series = prepare(replace(KNOWN, traffic=traffic), NOTHING).series
    assert series.mean_per_s == pytest.approx(mean)
    assert series.peak_per_s == pytest.approx(peak)


def test_a_trace_replaces_mean_peak_and_shape(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text("time,rate\n0,10\n900,30\n1800,20\n")
    traced = replace(
        KNOWN,
        origin=str(tmp_path / "shop.yaml"),
        traffic=Traffic(trace="visits.csv"),
    )
    case = prepare(traced, NOTHING)
    assert case.series.peak_per_s == 30.0
    assert case.series.mean_per_s == pytest.approx(20.0)
    assert not {a.input for a in case.assumed} & {"traffic.mean", "traffic.peak", "traffic.shape"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no values"),
        ("time,rate\n", "no values"),
        ("time,rate\n0,x\n", "bad.csv, line 2: 'x' is not a number"),
        ("0,1\n1,nan\n", "bad.csv, line 2: a rate must be"),
        ("0,1\n1,-3\n", "bad.csv, line 2: a rate must be"),
        ("0,1\n1e400,1\n", "bad.csv, line 2: '1e400' is not a time"),
        ("0,0\n1,0\n", "no request"),
    ],
)
def test_a_bad_trace_is_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        prepare(replace(KNOWN, traffic=Traffic(trace=str(path))), NOTHING)


def test_a_trace_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        prepare(replace(KNOWN, traffic=Traffic(trace=str(tmp_path / "none.csv"))), NOTHING)


@settings(max_examples=60, deadline=None)
@given(
    records=st.integers(1, 10**9),
    growth=st.none() | st.floats(0.0, 0.5),
    live_days=st.none() | st.floats(1, 1000),
    more=st.floats(1.0, 10.0),
)
def test_more_records_now_are_more_at_the_end(
    records: int, growth: float | None, live_days: float | None, more: float
) -> None:
    def sizes(count: int) -> tuple[float, float, float]:
        workload = replace(
            KNOWN,
            data=replace(KNOWN.data, records=count, growth_per_month=growth),
            retention=Retention(live_s=None if live_days is None else live_days * DAY_S),
        )
        found = prepare(workload, NOTHING).sizes
        return found.records_now, found.records_mean, found.records_end

    few, many = sizes(records), sizes(int(records * more))
    assert few[0] <= few[1] * (1 + 1e-9) <= few[2] * (1 + 2e-9)
    assert all(a <= b * (1 + 1e-9) for a, b in zip(few, many, strict=True))


def test_keys_that_nobody_named_are_the_same_for_measuring_and_advising() -> None:
    unnamed = Workload(name="x", operations=(Operation(kind="read", weight=1.0),))
    case = prepare(unnamed, [])
    assert case.filled.data.keys == DEFAULT_KEYS
    taken = next(a for a in case.assumed if a.input == "data.keys")
    assert taken.value == f"{DEFAULT_KEYS.kind}({DEFAULT_KEYS.parameters[0]})"
    named = replace(unnamed, data=replace(unnamed.data, keys=DEFAULT_KEYS))
    aims = [next(batches(w, seed=7, records=5000, size=256)).key.tolist() for w in (unnamed, named)]
    assert aims[0] == aims[1]
    assert all(spec.load(name).data.keys is not None for name in catalogue.names())
