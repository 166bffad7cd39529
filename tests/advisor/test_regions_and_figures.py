"""A region on the command line, numbers that are none, records that cannot be, dates of a bill."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from made_records import Made, record
from rule_cases import asks

from advisor import decision, explain
from advisor.__main__ import group
from advisor.case import moved, prepare
from advisor.contest import by_assumed_connections
from advisor.facts import age
from advisor.measured import measure
from advisor.model import Component, Excuse
from advisor.replay import options
from results import reader
from results.lines import encode
from workloads import spec
from workloads.command import outcome
from workloads.errors import InputError
from workloads.spec.model import Operation

Capture = pytest.CaptureFixture[str]


def test_another_region_takes_the_data_along_where_only_the_old_one_was_named() -> None:
    shop = spec.load("book-store")
    assert shop.needs.regions == ("us-east-1",)
    assert moved(shop, "eu-west-1").needs.regions == ("eu-west-1",)
    assert moved(shop, None) is shop
    two = replace(shop, needs=replace(shop.needs, regions=("us-east-1", "ap-southeast-1")))
    assert moved(two, "eu-west-1").needs.regions == ("us-east-1", "ap-southeast-1")


@pytest.mark.parametrize("number", ["nan", "inf", "-1"])
@pytest.mark.parametrize(
    "command",
    [["check", "book-store", "--expect", "rds", "--tolerance"], ["backtest", "--fail-above"]],
)
def test_a_limit_that_is_no_number_is_refused(
    capsys: Capture, command: list[str], number: str
) -> None:
    assert outcome(group, [*command, number]) == 2
    assert number in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"throughput_per_s": -5.0}, "throughput_per_s is -5.0"),
        ({"throughput_per_s": 0.0}, "throughput_per_s is 0 though"),
        ({"duration_s": 0.0}, "duration_s is 0 though"),
    ],
)
def test_a_record_that_no_measurement_leaves_is_refused(
    tmp_path: Path, wrong: dict[str, float], said: str
) -> None:
    file = tmp_path / "made.ndjson"
    file.write_bytes(encode(replace(record(Made()), **wrong)) + b"\n")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=said) as caught:
        reader.records_of(file)
    assert f"{file}:1" in str(caught.value)


def test_the_dates_of_a_bill_are_the_oldest_and_the_newest() -> None:
    def line(fact: str) -> Component:
        return Component(name="x", unit="month", quantity=1.0, price_usd=1.0, fact=fact)

    old, new = "ec2_ebs_prices.snapshot_gb@us-east-1", "transfer_prices.inter_region@eu-west-1"
    assert age.span([line(new), line(old)]) == "2024-07-01 to 2026-09-11"
    assert age.span([line(new)]) == "2026-09-11"
    assert age.span([]) == ""


def test_a_replay_says_which_plans_are_out() -> None:
    from advisor.replay import timeline

    case = prepare(spec.load("session-store"), measure([]))
    found = options.replay(case, timeline.of_case(case))
    out = {r.option.service: bool(r.excluded) for r in found}
    assert not out["dynamodb"]
    assert any(r.excluded.startswith("R-") for r in found)


def test_a_damaged_recommendation_and_the_version_of_a_file_are_said_clearly(
    capsys: Capture, tmp_path: Path
) -> None:
    half = tmp_path / "half.rec"
    half.write_text('{"schema": 1}', encoding="utf-8")
    assert outcome(group, ["explain", "--from", str(half)]) == 2
    assert "it lacks 'evidence'" in capsys.readouterr().err
    with pytest.raises(InputError, match="cannot be set"):
        spec.with_value(spec.load("book-store"), "schema", 2)


def test_connections_that_nobody_gave_put_no_service_out_in_silence() -> None:
    """Commits wait for each other on too few sessions: another number of them is another answer."""
    workload = asks(
        "read",
        data={"format": "relational", "records": 5 * 10**6, "record_size_bytes": 500.0},
        operations=(Operation(kind="read", weight=20.0), Operation(kind="update", weight=80.0)),
        traffic={"mean_per_s": 20_000.0, "peak_per_s": 60_000.0, "shape": "daily"},
        needs={"sql": True},
    )
    rec = decision.recommend(workload, [], draws=1)
    reasons = {r.service: r.excuse.reason for r in rec.ranking if r.excuse is not None}
    assert "connections are assumed: say needs.connections" in reasons["rds"]
    assert any(f.input == "needs.connections" for f in rec.flips)
    stated = replace(workload, needs=replace(workload.needs, connections=100))
    case = prepare(stated, measure([]))
    out = Excuse(service="rds", option=None, reason="slow", bottleneck="commits")
    assert not by_assumed_connections(out, case)


def test_a_figure_of_the_demand_walks_down_to_what_its_records_measured() -> None:
    shipped = Path(reader.__file__).parent / "reference" / "book-store.ndjson"
    records = reader.records_of(shipped, checked=True)
    rec = decision.recommend(spec.load("book-store"), records, draws=1)
    said = explain.walk(rec, "demand/postgresql/read/cpu_s")
    assert "not in the tables of facts" not in said
    assert "book-store on postgresql" in said
    assert "phase read" in said
    assert re.search(r"one read: [0-9.e-]+", said)
    assert f", {records[0].started_at[:10]}" in said
