"""Secondary indexes of a table: written and stored as often as there are, read like the table."""

from __future__ import annotations

import pytest
from rule_cases import asks

from advisor.case import Case, prepare
from advisor.model import Plan
from advisor.services.dynamodb import SERVICE
from workloads.spec.model import Operation

REGIONS = ("us-east-1", "eu-west-1")


def case(indexes: int | None) -> Case:
    workload = asks(
        operations=(Operation(kind="read", weight=80), Operation(kind="update", weight=20)),
        data={"format": "key-value", "records": 10_000_000, "record_size_bytes": 400.0},
        traffic={"mean_per_s": 500.0, "peak_per_s": 1_000.0, "shape": "daily"},
        needs={"indexes": indexes, "regions": REGIONS},
    )
    return prepare(workload, [], region="us-east-1")


def quantities(indexes: int | None) -> dict[str, float]:
    """Of each line of the bill of a table paid by the request."""
    plans = [plan for plan in SERVICE.plans(case(indexes)) if isinstance(plan, Plan)]
    (plan,) = (p for p in plans if (p.option.capacity_mode, p.option.table_class) == MODE)
    return {line.name: line.quantity for line in plan.components}


MODE = ("on-demand", "standard")


def test_each_index_is_written_and_stored_and_the_rest_stays() -> None:
    none, two = quantities(0), quantities(2)
    assert none == quantities(None)
    grown = {name for name, quantity in two.items() if quantity != pytest.approx(none[name])}
    assert grown == {
        "write request units",
        "storage standard",
        "replicated writes in eu-west-1",
        "storage standard in eu-west-1",
    }
    for name in grown:
        assert two[name] == pytest.approx(3 * none[name])


def test_what_is_not_known_of_indexes_is_said() -> None:
    def notes(indexes: int | None) -> str:
        first = SERVICE.plans(case(indexes))[0]
        assert isinstance(first, Plan)
        return "; ".join(first.notes)

    assert "priced without indexes" in notes(None)
    assert "index" not in notes(0)
    assert "paid 3 times" in notes(2)
    assert "default quota of 20 indexes" in notes(21)
