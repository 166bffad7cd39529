"""Flips against totals that are known exactly, and against brute force."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest
from doubles import per_request, plan, service
from rule_cases import AURORA, DYNAMODB, EC2, RDS, asks

from advisor import case as cases
from advisor import flips, judgement
from advisor.measured import measure
from advisor.model import Plan
from advisor.services import discovered
from advisor.variations import SIZING_NEEDS, Variations, natural
from workloads import spec
from workloads.spec.model import Needs, Workload

# The fixed service costs 1,000 USD, the other 1 USD per request per second at the mean.
TRAFFIC = {"mean_per_s": 100.0, "peak_per_s": 10_000.0, "shape": "steady"}


@pytest.fixture
def two_services(monkeypatch: pytest.MonkeyPatch) -> Workload:
    made = (service(EC2, [plan(EC2, 1000.0)]), per_request(DYNAMODB, 1.0))
    monkeypatch.setattr(judgement.services, "discovered", lambda: made)
    return asks(
        "read",
        data={"format": "time-series"},
        traffic=TRAFFIC,
        needs={"managed": False, "administration": "shared"},
    )


def variations(workload: Workload) -> Variations:
    return Variations(workload=workload, measured=measure([]), region=None)


def test_the_nearest_value_is_found_by_bisection(two_services: Workload) -> None:
    varied = variations(two_services)
    found = flips.every(varied.judge(two_services), varied)
    mean = next(f for f in found.flips if f.input == "traffic.mean")
    assert mean.now == "100/s"
    assert mean.service == EC2
    at = spec.value_of(spec.with_value(two_services, "traffic.mean_per_s", mean.at), "traffic.mean")
    assert 1000.0 < at <= 1000.0 * 1.12
    assert mean.distance == pytest.approx(log(at / 100.0))
    assert found.changes["traffic.mean"] is True
    assert found.changes["data.records"] is False


def test_the_flipped_workload_really_has_that_service(two_services: Workload) -> None:
    varied = variations(two_services)
    answer = varied.judge(two_services)
    for flip in flips.every(answer, varied).flips:
        value = None if flip.at == "unknown" else flip.at
        changed = spec.with_value(two_services, flip.input, value)
        assert varied.judge(changed).service == flip.service != answer.service


def test_flips_come_nearest_first_and_unknown_switches_before_stated_ones(
    two_services: Workload,
) -> None:
    varied = variations(two_services)
    found = flips.every(varied.judge(two_services), varied).flips
    distances = [flip.distance for flip in found]
    assert distances == sorted(distances)
    sql = next(f for f in found if f.input == "needs.sql")
    assert (sql.now, sql.at, sql.distance) == ("unknown", "true", 0.0)
    administration = next(f for f in found if f.input == "needs.administration")
    assert (administration.now, administration.service) == ("shared", EC2)
    assert administration.distance == flips.DECLARED_SWITCH


def test_a_switch_that_only_rules_read_is_not_sized(two_services: Workload) -> None:
    varied = variations(two_services)
    varied.judge(two_services)
    before = varied.book.sized
    assert varied.service("needs.sql", True) == EC2
    assert varied.service("needs.administration", "own") == EC2
    assert varied.book.sized == before
    assert varied.service("traffic.mean_per_s", 9000.0) == EC2
    assert varied.book.sized == before + 1


def test_an_impossible_value_is_no_flip(two_services: Workload) -> None:
    varied = variations(two_services)
    assert varied.service("traffic.peak_per_s", 1.0) is None, "a peak below the mean"


def test_the_cold_search_keeps_to_its_number_of_sized_cases() -> None:
    workload = spec.load("session-store")
    varied = variations(workload)
    found = flips.first(varied.judge(workload), varied)
    assert varied.book.sized <= flips.COLD.evaluations
    assert all(f.service in (RDS, DYNAMODB, AURORA, EC2, "none") for f in found.flips)


def test_assumed_inputs_say_whether_they_matter(two_services: Workload) -> None:
    unknown_mean = replace(
        two_services, traffic=replace(two_services.traffic, mean_per_s=None, shape="spiky")
    )
    varied = variations(unknown_mean)
    answer = varied.judge(unknown_mean)
    assert "traffic.mean" in {a.input for a in answer.case.assumed}
    found = flips.every(answer, varied)
    assert found.changes["traffic.mean"] is True


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("traffic.peak", 270_000.00000000006, "270k/s"),
        ("data.records", 1_100_000.0, "1.1M"),
        ("needs.sql", None, "unknown"),
        ("needs.sql", True, "true"),
        ("needs.failover", 29.0, "29 s"),
        ("data.format", "key-value", "key-value"),
    ],
)
def test_values_read_as_in_a_workload_file(path: str, value: object, text: str) -> None:
    entry = next(i for i in spec.inputs() if i.file_path == path)
    assert natural(entry, value) == text


@pytest.mark.parametrize("name", sorted(set(Needs.__slots__) - set(SIZING_NEEDS)))
def test_services_do_not_read_a_need_that_counts_as_read_by_rules_only(name: str) -> None:
    """Plans are remembered across these needs: a service that reads one would be answered wrongly."""
    workload = spec.load("session-store")
    other: dict[str, object] = {
        "transactions": "multi-record", "administration": "own", "unsupported_feature": "x",
        "licence": "byol", "availability": 0.5, "failover_s": 1.0, "recovery_point_s": 1.0,
        "recovery_time_s": 1.0, "writes_in": "every-region", "replica_lag_s": 0.001, "copies": 9,
        "application_change": "minimal", "existing": "a file", "budget_usd_per_month": 1.0,
    }  # fmt: skip
    turned = replace(workload.needs, **{name: other.get(name, not getattr(workload.needs, name))})
    measured = measure([])
    before = cases.prepare(workload, measured)
    after = cases.prepare(replace(workload, needs=turned), measured)
    for found in discovered():
        one = [p for p in found.plans(before) if isinstance(p, Plan)]
        two = [p for p in found.plans(after) if isinstance(p, Plan)]
        assert one == two, (found.name, name)


def test_services_do_not_read_the_data_format() -> None:
    workload = spec.load("session-store")
    measured = measure([])
    before = cases.prepare(workload, measured)
    data = replace(workload.data, format="relational")
    after = cases.prepare(replace(workload, data=data), measured)
    for found in discovered():
        assert found.plans(before) == found.plans(after), found.name
