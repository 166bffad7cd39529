"""Traffic minute by minute: the quick ways give what a plain loop gives."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from advisor import traffic
from advisor.__main__ import group
from advisor.case import prepare
from advisor.model import Plan
from advisor.replay import credits as cpu_credits
from advisor.replay import options, table_scaling, timeline, units
from advisor.replay.provisioned import of_utilisation
from advisor.replay.timeline import MINUTES, MINUTES_PER_DAY, Floats
from workloads import spec
from workloads.command import outcome


def lively(days: int, seed: int) -> Floats:
    """Minutes of a load that jumps about."""
    rng = np.random.default_rng(seed)
    return np.round(np.repeat(rng.lognormal(3.0, 1.0, days * 288), 5), 3)


def one_by_one(asked: Floats) -> tuple[float, float, float]:
    """Auto scaling as its rules say it, one minute after the other, the second time round."""
    held = max(float(asked[0]) / 0.7, 1.0)
    saved, above, below, falls, since = 300 * held, 0, 0, 0, 60
    total = refused = most = 0.0
    for at, per_s in enumerate(np.tile(asked, 2)):
        if at == len(asked):
            total = refused = most = 0.0
        if at % MINUTES_PER_DAY == 0:
            falls = 0
        used = min(60 * per_s, saved + 60 * held)
        wanted = max(used / 60 / 0.7, 1.0)
        above = above + 1 if wanted > held else 0
        below = below + 1 if wanted < held else 0
        falling = below >= 15 and (falls < 4 or since >= 60)
        total, refused, most = total + held, refused + 60 * per_s - used, max(most, held)
        moved = above >= 2 or falling
        new = wanted if moved else held
        saved = min(saved + 60 * held - used, 300 * min(held, new))
        since = 0 if falling else since + 1
        falls += falling
        if moved:
            above = below = 0
        held = new
    return total / len(asked), most, refused / (60 * float(asked.sum()))


def test_auto_scaling_in_lanes_is_auto_scaling_minute_by_minute() -> None:
    first, second = lively(4, 1), lively(3, 2)
    for asked, held in zip((first, second), table_scaling.replay([first, second]), strict=True):
        found = (held.mean_units, held.most_units, held.throttled_share)
        assert found == pytest.approx(one_by_one(asked), rel=1e-9)
        assert held.throttled_share > 0


def test_a_steady_load_holds_its_target_and_throttles_nothing() -> None:
    (held,) = table_scaling.replay([np.full(MINUTES_PER_DAY, 70.0)])
    assert held.mean_units == pytest.approx(100.0)
    assert held.throttled_share == 0.0


def test_burst_capacity_covers_five_minutes_of_the_unused() -> None:
    # 70/s hold 100 units, 30 of them unused: 300 x 30 are saved at least after five minutes. A
    # minute of 240/s asks for 14,400, gets 6,000 and 8,400 of what is saved
    asked = np.full(MINUTES_PER_DAY, 70.0)
    asked[700] = 240.0
    assert table_scaling.replay([asked])[0].throttled_share == 0.0
    asked[700:702] = 600.0
    # 36,000 in the first of two minutes, 6,000 in the second, which lacks 30,000
    refused = 30_000 / (60 * asked.sum())
    assert table_scaling.replay([asked])[0].throttled_share == pytest.approx(refused)


def test_credits_are_those_of_a_plain_loop() -> None:
    busy = lively(5, 3) / 60.0
    found = cpu_credits.replay(busy, vcpus=2.0, baseline=0.2)
    earned, balance, owed = 0.4, 576.0, 576.0
    none_left = slowed = charged = 0.0
    for at, used in enumerate(np.tile(busy, 9)):
        if at == 8 * len(busy):
            none_left = slowed = charged = 0.0
        change = earned - min(used, 2.0)
        slowed += max(-(balance + change), 0.0)
        charged += max(-576.0 - (owed + change), 0.0)
        balance = min(max(balance + change, 0.0), 576.0)
        owed = min(max(owed + change, -576.0), 576.0)
        none_left += balance <= 0.0
    months = len(busy) / (MINUTES_PER_DAY * 365 / 12)
    assert found.exhausted_share == pytest.approx(none_left / len(busy))
    assert found.slowed_share == pytest.approx(slowed / busy.sum())
    assert found.surplus_vcpu_hours_per_month == pytest.approx(charged / 60 / months)


def test_credits_never_run_out_below_the_baseline() -> None:
    found = cpu_credits.replay(np.full(MINUTES_PER_DAY, 0.39), vcpus=2.0, baseline=0.2)
    assert (found.exhausted_share, found.slowed_share) == (0.0, 0.0)
    assert found.surplus_vcpu_hours_per_month == 0.0


def test_a_class_busy_all_day_pays_for_what_it_does_not_earn() -> None:
    # 1 vCPU of 2 at a baseline of 20 %: 0.6 vCPU beyond it, 730 hours a month
    found = cpu_credits.replay(np.full(3 * MINUTES_PER_DAY, 1.0), vcpus=2.0, baseline=0.2)
    assert found.exhausted_share == 1.0
    assert found.surplus_vcpu_hours_per_month == pytest.approx(0.6 * 730)


def test_pauses_start_late_and_end_with_a_resume() -> None:
    needed = np.zeros(7 * MINUTES_PER_DAY)
    needed[600:660] = 1.3  # an hour a week
    held = units.replay(needed, floor=0.5, pausing=True)
    # awake 60 minutes, and the 5 idle ones before a pause
    assert held.paused_share == pytest.approx(1 - 65 / len(needed))
    # 1.3 ACU are 1.5 in steps of 0.5, and the floor while idle
    assert held.fast == pytest.approx((60 * 1.5 + 5 * 0.5) / len(needed))
    assert held.resumes_per_month == pytest.approx(365 / 7 / 12)
    assert held.waited_s == 30.0  # after more than a day
    awake = units.replay(needed, floor=0.5, pausing=False)
    # the slow envelope keeps 1.5 ACU for 20 minutes, the one of the peak included
    assert awake.slow - awake.fast == pytest.approx(19 * 1.0 / len(needed))


def test_more_load_never_holds_less() -> None:
    load = lively(3, 4)
    for factor in (1.1, 3.0):
        few, more = (units.replay(load * f, floor=2.0, pausing=False) for f in (1.0, factor))
        assert few.fast <= more.fast
        assert few.slow <= more.slow
        few_held, more_held = table_scaling.replay([load, load * factor])
        assert few_held.mean_units <= more_held.mean_units


def test_a_year_has_the_mean_of_its_week() -> None:
    week = traffic.series("daily", mean_per_s=20.0, peak_per_s=100.0)
    minutes = timeline.of_week(week)
    assert len(minutes) == MINUTES
    assert minutes.mean() == pytest.approx(20.0, rel=5e-3)  # 365 days are not whole weeks
    assert minutes.max() == pytest.approx(100.0)


def test_a_trace_keeps_its_requests_when_it_is_cut_into_minutes(tmp_path: Path) -> None:
    trace = tmp_path / "visits.csv"
    rows = [f"{at},{10 + at % 7}" for at in range(0, 2 * 86400, 40)]
    trace.write_text("\n".join(rows), encoding="utf-8")
    minutes = timeline.of_trace(trace)
    assert minutes[: 2 * MINUTES_PER_DAY].mean() == pytest.approx(13.0, rel=1e-3)


def test_every_plan_is_replayed_within_the_time() -> None:
    case = prepare(spec.load("session-store"), [])
    began = time.process_time()
    found = options.replay(case, timeline.of_week(case.series))
    assert time.process_time() - began < 5.0  # under 1 s on a quiet machine
    services = {replayed.option.service for replayed in found}
    assert services == {"rds", "dynamodb", "aurora-serverless", "ec2"}
    serverless = [r for r in found if r.capacity is not None]
    assert serverless
    for replayed in serverless:
        assert replayed.low_usd is not None
        assert replayed.high_usd is not None
        assert replayed.low_usd <= replayed.high_usd


def test_what_follows_is_what_the_bill_has() -> None:
    from advisor import services

    case = prepare(spec.load("session-store"), [])
    following = [
        plan
        for service in services.discovered()
        for plan in service.plans(case)
        if isinstance(plan, Plan) and plan.follows
    ]
    assert following
    for plan in following:
        for follow in plan.follows:
            part = next(c for c in plan.components if c.name.startswith(follow.component))
            count = 1 + plan.option.replicas if follow.unit == "acu" else 1
            assert part.quantity == pytest.approx(follow.mean * 730 * count)


def test_utilisation_of_a_class_becomes_capacity_units(tmp_path: Path) -> None:
    metric = tmp_path / "cpu.csv"
    values = [50.0 if 400 <= at < 410 else 20.0 for at in range(2000)]
    rows = [f"{300 * at},{value}" for at, value in enumerate(values)]
    metric.write_text("timestamp,value\n" + "\n".join(rows), encoding="utf-8")
    found = of_utilisation(metric, "db.r6g.xlarge", "us-east-1")
    # 4 vCPUs are 16 ACU; 20 % of them at a ceiling of 65 % are 4.92, in steps 5; 50 % are 12.5
    assert found.capacity.fast == pytest.approx((1990 * 5.0 + 10 * 12.5) / 2000)
    # held 20 minutes in all: 19 more minutes of the 10,000
    assert found.capacity.slow - found.capacity.fast == pytest.approx(7.5 * 19 / 10_000)
    assert found.held_acu == 3.5  # 95th percentile: 20 % of 16, in steps
    assert found.held_usd == pytest.approx(3.5 * 0.12 * 730)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["book-store", "--cpu", "x.csv", "--class", "db.r6g.large"], 2),
        (["--cpu", "x.csv"], 2),
        (["--cpu", "missing.csv", "--class", "db.r6g.large"], 2),
        (["book-store", "--trace", "missing.csv"], 2),
        (["book-store", "--region", "mars"], 2),
    ],
)
def test_wrong_input_is_one_error(arguments: list[str], code: int) -> None:
    with CliRunner().isolation():
        assert outcome(group, ["replay", *arguments]) == code


def test_the_command_prints_json_and_text() -> None:
    runner = CliRunner()
    said = runner.invoke(group, ["replay", "session-store", "--json"])
    found = json.loads(said.output)
    assert found["minutes"] == MINUTES
    assert any(o["provisioned"] for o in found["options"])
    text = runner.invoke(group, ["replay", "session-store"]).output
    assert "throttled" in text
    assert "ACU" in text


def test_a_thorough_recommendation_says_what_the_minutes_say() -> None:
    from advisor.decision import _replayed
    from advisor.measured import measure
    from advisor.variations import Variations

    sessions = spec.load("session-store")
    variations = Variations(workload=sessions, measured=measure([]), region=None)
    judgement = variations.judge(sessions)
    assert judgement.plan is not None
    notes = _replayed(judgement)
    assert all(note.startswith("a year replayed") for note in notes)
    assert bool(notes) == bool(judgement.plan.follows)


def test_the_trace_of_a_workload_is_what_is_replayed(tmp_path: Path) -> None:
    trace = tmp_path / "visits.csv"
    trace.write_text("\n".join(f"{at * 60},{100 + at % 11}" for at in range(2880)))
    declared = spec.load("session-store")
    traffic_of = replace(declared.traffic, trace=str(trace), mean_per_s=None, peak_per_s=None)
    case = prepare(replace(declared, traffic=traffic_of), [])
    assert timeline.of_case(case).max() == pytest.approx(110.0)
