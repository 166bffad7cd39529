"""Bills worked out by hand: each figure below was written with pencil and price list, not copied.

A month has 730 hours, 2,628,000 seconds. Prices are those of us-east-1.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from cost_tables import CASES, NOTHING

from advisor import services
from advisor.case import prepare
from advisor.model import Plan
from workloads.spec import load


def plan(name: str, service: str, **wanted: str) -> Plan:
    """The plan of a golden case whose option has these values."""
    case = prepare(load(Path(CASES) / f"{name}.yaml"), NOTHING)
    found = services.get(service)
    assert found is not None
    for outcome in found.plans(case):
        if isinstance(outcome, Plan) and all(
            getattr(outcome.option, key) == value for key, value in wanted.items()
        ):
            return outcome
    raise AssertionError(f"no plan {wanted}")


def line(found: Plan, start: str) -> tuple[float, float]:
    """Quantity and USD of the component whose name starts so."""
    component = next(c for c in found.components if c.name.startswith(start))
    assert component.usd is not None
    return component.quantity, component.usd


def test_sessions_on_demand() -> None:
    found = plan("sessions", "dynamodb", capacity_mode="on-demand", table_class="standard")
    # 200/s x 60 % reads x half a unit x 2,628,000 s = 157.68 million; at 0.125 a million 19.71
    assert line(found, "read request") == pytest.approx((157.68, 19.71))
    # an item has 1,536 B and 64 B of names: 2 write units; 200/s x 40 % x 2 = 160 units a second,
    # 420.48 million a month; at 0.625 a million 262.80
    assert line(found, "write request") == pytest.approx((420.48, 262.80))
    # 2 million x (1,600 + 100) B = 3.4 GB = 3.1665 GiB; at 0.25 0.7916, with recovery at 0.20 0.6333
    assert line(found, "storage") == pytest.approx((3.1665, 0.7916), rel=1e-4)
    assert line(found, "point-in-time") == pytest.approx((3.1665, 0.6333), rel=1e-4)
    assert found.usd == pytest.approx(19.71 + 262.80 + 0.7916 + 0.6333, abs=0.01)


def test_sessions_provisioned() -> None:
    found = plan(
        "sessions", "dynamodb", capacity_mode="provisioned-autoscaling", table_class="standard"
    )
    quantity, usd = line(found, "write capacity")
    # at a target of 70 % no less than the mean can be held: 160 / 0.7 x 730 = 166,857 unit-hours,
    # and no more than the peak: 640 / 0.7 x 730 = 667,429
    assert 166_857 < quantity < 667_429
    assert usd == pytest.approx(quantity * 0.00065)


def test_meters_grow_to_a_years_inserts() -> None:
    case = prepare(load(CASES / "meters.yaml"), NOTHING)
    # 60/s x 97.2 % = 58.32 inserts a second; kept 365 d: 58.32 x 31,536,000 = 1,839,179,520
    assert case.sizes.records_end == pytest.approx(1_839_179_520)
    # they come at 153,264,960 a month: full after (1,839,179,520 - 800,000,000) / 153,264,960 =
    # 6.780 months; mean = 1,319,589,760 for 6.780 of 12 months and the end for 5.220
    assert case.sizes.records_mean == pytest.approx(
        (1_319_589_760 * 6.7803 + 1_839_179_520 * 5.2197) / 12, rel=1e-4
    )


def test_meters_archive() -> None:
    found = plan("meters", "rds", engine="postgresql", deployment="single-az", storage="gp3")
    # 153,264,960 a month x 6 months on average x 120 B = 110.351 GB = 102.772 GiB, compressed to
    # 0.3 of it 30.832 GiB; at 0.00099 0.0305
    assert line(found, "archive") == pytest.approx((30.832, 0.0305), rel=1e-3)


def test_shop_on_an_rds_instance() -> None:
    found = plan("shop", "rds", engine="postgresql", deployment="single-az", storage="gp3")
    # (900 + 60) B / 0.8 = 1,200 B a record; 7,128,804 records at the end = 7.967 GiB; with 20 %
    # free 9.96, the least volume is 20 GiB; at 0.115 2.30
    assert line(found, "storage gp3") == (20.0, pytest.approx(2.30))
    # log of one operation: 11 % x 2 rows x (2,000 + 1.2 x 900) + 2 % x (1,200 + 1.2 x 900)
    # = 677.6 + 45.6 = 723.2 B; x 350/s x 86,400 s x 14 d = 306.17 GB = 285.15 GiB, with
    # 6,001,609 x 1,200 B = 6.707 GiB of data 291.85, of which 20 are free: 271.85; at 0.095 25.83
    assert line(found, "backup") == pytest.approx((271.85, 25.83), rel=1e-3)
    hours, usd = line(found, "instance db.t4g.medium")
    assert (hours, usd) == (730.0, pytest.approx(730 * 0.065))
    assert found.usd == pytest.approx(47.45 + 2.30 + 25.83, abs=0.02)


def test_shop_on_aurora_standard() -> None:
    found = plan(
        "shop", "rds", engine="aurora-postgresql", deployment="multi-az", storage="aurora-standard"
    )
    instance = next(c for c in found.components if "instances" in c.name)
    assert instance.quantity == 2 * 730
    # 6.7 GiB are used; a cluster pays for 10 GiB at least, at 0.10
    assert line(found, "storage aurora-standard") == (10.0, pytest.approx(1.0))
    # 30 % of the log of 14 days, 285.15 GiB: the rest are full pages; at 0.021 1.80
    assert line(found, "backup") == pytest.approx((85.544, 1.7964), rel=1e-3)


def test_the_work_on_ec2_by_hand() -> None:
    one = plan("shop", "ec2", engine="postgresql", deployment="single-az")
    two = plan("shop", "ec2", engine="postgresql", deployment="multi-az")
    assert line(one, "administration") == (6.0, 480.0)
    assert line(two, "administration") == (10.0, 800.0)
    # log of a month: 723.2 B x 350/s x 2,628,000 s = 665.2 GB = 619.5 GiB, paid in both directions
    quantity, usd = line(two, "replication between zones")
    assert quantity == pytest.approx(2 * 619.5, rel=1e-3)
    assert usd == pytest.approx(12.39, rel=1e-3)
