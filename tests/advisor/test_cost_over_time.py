"""Totals of one year and three, paid by the hour and ahead, with and without one's own work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor import administration, bill_text, commitments, decision, facts, ledger
from advisor.model import Component, Option, Plan, Recommendation
from workloads import spec
from workloads.spec.model import Workload


def line(name: str, usd: float | None, fact: str = "", free: float = 0.0) -> Component:
    return Component(name=name, unit="x", quantity=1.0, price_usd=usd, fact=fact, free=free)


def plan(*lines: Component) -> Plan:
    return Plan(
        option=Option(service="ec2"),
        components=lines,
        utilisation=(),
        read_p99_s=None,
        write_p99_s=None,
        features=(),
    )


def known(found: Plan, months: int, payment: str) -> tuple[float, float | None, float]:
    for c in commitments.of(found):
        if (c.months, c.payment) == (months, payment):
            return c.low_usd, c.usd, c.high_usd
    raise AssertionError(f"{months}, {payment}")


def answer(name: str, **data: object) -> Recommendation:
    workload = spec.load(name)
    changed: Workload = replace(workload, data=replace(workload.data, **data))
    return decision.recommend(changed, [], draws=5)


def test_only_the_hours_of_a_class_are_paid_ahead() -> None:
    found = plan(
        line("instance", 100.0, "ec2/linux/m5.large/on-demand@us-east-1"),
        line("volume", 50.0, "ec2_ebs_prices.gp3_gb@us-east-1"),
    )
    # 62.4 % off for three years: 37.60 and 50 of storage
    assert known(found, 36, "all-upfront") == pytest.approx((87.6, 87.6, 87.6))
    three = commitments.cheapest(commitments.of(found), 36)
    assert three is not None
    assert three.upfront_usd == pytest.approx(37.6 * 36)
    assert three.covered == ("instance",)
    assert three.facts == ("reserved.ec2.linux.m5.36.all-upfront@us-east-1",)
    assert facts.fact(three.facts[0]).number == 62.4


def test_a_published_range_is_kept_as_one() -> None:
    found = plan(line("instance", 100.0, "rds/postgresql/db.r6g.large/multi-az@eu-west-1"))
    # 50 to 55 % off, partly upfront
    assert known(found, 36, "partial-upfront") == pytest.approx((45.0, 47.5, 50.0))


def test_of_a_bound_only_the_low_end_is_known() -> None:
    found = plan(line("capacity", 100.0, "aurora_prices.acu_hour_standard@us-east-1"))
    (only,) = commitments.of(found)
    assert (only.payment, only.usd) == ("savings-plan", None)
    assert (only.low_usd, only.high_usd) == pytest.approx((65.0, 100.0))


def test_a_discount_of_another_region_is_not_taken() -> None:
    assert commitments.of(plan(line("i", 9.0, "ec2/linux/m5.large/on-demand@eu-west-1"))) == ()


def test_an_unknown_price_leaves_no_commitment() -> None:
    found = plan(line("i", 9.0, "ec2/linux/m5.large/on-demand@us-east-1"), line("licence", None))
    assert commitments.of(found) == ()


def test_the_family_of_a_discount_stands_before_any_family() -> None:
    (first, *_) = facts.discounts("rds", "mysql", "t3", "us-east-1")
    assert (first.family, first.months, first.value) == ("t3", 12, 29.6)
    assert {d.family for d in facts.discounts("rds", "mysql", "m7g", "us-east-1")} == {"any"}


def test_without_growth_a_year_is_twelve_months_and_three_are_three_times_that() -> None:
    found = answer("session-store", growth_per_month=0.0)
    assert found.plan is not None
    assert found.plan.usd is not None
    year, three = found.spans
    assert (year.months, year.usd) == (12, pytest.approx(12 * found.plan.usd))
    assert (three.months, three.usd) == (36, pytest.approx(36 * found.plan.usd))
    assert three.sized == ""


def test_with_growth_three_years_cost_more_than_three_times_one() -> None:
    found = answer("session-store", growth_per_month=0.05)
    year, three = found.spans
    assert year.usd is not None
    assert three.usd is not None
    assert three.usd > 3 * year.usd
    assert three.low_usd is not None
    assert three.high_usd is not None
    assert three.low_usd <= three.usd <= three.high_usd
    # requests do not grow with the data: storage and its backup do, at (1.05^36 - 1) / 36 ln 1.05
    # of today's bytes on average in place of (1.05^12 - 1) / 12 ln 1.05
    assert found.plan is not None
    kept = sum(c.usd or 0.0 for c in found.plan.components if c.unit == "GB-month")
    more = kept * ((1.05**36 - 1) / 36) / ((1.05**12 - 1) / 12) - kept
    assert three.usd / 36 - year.usd / 12 == pytest.approx(more, rel=1e-6)


def test_ones_own_work_is_shown_apart() -> None:
    workload = spec.load("book-store")
    own = replace(workload, needs=replace(workload.needs, administration="own"))
    found = decision.recommend(own, [], draws=5)
    assert found.plan is not None
    assert found.service == "ec2"
    work = administration.usd(found.plan)
    assert work == 800.0
    assert found.spans[0].administration_usd == 12 * work
    document = decision.to_json(found)["monthly_cost_usd"]
    assert document["without_administration"] == pytest.approx(document["expected"] - 800.0)
    said = bill_text.bill(found.plan)
    assert "total without administration" in said
    assert "  without administration" in bill_text.over_time(found)


def test_what_is_free_is_marked_and_not_taken_off() -> None:
    found = plan(line("storage", 8.0, free=0.25), line("requests", 10.0))
    assert found.usd == 18.0
    assert found.free_usd == 2.0
    said = bill_text.bill(found)
    assert "8.00*" in said
    assert "free tier (*): 2.00 USD less" in said
    assert "*" not in bill_text.bill(plan(line("requests", 10.0)))


def test_a_year_of_an_unknown_price_is_unknown() -> None:
    workload = spec.load("session-store")
    elsewhere = replace(workload, region="ap-southeast-1")
    found = decision.recommend(elsewhere, [], draws=5)
    assert found.plan is not None
    assert found.plan.usd is None
    assert [span.usd for span in found.spans] == [None, None]
    assert found.commitments == ()
    assert "?" in bill_text.over_time(found)


def test_a_commitment_is_a_column_beside_every_service() -> None:
    document = decision.to_json(answer("book-store"))
    by_service = {entry["service"]: entry for entry in document["ranking"]}
    rds = by_service["rds"]
    assert rds["committed"]["36"]["expected"] < rds["usd"]
    assert by_service["dynamodb"]["committed"] == {}
    assert {entry["months"] for entry in document["total_cost_usd"]} == {12, 36}


def test_what_it_costs_over_time_is_walked_down_to_the_discounts() -> None:
    found = answer("book-store")
    chain = [e.id for _, e in ledger.chain(found.evidence, "rds.cost.36-months-all-upfront")]
    assert "rds.cost" in chain
    assert any(name.startswith("reserved.") for name in chain)
    by_id = {entry.id: entry for entry in found.evidence}
    assert len(by_id) == len(found.evidence)
    for span in found.spans:
        assert by_id[f"rds.cost.{span.months}-months"].value == span.usd


def test_the_interval_of_a_year_is_that_of_the_month_shown() -> None:
    found = answer("book-store")
    assert found.plan is not None
    year = found.spans[0]
    assert year.low_usd == pytest.approx(12 * (found.plan.low_usd or 0.0))
    assert year.high_usd == pytest.approx(12 * (found.plan.high_usd or 0.0))
