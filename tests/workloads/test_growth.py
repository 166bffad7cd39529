"""The law of growth, as the ladder of sizes and the advisor both use it."""

from __future__ import annotations

import math

import pytest

from workloads.growth import SECONDS_PER_MONTH, Growth, growth
from workloads.spec.model import Data, Operation, Retention, Traffic, Workload


def of(**changes: float | None) -> Growth:
    """A workload of 0.2 net records a request, at one request in ten seconds."""
    return growth(
        Workload(
            name="w",
            operations=tuple(
                Operation(kind=k, weight=w)
                for k, w in (("insert", 3.0), ("delete", 1.0), ("read", 6.0))
            ),
            data=Data(records=1_000, growth_per_month=changes.get("declared")),
            traffic=Traffic(mean_per_s=changes.get("rate", 0.1)),
            retention=Retention(live_s=changes.get("live_s")),
        )
    )


def test_declared_growth_goes_before_the_rate() -> None:
    found = of(declared=0.1)
    assert found.after(2) == pytest.approx(1_210)
    assert found.months_until(1_210) == pytest.approx(2.0)
    assert found.mean(1e-6) == pytest.approx(1_000)


def test_else_inserts_less_deletes_at_the_mean_rate() -> None:
    found = of()
    assert found.net == pytest.approx(0.2 * 0.1 * SECONDS_PER_MONTH)
    assert found.after(2) == pytest.approx(1_000 + 2 * found.net)
    assert found.mean(2) == pytest.approx(1_000 + found.net)
    assert found.months_until(1_000 + 3 * found.net) == pytest.approx(3.0)
    assert of(rate=None).months_until(2_000) is None


def test_records_that_expire_bound_it() -> None:
    found = of(live_s=SECONDS_PER_MONTH)
    assert found.most == pytest.approx(found.inserted)
    assert found.after(12) == pytest.approx(found.most)
    assert found.months_until(2 * found.most) is None
    assert found.months_until(500) == 0.0
    assert math.isinf(of().most)
