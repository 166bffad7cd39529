"""Whole-table questions: weighed by the records they read, served or put on a copy, continuously."""

from __future__ import annotations

import pytest
from rule_cases import AURORA, DYNAMODB, EC2, RDS, asks, case_of

from advisor import beside, decision
from advisor.measured import measure
from advisor.model import Recommendation
from advisor.rules import whole_table
from advisor.variations import Variations
from workloads.spec.model import Operation, Workload

NONE = "none"
RECORDS = 1_000_000


def mixed(share: float, *, mean: float = 100.0, **needs: object) -> Workload:
    """Items by key, of which a share of the operations are aggregates over all of them."""
    mix = (
        Operation(kind="read", weight=80.0 * (1 - share)),
        Operation(kind="update", weight=20.0 * (1 - share)),
        Operation(kind="aggregate", weight=100.0 * share),
    )
    return asks(
        operations=mix,
        data={"format": "key-value", "records": RECORDS, "record_size_bytes": 500.0},
        traffic={"mean_per_s": mean, "peak_per_s": 3 * mean, "shape": "daily"},
        needs=needs,
    )


def recommend(workload: Workload) -> Recommendation:
    return decision.recommend(workload, [], draws=5)


def test_work_is_counted_in_records() -> None:
    even = asks("read", "aggregate", data={"records": 999})
    assert whole_table.work(case_of(even)) == pytest.approx(0.999)
    ranges = asks(
        operations=(
            Operation(kind="range", weight=1, limit=50),
            Operation(kind="update", weight=1, atomic_with=30),
            Operation(kind="scan", weight=1, limit=20),
        )
    )
    assert whole_table.work(case_of(ranges)) == pytest.approx(0.2)
    assert whole_table.work(case_of(asks("read", "aggregate"))) is None
    assert whole_table.work(case_of(asks())) is None


def test_a_workload_with_frequent_aggregates_gets_no_key_value_store() -> None:
    rec = recommend(mixed(0.15))
    assert rec.service in (RDS, AURORA, EC2)
    assert rec.plan is not None
    assert next(u for u in rec.plan.utilisation if u.resource == "CPU").used > 1.0
    assert "columnar-copy" not in rec.plan.features
    said = next(f for f in rec.rules if f.code == "R-AN-002")
    assert "the store itself must answer them" in said.why


def test_rare_aggregates_leave_the_key_value_store_with_a_copy_on_its_bill() -> None:
    rec = recommend(mixed(1e-6))
    assert rec.service == DYNAMODB
    assert rec.plan is not None
    assert "columnar-copy" in rec.plan.features
    assert any(line.name.startswith("columnar copy") for line in rec.plan.components)
    assert beside.NOTE in rec.notes
    assert not any("not in the total: columnar-copy" in note for note in rec.notes)


def test_old_answers_that_are_allowed_make_any_rate_a_matter_of_the_copy() -> None:
    assert recommend(mixed(0.15, replica_lag_s=7200.0)).service == DYNAMODB
    assert recommend(mixed(1e-6, replica_lag_s=60.0)).service != DYNAMODB


def test_more_aggregates_never_bring_a_key_value_store_back() -> None:
    shares = (0.0, 1e-7, 1e-5, 1e-3, 0.02, 0.15, 0.5, 0.94)
    services = [recommend(mixed(share)).service for share in shares]
    gone = services.index(next(s for s in services if s != DYNAMODB))
    assert DYNAMODB not in services[gone:]
    assert services[0] == DYNAMODB


def relational_usd(share: float) -> float:
    rec = recommend(mixed(share))
    return min(r.plan.usd or 0.0 for r in rec.ranking if r.service == RDS and r.plan is not None)


def test_the_relational_bill_has_no_step_where_questions_stop_being_rare() -> None:
    limit = whole_table.reports() / whole_table.refresh_s() / 100.0  # of 100 operations a second
    assert whole_table.kept_apart(case_of(mixed(limit * 0.999)))
    assert not whole_table.kept_apart(case_of(mixed(limit * 1.001)))
    assert relational_usd(limit * 1.001) == pytest.approx(relational_usd(limit * 0.999), rel=0.02)


def test_only_whole_table_questions_need_a_warehouse() -> None:
    rec = recommend(mixed(1.0))
    assert rec.service == NONE
    assert "warehouse" in rec.instead


def test_what_remains_is_asked_less_often_by_what_left() -> None:
    rest = beside.remaining(mixed(0.25))
    assert rest is not None
    assert [o.kind for o in rest.operations] == ["read", "update"]
    assert beside.remaining(mixed(1.0)) is None
    apart = mixed(0.25, replica_lag_s=7200.0)
    judgement = Variations(workload=apart, measured=measure([]), region=None).judge(apart)
    assert judgement.beside is not None
    assert judgement.beside.series.mean_per_s == pytest.approx(75.0)
    assert judgement.sized.series.mean_per_s == pytest.approx(100.0)


def test_what_fresh_answers_cost_is_said() -> None:
    rec = recommend(mixed(0.15))
    note = next(note for note in rec.notes if "may be 1 h old" in note)
    old = recommend(mixed(0.15, replica_lag_s=3600.0))
    assert old.plan is not None
    assert f"{old.service} at {old.plan.usd:,.0f} USD a month" in note
    assert not any("h old" in note for note in (*old.notes, *recommend(mixed(0.0)).notes))


def test_one_warehouse_is_named_once() -> None:
    rec = recommend(mixed(1.0))
    assert rec.instead.count("warehouse") == 1
