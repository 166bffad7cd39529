"""Transactions of several steps, as the advisor sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.case import Case, prepare
from advisor.facts.assumptions import assumed_operations
from advisor.measured import measure
from advisor.rules import known
from advisor.transactions import assumed_of
from workloads.spec import load
from workloads.spec.model import Operation, Step, Workload

NOTHING = measure(())
TRANSFER = load("tpcb")


def case_of(workload: Workload) -> Case:
    return prepare(workload, NOTHING, region="us-east-1")


def demand_of(workload: Workload, family: str) -> object:
    demand = case_of(workload).demand
    assert demand is not None
    return demand.families[family]


def test_a_transaction_is_assumed_to_cost_its_steps_and_one_commit() -> None:
    (transfer,) = TRANSFER.operations
    table = assumed_operations()
    parts = [table["postgresql", kind] for kind in ("update", "read", "update", "update", "insert")]
    whole = assumed_of("postgresql", transfer)
    assert whole.cpu_us == sum(part.cpu_us for part in parts)
    assert whole.log_bytes == sum(part.log_bytes for part in parts)
    extra = sum(part.write_ios - 1 for part in parts if part.write_ios)
    assert whole.write_ios == pytest.approx(1 + extra)
    reading = Operation(kind="transaction", weight=1, steps=(Step(kind="range", limit=50),))
    ranges = table["postgresql", "range"]
    alone = assumed_of("postgresql", reading)
    assert alone.write_ios == 0
    assert alone.cpu_us == ranges.cpu_us + 50 * ranges.cpu_us_per_row
    assert assumed_of("mysql", Operation(kind="read", weight=1)) is table["mysql", "read"]


def test_one_commit_a_transaction_and_demand_that_grows_with_its_steps() -> None:
    once = demand_of(TRANSFER, "postgresql").mix  # type: ignore[attr-defined]
    (transfer,) = TRANSFER.operations
    more = replace(transfer, steps=(*transfer.steps, Step(kind="read", repeat=10)))
    longer = demand_of(replace(TRANSFER, operations=(more,)), "postgresql").mix  # type: ignore[attr-defined]
    assert once.commits.value == longer.commits.value == 1.0
    assert longer.cpu_s.value > once.cpu_s.value > 0
    assert longer.log_bytes.value == once.log_bytes.value > 0


def test_items_in_a_transaction_cost_twice() -> None:
    demand = case_of(TRANSFER).demand
    assert demand is not None
    (transfer,) = demand.items.operations
    assert transfer.in_transaction
    assert transfer.read_units.value == 2.0  # one item below 4 KiB, transactional
    assert transfer.write_units.value == 8.0  # account, teller, branch, history


def test_rules_see_the_steps() -> None:
    case = case_of(load("oltp-read-write"))
    assert known.kinds(case) == {"read", "range", "update", "delete", "insert"}
    assert known.write_share(case) == pytest.approx(4 / 18)
    assert known.key_only(case) is True
    assert known.largest_transaction(case) == 3  # the deleted record is the inserted one
    assert known.largest_transaction(case_of(TRANSFER)) == 4


def test_rows_that_transactions_insert_are_growth() -> None:
    data = replace(TRANSFER.data, growth_per_month=None)
    sizes = case_of(replace(TRANSFER, data=data)).sizes
    per_month = 200 * 730 * 3600
    assert sizes.records_end - sizes.records_now == pytest.approx(12 * per_month, rel=1e-6)
