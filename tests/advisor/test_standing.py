"""What rules leave standing, which plan of a service is best, and the order of services."""

from __future__ import annotations

from dataclasses import replace as replaced

import pytest
from doubles import Outcome, plan, service
from msgspec.structs import replace
from rule_cases import AURORA, DYNAMODB, EC2, RDS, asks, case_of, need

from advisor import case as cases
from advisor import judgement, rules
from advisor.case import Case
from advisor.conflicts import found, instead, pairs
from advisor.contest import contend, misses
from advisor.measured import measure
from advisor.model import Excuse, Option, RuleFinding
from advisor.standing import (
    added_features,
    offers,
    removed_by,
    score_usd,
    services_out,
    tags_of,
    worth_of_service,
)
from advisor.variations import Variations, read_by_sizing, sized_workload
from workloads.spec.model import Operation, Workload


def finding(verdict: str, *services: str, worth: float = 0.0, **more: object) -> RuleFinding:
    return RuleFinding(
        code=str(more.pop("code", "R-XX-001")),
        title="t",
        verdict=verdict,  # type: ignore[arg-type]
        services=services,
        why="because.",
        source="s",
        worth_usd_fraction=worth,
        **more,  # type: ignore[arg-type]
    )


def test_exclude_removes_the_named_and_require_the_others() -> None:
    assert removed_by(finding("exclude", RDS)) == (RDS,)
    assert set(removed_by(finding("require", EC2))) == {RDS, DYNAMODB, AURORA}
    assert removed_by(finding("exclude", RDS, features=("single-az",))) == ()
    assert removed_by(finding("warn", RDS)) == ()
    out = services_out([finding("exclude", RDS, code="R-1"), finding("require", EC2, code="R-2")])
    assert out[RDS].code == "R-1"
    assert out[AURORA].code == "R-2"


def test_tags_are_features_and_words_of_the_option() -> None:
    option = Option(service=DYNAMODB, capacity_mode="on-demand", table_class="standard")
    tags = tags_of(plan(DYNAMODB, 1.0, features=("ttl",), option=option))
    assert tags == {"ttl", "on-demand", "standard"}


def test_an_excluded_kind_of_plan_is_out_and_a_required_one_stays() -> None:
    one = plan(RDS, 1.0, features=("single-az",))
    two = plan(RDS, 2.0, features=("multi-az",))
    excluded = offers([one, two], [finding("exclude", RDS, features=("single-az",))])
    assert [o.out is None for o in excluded] == [False, True]
    required = offers([one, two], [finding("require", RDS, features=("multi-az",))])
    assert [o.out is None for o in required] == [False, True]


def test_a_required_feature_that_no_plan_has_rules_nothing_out() -> None:
    """It is something to add, not a kind of plan."""
    made = [plan(RDS, 1.0, features=("single-az",))]
    asked = finding("require", RDS, features=("aws-backup",))
    assert offers(made, [asked])[0].out is None
    present = frozenset({"single-az"})
    assert added_features(made[0], present, [asked]) == ("aws-backup",)


def test_features_of_a_kind_that_was_not_chosen_are_not_added() -> None:
    chosen = plan(RDS, 1.0, features=("single-az",))
    present = frozenset({"single-az", "aurora"})
    asked = finding("prefer", RDS, features=("aurora", "clones"))
    assert added_features(chosen, present, [asked]) == ()


def test_a_preference_is_worth_a_fraction_of_the_cheapest_total() -> None:
    assert score_usd(1500.0, 0.5, 1000.0) == 1000.0
    assert score_usd(60.0, 0.5, 10.0) == 10.0, "at least of a small bill of 100 USD"
    both = [finding("prefer", RDS, worth=0.2), finding("prefer", RDS, EC2, worth=0.3)]
    assert worth_of_service(RDS, both) == pytest.approx(0.5)
    assert worth_of_service(EC2, both) == pytest.approx(0.3)


def test_a_premium_for_a_preferred_kind_is_not_held_against_the_service() -> None:
    cheap, dear = plan(RDS, 200.0), plan(RDS, 250.0, features=("aurora",))
    liked = finding("prefer", RDS, worth=0.5, features=("aurora",))
    contender = contend(RDS, [cheap, dear], [liked], case_of(need()))
    assert contender.plan == dear
    assert contender.premium_usd == 50.0
    too_dear = plan(RDS, 400.0, features=("aurora",))
    assert contend(RDS, [cheap, too_dear], [liked], case_of(need())).plan == cheap


def test_a_plan_that_holds_the_objective_stands_before_a_cheaper_one() -> None:
    case = case_of(asks(latency={"read_p99_s": 0.010}))
    slow, fast = plan(RDS, 100.0, read_p99_s=0.020), plan(RDS, 300.0, read_p99_s=0.005)
    assert contend(RDS, [slow, fast], [], case).plan == fast
    only_slow = contend(RDS, [slow], [], case)
    assert only_slow.plan == slow
    assert only_slow.excuse is not None
    assert "20 ms" in only_slow.excuse.reason
    assert "10 ms" in only_slow.excuse.reason
    assert not only_slow.feasible


def test_a_cache_answers_the_objective_for_reads_only_where_the_plan_has_it() -> None:
    case = case_of(asks(latency={"read_p99_s": 0.0005}))
    slow = plan(DYNAMODB, 10.0, read_p99_s=0.008)
    assert misses(slow, case)
    assert not contend(DYNAMODB, [slow], rules.findings(case), case).feasible
    cached = plan(DYNAMODB, 10.0, read_p99_s=0.0003)
    assert contend(DYNAMODB, [cached], rules.findings(case), case).feasible


def test_an_unknown_total_stands_behind_a_known_one() -> None:
    known, unknown = plan(RDS, 500.0), plan(RDS, None)
    assert contend(RDS, [unknown, known], [], case_of(need())).plan == known


def judged(monkeypatch: pytest.MonkeyPatch, workload: Workload, **outcomes: list[Outcome]):  # type: ignore[no-untyped-def]
    found = tuple(service(n.replace("_", "-"), made) for n, made in outcomes.items())
    monkeypatch.setattr("advisor.services.discovered", lambda: found)
    return judgement.judge(case_of(workload))


def four(**usd: float) -> dict[str, list[Outcome]]:
    return {name: [plan(name.replace("_", "-"), total)] for name, total in usd.items()}


def test_the_cheapest_wins_when_nothing_else_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = asks(data={"format": "time-series"}, needs={"managed": False})
    answer = judged(monkeypatch, workload, **four(rds=300.0, dynamodb=200.0, ec2=250.0))
    assert [c.service for c in answer.contenders] == [DYNAMODB, EC2, RDS]


def test_a_preference_outweighs_a_small_difference_only(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = need(sql=True, administration="shared", managed=False)
    near = judged(monkeypatch, workload, **four(rds=1150.0, ec2=1000.0))
    assert near.service == RDS
    far = judged(monkeypatch, workload, **four(rds=1250.0, ec2=1000.0))
    assert far.service == EC2


def test_an_excuse_of_sizing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    too_small = Excuse(service=RDS, option=None, reason="no class is large enough")
    answer = judged(monkeypatch, need(sql=True), rds=[too_small], ec2=[plan(EC2, 9.0)])
    last = answer.contenders[-1]
    assert last.excuse == too_small
    assert answer.service == EC2


def test_a_budget_below_every_plan_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = need(sql=True, budget_usd_per_month=100.0)
    answer = judged(monkeypatch, workload, **four(rds=300.0, ec2=400.0))
    assert answer.service == RDS
    (conflict,) = found(answer)
    assert "needs.budget 100 USD" in conflict
    assert "300 USD" in conflict
    within = judged(monkeypatch, workload, **four(rds=300.0, ec2=90.0))
    assert within.service == EC2
    assert found(within) == ()


def test_no_loss_in_several_regions_is_a_conflict_that_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    regions = ("us-east-1", "eu-west-1")
    answer = judged(monkeypatch, need(recovery_point_s=0.0, regions=regions), **four(rds=9.0))
    assert any("multi-Region strong consistency" in said for said in found(answer))
    answer = judged(monkeypatch, need(recovery_point_s=1.0, regions=regions), **four(rds=9.0))
    assert not any("multi-Region" in said for said in found(answer))


def test_conflicts_name_the_pair_and_the_compromises(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = need(engine="postgresql", serverless=True, operating_system_access=True)
    answer = judged(
        monkeypatch, workload, **four(rds=100.0, aurora_serverless=80.0, ec2=500.0, dynamodb=9.0)
    )
    assert answer.service == "none"
    assert {(a.code, b.code) for a, b in pairs(answer.findings)} == {("R-AD-001", "R-AD-007")}
    (conflict,) = found(answer)
    assert "needs.operating_system_access true (R-AD-001) leaves ec2" in conflict
    assert "needs.serverless true (R-AD-007) leaves dynamodb, aurora-serverless" in conflict
    variations = Variations(workload=workload, measured=measure([]), region=None)
    said = instead(answer, variations)
    assert "without needs.serverless true: ec2 at 500 USD a month" in said
    assert "without needs.operating_system_access true: aurora-serverless at 80 USD" in said


def test_what_only_rules_read_does_not_change_what_is_sized() -> None:
    one = read_by_sizing(need(sql=True, joins=True, managed=True, budget_usd_per_month=3.0))
    two = read_by_sizing(need(sql=False, failover_s=3.0, administration="own"))
    assert one == two
    assert read_by_sizing(need(engine="mysql")) != read_by_sizing(need(engine="mariadb"))


def test_what_others_need_and_do_not_price_is_not_held_against_a_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cache on one bill, and a cache on nobody's."""
    base = plan(DYNAMODB, 50.0, features=("dax",))
    cache = replace(base.components[0], name="DAX nodes", price_usd=400.0)
    with_cache = replace(base, components=(*base.components, cache))
    workload = asks(data={"format": "key-value"}, needs={"hot_reads": True, "managed": False})
    answer = judged(monkeypatch, workload, dynamodb=[with_cache], rds=[plan(RDS, 90.0)])
    assert answer.service == DYNAMODB
    assert answer.contenders[0].unmatched_usd == 400.0
    priced = plan(RDS, 90.0, features=("read-cache",))
    both = judged(monkeypatch, workload, dynamodb=[with_cache], rds=[priced])
    assert both.service == RDS, "once both caches are on a bill, bills are compared as they are"


def test_the_engine_that_was_measured_stands_before_one_that_costs_little_less() -> None:
    case = measured_case()
    measured = plan(RDS, 110.0, option=Option(service=RDS, engine="aurora-postgresql"))
    assumed = plan(RDS, 100.0, option=Option(service=RDS, engine="mysql"))
    far_cheaper = plan(RDS, 60.0, option=Option(service=RDS, engine="mysql"))
    assert contend(RDS, [assumed, measured], [], case).plan == measured
    assert contend(RDS, [far_cheaper, measured], [], case).plan == far_cheaper


def test_among_equal_totals_any_record_of_its_own_decides_for_an_engine() -> None:
    case = measured_case(kinds=1)
    measured = plan(RDS, 102.9, option=Option(service=RDS, engine="aurora-postgresql"))
    dearer = plan(RDS, 110.0, option=Option(service=RDS, engine="aurora-postgresql"))
    assumed = plan(RDS, 100.0, option=Option(service=RDS, engine="mysql"))
    assert contend(RDS, [assumed, measured], [], case).plan == measured
    assert contend(RDS, [assumed, dearer], [], case).plan == assumed


def measured_case(kinds: int | None = None) -> Case:
    """A case whose demand is measured in one family (its first `kinds`), assumed in the others."""
    mix = (Operation(kind="read", weight=1.0), Operation(kind="insert", weight=99.0))
    prepared = cases.prepare(asks(operations=mix), measure([]))
    families = dict(prepared.demand.families)
    family = families["postgresql"]
    last = len(family.operations) if kinds is None else kinds
    operations = tuple(
        replace(o, basis="measured") if place < last else o
        for place, o in enumerate(family.operations)
    )
    families["postgresql"] = replace(family, operations=operations, basis="measured")
    return replace(prepared, demand=replace(prepared.demand, families=families))


def test_an_application_that_is_to_change_little_is_sized_on_what_it_runs_on() -> None:
    moved = need(existing="MariaDB 10", application_change="minimal")
    assert sized_workload(cases.prepare(moved, measure([]))).needs.engine == "mariadb"
    free = need(existing="MariaDB 10", application_change="any")
    assert sized_workload(cases.prepare(free, measure([]))).needs.engine is None


def test_where_no_plan_holds_the_objective_the_nearest_is_taken_not_the_cheapest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    far = service(RDS, [plan(RDS, 30.0, read_p99_s=0.0065)])
    near = service(EC2, [plan(EC2, 20.0, read_p99_s=0.02), plan(EC2, 500.0, read_p99_s=0.0041)])
    monkeypatch.setattr("advisor.services.discovered", lambda: (far, near))
    workload = asks("read", latency={"read_p99_s": 0.0025}, needs={"managed": False})
    variations = Variations(workload=workload, measured=measure([]), region=None)
    decided = variations.judge(workload)
    assert decided.service == EC2
    assert decided.plan is not None
    assert decided.plan.usd == pytest.approx(500.0)


@pytest.mark.parametrize(("existing", "chosen"), [(None, RDS), ("RDS", RDS), ("EC2", EC2)])
def test_what_costs_about_the_same_stays_where_it_is(
    monkeypatch: pytest.MonkeyPatch, existing: str | None, chosen: str
) -> None:
    both = (service(RDS, [plan(RDS, 1000.0)]), service(EC2, [plan(EC2, 1050.0)]))
    monkeypatch.setattr("advisor.services.discovered", lambda: both)
    workload = asks("read", needs={"managed": False, "existing": existing})
    variations = Variations(workload=workload, measured=measure([]), region=None)
    assert variations.judge(workload).service == chosen


def test_the_engine_that_runs_today_is_kept_where_another_is_a_little_cheaper() -> None:
    workload = asks(
        "read",
        "update",
        data={"format": "relational", "records": 10**6, "record_size_bytes": 500.0},
        traffic={"mean_per_s": 50.0, "peak_per_s": 100.0, "shape": "daily"},
    )
    for name in ("postgresql", "mysql", "mariadb"):
        moved = replaced(workload, needs=replaced(workload.needs, existing=f"{name} in a cellar"))
        variations = Variations(workload=moved, measured=measure([]), region=None)
        plan_ = variations.judge(moved).plan
        assert plan_ is not None
        assert (plan_.option.engine or "").endswith(name)
