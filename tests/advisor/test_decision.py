"""Recommendations: cases that an architect signs, their form, and that nothing ever crashes."""

from __future__ import annotations

import json

import pytest
from architect_cases import CASES, NONE, Signed
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_cases import asks, need
from test_rules_all import NEEDS

from advisor import decision
from advisor.model import SERVICES
from workloads import catalogue, spec
from workloads.errors import InputError
from workloads.spec.model import (
    FORMATS,
    KINDS,
    SHAPES,
    Data,
    KeyDistribution,
    LatencyObjective,
    Needs,
    Operation,
    Retention,
    Step,
    Traffic,
    Workload,
)


@pytest.mark.parametrize("signed", CASES, ids=lambda s: s.name)
def test_an_architect_would_sign(signed: Signed) -> None:
    rec = decision.recommend(signed.workload, [], draws=10)
    seen = [(r.service, r.plan.usd if r.plan else None, r.excuse) for r in rec.ranking]
    assert rec.service in signed.services, seen
    assert {f.code for f in rec.rules} >= set(signed.rules)
    for text in signed.conflict:
        assert any(text in conflict for conflict in rec.conflicts), rec.conflicts
    assert signed.instead in rec.instead
    if rec.service == NONE:
        assert rec.plan is None
        assert rec.instead
        return
    assert rec.plan is not None
    assert set(rec.plan.features) >= set(signed.features), rec.plan.features
    if signed.engine:
        assert rec.plan.option.engine == signed.engine


def test_there_are_two_dozen_cases_and_every_service_wins_some() -> None:
    assert len(CASES) >= 24
    assert {s for signed in CASES for s in signed.services} == {*SERVICES, NONE}


@pytest.mark.parametrize("name", catalogue.names())
def test_every_built_in_workload_has_an_answer_that_can_be_explained(name: str) -> None:
    rec = decision.recommend(spec.load(name), [], draws=10)
    assert rec.workload == name
    assert {r.service for r in rec.ranking} == set(SERVICES)
    assert rec.service != NONE or rec.instead
    ids = {e.id for e in rec.evidence}
    for entry in rec.evidence:
        assert set(entry.inputs) <= ids, entry.id


SHAPE = {
    "schema", "workload", "service", "option", "features", "monthly_cost_usd", "confidence",
    "ranking", "rules", "assumed", "flips", "evidence", "facts_as_of",
}  # fmt: skip


def test_json_has_the_promised_shape() -> None:
    rec = decision.recommend(spec.load("book-store"), [], draws=10)
    document = json.loads(json.dumps(decision.to_json(rec), allow_nan=False))
    assert set(document) >= SHAPE
    assert document["schema"] == 1
    assert document["service"] in (*SERVICES, NONE)
    assert {"engine", "class", "deployment", "capacity_mode", "storage"} <= set(document["option"])
    cost = document["monthly_cost_usd"]
    promised = {"low", "expected", "high", "components"}
    added = {"administration", "without_administration", "free_tier", "at_least"}
    assert set(cost) == promised | added
    assert cost["low"] <= cost["expected"] <= cost["high"]
    for component in cost["components"]:
        assert {"name", "unit", "quantity", "price_usd", "usd", "fact"} <= set(component)
    assert sum(c["usd"] for c in cost["components"]) == pytest.approx(cost["expected"])
    for ranked in document["ranking"]:
        assert set(ranked) == {
            "service", "option", "usd", "low", "high", "components", "feasible", "excuse", "administration",
            "without_administration", "committed", "utilisation", "at_least",
        }  # fmt: skip
        if ranked["usd"] is not None:
            priced = sum(c["usd"] for c in ranked["components"])
            assert priced == pytest.approx(ranked["usd"])
            assert ranked["low"] <= ranked["usd"] <= ranked["high"]
    ids = {entry["id"] for entry in document["evidence"]}
    for rule in document["rules"]:
        assert {"code", "title", "verdict", "service", "why", "source", "evidence"} <= set(rule)
        assert set(rule["evidence"]) <= ids
        alone = rule["verdict"] == "exclude" and rule["features"]
        assert rule["excluded_options"] == (rule["features"] if alone else [])
    for assumed in document["assumed"]:
        assert {"input", "value", "matters"} <= set(assumed)
    for flip in document["flips"]:
        assert set(flip) == {"input", "now", "at", "service"}
    for entry in document["evidence"]:
        assert {"id", "kind", "value", "unit", "source", "date"} <= set(entry)
        assert entry["kind"] in ("measured", "published", "documented", "assumed")
    assert len(ids) == len(document["evidence"]), "an id stands for one figure"


def test_json_of_none_says_what_would_fit() -> None:
    document = decision.to_json(decision.recommend(need(engine="redis"), []))
    assert document["service"] == NONE
    assert document["option"] is None
    assert document["monthly_cost_usd"] is None
    assert "ElastiCache" in document["instead"]


def test_the_same_question_has_the_same_answer() -> None:
    workload = spec.load("session-store")
    one = decision.to_json(decision.recommend(workload, [], draws=50, seed=3))
    two = decision.to_json(decision.recommend(workload, [], draws=50, seed=3))
    assert one == two


def test_an_unknown_price_is_never_zero_and_stands_by_what_is_known_of_it() -> None:
    data = {"format": "key-value"}
    rec = decision.recommend(asks(data=data), [], region="ap-southeast-1")
    totals = [r.plan.usd for r in rec.ranking if r.plan is not None]
    assert None in totals
    likely = [r.plan.least_usd for r in rec.ranking if r.plan is not None and r.plan.comparable]
    assert all(usd > 0 for usd in likely)
    assert likely == sorted(likely), "nothing dearer stands before it for having a price"


def test_a_region_without_facts_is_an_input_error() -> None:
    with pytest.raises(InputError, match="region"):
        decision.recommend(need(), [], region="mars-north-1")


def test_what_fits_the_data_holds_where_the_lowest_cost_decides() -> None:
    """Optional preferences lose their worth, the data model does not."""
    managed = decision.recommend(
        asks(
            data={"format": "key-value"}, needs={"lowest_cost": True, "administration": "minimal"}
        ),
        [],
    )
    known = [r.plan.usd for r in managed.ranking if r.plan is not None and r.plan.usd is not None]
    assert managed.plan is not None
    assert managed.plan.usd == min(known)


STEPS = (Step(kind="read", repeat=3), Step(kind="range"), Step(kind="update"))


def _operation(kind: str, weight: float) -> Operation:
    return Operation(kind=kind, weight=weight, steps=STEPS if kind == "transaction" else ())


WORKLOADS = st.builds(
    Workload,
    name=st.just("any"),
    data=st.builds(
        Data,
        format=st.sampled_from([None, *FORMATS]),
        records=st.none() | st.integers(min_value=1, max_value=10**12),
        record_size_bytes=st.none() | st.floats(min_value=1.0, max_value=1e8),
        growth_per_month=st.none() | st.floats(min_value=-0.5, max_value=1.0),
        keys=st.sampled_from(
            [
                None,
                KeyDistribution(),
                KeyDistribution(kind="zipfian", parameters=(0.99,)),
                KeyDistribution(kind="hotspot", parameters=(0.2, 0.8)),
                KeyDistribution(kind="latest"),
                KeyDistribution(kind="exponential"),
            ]
        ),
    ),
    operations=st.lists(
        st.builds(_operation, st.sampled_from(KINDS), st.floats(min_value=0.01, max_value=100)),
        max_size=4,
    ).map(tuple),
    traffic=st.builds(
        Traffic,
        mean_per_s=st.none() | st.floats(min_value=1e-4, max_value=1e5),
        peak_per_s=st.none() | st.floats(min_value=1e5, max_value=1e7),
        shape=st.sampled_from([None, *SHAPES]),
        active_h_per_week=st.none() | st.floats(min_value=1, max_value=168),
    ),
    latency=st.builds(
        LatencyObjective,
        read_p99_s=st.none() | st.floats(min_value=1e-5, max_value=100),
        write_p99_s=st.none() | st.floats(min_value=1e-5, max_value=100),
    ),
    retention=st.builds(
        Retention,
        live_s=st.none() | st.floats(min_value=60, max_value=1e9),
        archive_s=st.none() | st.floats(min_value=60, max_value=1e9),
        backup_s=st.none() | st.floats(min_value=60, max_value=1e9),
    ),
    needs=st.just(Needs()) | NEEDS,
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(workload=WORKLOADS)
def test_any_workload_has_a_recommendation(workload: Workload) -> None:
    rec = decision.recommend(workload, [], draws=5)
    assert rec.service in (*SERVICES, NONE)
    assert (rec.plan is None) == (rec.service == NONE)
    assert rec.confidence is None or 0.0 <= rec.confidence <= 1.0
    json.dumps(decision.to_json(rec), allow_nan=False)
