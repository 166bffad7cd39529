"""DAX in front of a table: what it takes off, how many nodes, and how fast reads are."""

from __future__ import annotations

import pytest
from rule_cases import asks

from advisor import decision
from advisor.case import Case, prepare
from advisor.model import Component, Plan
from advisor.services.dynamodb import SERVICE, accelerator
from workloads.spec.model import KeyDistribution, Operation

HOT = KeyDistribution(kind="zipfian", parameters=(0.99,))


def case(peak: float = 6000.0, p99_s: float | None = None, *, hot: bool = True) -> Case:
    workload = asks(
        operations=(Operation(kind="read", weight=95), Operation(kind="update", weight=5)),
        data={
            "format": "key-value",
            "records": 10_000_000,
            "record_size_bytes": 400.0,
            "keys": HOT,
        },
        traffic={"mean_per_s": peak / 3, "peak_per_s": peak, "shape": "daily"},
        latency={} if p99_s is None else {"read_p99_s": p99_s},
        needs={"hot_reads": hot},
    )
    return prepare(workload, [])


def cheapest(of: Case) -> Plan:
    first = SERVICE.plans(of)[0]
    assert isinstance(first, Plan)
    return first


def nodes(found: Plan) -> Component:
    return next(c for c in found.components if c.name.startswith("DAX"))


def test_a_tenth_of_the_reads_is_left_to_the_table() -> None:
    def reads(found: Plan) -> float:
        return next(c.quantity for c in found.components if c.name.startswith("read"))

    with_dax, without = cheapest(case()), cheapest(case(hot=False))
    assert reads(with_dax) == pytest.approx(reads(without) * 0.1, rel=0.01)
    assert "dax" in with_dax.features
    assert "dax" not in without.features


def test_a_tight_objective_is_held_by_nodes_that_keep_nearly_all_that_is_read() -> None:
    tight, loose = cheapest(case(p99_s=0.001)), cheapest(case(p99_s=0.02))
    assert tight.read_p99_s is not None
    assert tight.read_p99_s.value < 0.001
    assert loose.read_p99_s == accelerator.table_read_p99()
    assert "99 % of the reads" in nodes(tight).note
    assert (nodes(tight).usd or 0.0) >= (nodes(loose).usd or 0.0)


def test_more_reads_take_more_nodes_and_never_fewer() -> None:
    found = [nodes(cheapest(case(peak=peak))) for peak in (100.0, 5e3, 5e4, 5e5)]
    usd = [line.usd or 0.0 for line in found]
    assert usd == sorted(usd)
    assert usd[0] < usd[-1]


def test_a_leaderboard_within_a_millisecond_is_a_table_with_dax() -> None:
    rec = decision.recommend(case(peak=60_000.0, p99_s=0.001).workload, [], draws=10)
    assert rec.service == "dynamodb"
    assert rec.plan is not None
    assert "dax" in rec.plan.features
    assert rec.conflicts == ()
