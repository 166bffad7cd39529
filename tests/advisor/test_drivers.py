"""Which operation a plan is paid for."""

from __future__ import annotations

import pytest
from architect_cases import CRUD, DAILY, ITEMS, ROWS
from rule_cases import asks

from advisor import decision, drivers, explain
from advisor.model import Recommendation


@pytest.fixture(scope="module")
def rows() -> Recommendation:
    needs = {"engine": "postgresql"}
    return decision.recommend(
        asks(operations=CRUD, data=ROWS, traffic=DAILY, needs=needs), [], draws=10
    )


@pytest.fixture(scope="module")
def items() -> Recommendation:
    return decision.recommend(asks(operations=CRUD, data=ITEMS, traffic=DAILY), [], draws=10)


def test_shares_of_the_cpu_add_up_to_all_of_it(rows: Recommendation) -> None:
    assert {d.operation for d in rows.drivers} == {"read", "insert", "update"}
    assert {d.of for d in rows.drivers} == {"CPU"}
    assert sum(d.share for d in rows.drivers) == pytest.approx(1.0)
    assert rows.drivers[0].share == max(d.share for d in rows.drivers)


def test_dollars_by_operation_are_the_lines_of_units(items: Recommendation) -> None:
    assert items.service == "dynamodb"
    plan = items.plan
    assert plan is not None
    units = sum(c.usd or 0.0 for c in plan.components if "capacity units" in c.name)
    assert sum(d.usd or 0.0 for d in items.drivers) == pytest.approx(units)
    update = items.drivers[0]
    assert update.operation == "update"
    assert update.share == pytest.approx((update.usd or 0.0) / (plan.usd or 1.0))


def test_they_are_said_printed_and_walked(items: Recommendation) -> None:
    assert "of the bill by operation: update " in explain.text(items)
    first = decision.to_json(items)["drivers"][0]
    assert first["operation"] == "update"
    assert "demand/" in explain.walk(items, "dynamodb.driver.update")


def test_nothing_is_said_without_a_plan(items: Recommendation) -> None:
    assert items.plan is not None
    assert drivers.words((), items.plan) == ""
