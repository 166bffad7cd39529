"""Plans whose total is not known: by what they are ranked, and what they never win by."""

from __future__ import annotations

import pytest
from doubles import Outcome, plan, service
from msgspec.structs import replace
from rule_cases import AURORA, EC2, RDS, asks, case_of, need

from advisor import cost, decision, explain, judgement
from advisor.contest import contend, over_budget, within_budget
from advisor.model import Component, Plan
from workloads.spec.model import Workload


def partly(name: str, known: float, likely: float | None = None) -> Plan:
    """A plan with a line that has a price and one that has none, or another region's only."""
    whole = plan(name, known)
    line = Component(
        name="more", unit="month", quantity=1.0, price_usd=None, fact="", likely_usd=likely
    )
    return replace(whole, components=(*whole.components, line), low_usd=None, high_usd=None)


def order(monkeypatch: pytest.MonkeyPatch, workload: Workload, *made: Outcome) -> list[str]:
    found = tuple(service(str(p.option and p.option.service), [p]) for p in made)
    monkeypatch.setattr("advisor.services.discovered", lambda: found)
    ranked = judgement.judge(case_of(workload)).contenders
    return [c.service for c in ranked]


def test_an_unknown_total_wins_nothing_by_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = need(sql=True, budget_usd_per_month=100.0)
    case = case_of(workload)
    for unknown in (plan(AURORA, None), partly(AURORA, 50.0)):
        assert order(monkeypatch, workload, unknown, plan(RDS, 468.0))[0] == RDS
        assert not within_budget(unknown, case)
        assert not over_budget(unknown, case)
        assert contend(RDS, [unknown, plan(RDS, 468.0)], [], case).plan == plan(RDS, 468.0)
    assert over_budget(partly(AURORA, 101.0), case), "what is known is above it already"


def test_an_unknown_total_is_ranked_by_what_is_known_and_likely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workload = need(sql=True, managed=False)
    likely = partly(RDS, 300.0, likely=50.0)
    assert order(monkeypatch, workload, plan(EC2, 906.0), likely) == [RDS, EC2]
    assert order(monkeypatch, workload, plan(EC2, 340.0), likely) == [EC2, RDS]
    nowhere = partly(RDS, 300.0)
    assert order(monkeypatch, workload, nowhere, plan(EC2, 906.0)) == [EC2, RDS]
    dearer = partly(AURORA, 19_009.0)
    assert order(monkeypatch, workload, dearer, nowhere) == [RDS, AURORA]


def test_the_dearest_other_region_stands_in_to_rank_and_never_in_a_total() -> None:
    line = cost.line("storage", "GB-month", 2.0, "aurora_prices.storage_standard", "ap-southeast-1")
    assert line.usd is None
    assert line.least_usd == pytest.approx(2 * 0.11)
    nothing = cost.line("x", "month", 1.0, "no_prices.such", "ap-southeast-1")
    assert nothing.least_usd == 0.0
    assert nothing.likely_usd is None


def test_a_borrowed_price_is_an_assumption_and_names_its_region() -> None:
    name = "rds_prices.backup_storage_beyond_free"
    line = cost.line("backups", "GB-month", 2.0, name, "eu-central-1")
    assert line.usd == pytest.approx(2 * 0.095)
    assert "assumed: the price of us-east-1" in line.note
    assert "eu-central-1" in line.note


def test_one_missing_price_leaves_sizes_and_services_in_order() -> None:
    """Copies in a region without prices: sized by what is known, and what is not known is said."""
    workload = asks(
        "read",
        "update",
        data={"format": "relational", "records": 5 * 10**6, "record_size_bytes": 900.0},
        traffic={"mean_per_s": 350.0, "peak_per_s": 2000.0, "shape": "daily"},
        needs={
            "engine": "mysql",
            "regions": ("eu-west-1", "eu-central-1"),
            "recovery_point_s": 60.0,
        },
    )
    rec = decision.recommend(workload, [], region="eu-west-1", draws=1)
    plans = [r.plan for r in rec.ranking if r.plan is not None]
    assert [p.usd for p in plans] == [None] * len(plans)
    assert max(p.least_usd for p in plans) < 3000.0, "no largest class, and no largest capacity"
    text = explain.text(rec)
    assert "likely" in text
    assert any("was ranked as" in note for note in rec.notes)
    kinds = {e.kind for e in rec.evidence if "backups-kept-in-eu-central-1" in e.id}
    assert kinds <= {"assumed"}
