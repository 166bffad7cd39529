"""Services: each sizes per resource, names its bottleneck, and never costs less for more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from service_cases import NOTHING, SHOP, case_of, excuses, lines, outcomes, plans

from advisor import facts, services
from advisor.case import prepare
from advisor.cost import total
from advisor.model import SERVICES, Excuse, Plan
from workloads.spec.model import (
    KeyDistribution,
    LatencyObjective,
    Needs,
    Operation,
    Retention,
    Traffic,
)


def test_all_four_services_are_discovered() -> None:
    assert {service.name for service in services.discovered()} == set(SERVICES)
    assert all(service.title for service in services.discovered())
    assert services.get("nothing") is None


@pytest.mark.parametrize("service", SERVICES)
def test_plans_come_cheapest_first_and_hold_every_resource(service: str) -> None:
    found = plans(service, SHOP)
    assert found
    known = [p.usd for p in found if p.usd is not None]
    assert known == sorted(known)
    for plan in found:
        assert plan.option.service == service
        assert plan.utilisation
        assert plan.binding is not None
        assert all(use.ratio <= 1.0 + 1e-9 for use in plan.utilisation), plan.utilisation
        assert plan.notes


@pytest.mark.parametrize("service", SERVICES)
def test_a_total_is_the_sum_of_its_lines_and_lies_in_its_interval(service: str) -> None:
    for plan in plans(service, SHOP):
        if plan.usd is None:
            assert any(c.price_usd is None for c in plan.components)
            continue
        assert plan.usd == pytest.approx(total(plan.components))
        assert plan.low_usd is not None
        assert plan.low_usd <= plan.usd * (1 + 1e-9)
        assert plan.high_usd is None or plan.high_usd >= plan.usd * (1 - 1e-9)


@pytest.mark.parametrize("service", SERVICES)
def test_every_line_is_priced_by_a_fact_or_a_listed_assumption(service: str) -> None:
    case = case_of(SHOP)
    ledger = {e.id for e in case.evidence}
    for plan in plans(service, SHOP):
        for component in plan.components:
            if component.price_usd is None:
                assert "no price" in component.note
            elif component.fact in ledger:
                assert component.name == "administration"
            else:
                assert facts.fact(component.fact).value == component.price_usd


@pytest.mark.parametrize("service", SERVICES)
def test_predicted_times_rest_on_evidence(service: str) -> None:
    ledger = {e.id for e in case_of(SHOP).evidence}
    for plan in plans(service, SHOP):
        for predicted in (plan.read_p99_s, plan.write_p99_s):
            assert predicted is not None
            assert 0 < predicted.low <= predicted.value <= predicted.high < 0.1
            for identity in predicted.evidence:
                assert identity in ledger or facts.fact(identity)


def test_only_the_engine_that_must_stay_is_planned() -> None:
    stays = replace(SHOP, needs=Needs(engine="mysql"))
    assert {p.option.engine for p in plans("rds", stays)} == {"mysql", "aurora-mysql"}
    assert {p.option.engine for p in plans("aurora-serverless", stays)} == {"aurora-mysql"}
    assert {p.option.engine for p in plans("ec2", stays)} == {"mysql"}


def test_an_engine_that_rds_does_not_offer_is_excused_and_goes_to_ec2() -> None:
    stays = replace(SHOP, needs=Needs(engine="cassandra"))
    assert [e.bottleneck for e in excuses("rds", stays)] == ["engine"]
    assert [e.bottleneck for e in excuses("aurora-serverless", stays)] == ["engine"]
    on_ec2 = plans("ec2", stays)
    assert {p.option.engine for p in on_ec2} == {"cassandra"}
    assert any("no evidence for cassandra" in note for note in on_ec2[0].notes)


def test_mariadb_has_no_aurora() -> None:
    stays = replace(SHOP, needs=Needs(engine="mariadb"))
    assert not any("aurora" in p.features for p in plans("rds", stays))
    assert excuses("aurora-serverless", stays)


def test_an_item_above_400_kb_excuses_dynamodb() -> None:
    large = replace(SHOP, data=replace(SHOP.data, record_size_bytes=500_000.0))
    (excuse,) = outcomes("dynamodb", large)
    assert isinstance(excuse, Excuse)
    assert excuse.bottleneck == "item size"
    assert "409,600" in excuse.reason


def test_a_transaction_over_too_many_items_excuses_dynamodb() -> None:
    wide = replace(SHOP, operations=(Operation(kind="update", weight=1.0, atomic_with=101),))
    assert [e.bottleneck for e in excuses("dynamodb", wide)] == ["transaction"]


def test_data_above_64_tib_excuses_instances_but_not_clusters() -> None:
    huge = replace(
        SHOP,
        data=replace(SHOP.data, records=100_000_000_000, growth_per_month=0.0),
        traffic=Traffic(mean_per_s=10.0, peak_per_s=20.0, shape="steady"),
    )
    said = {e.bottleneck for e in excuses("rds", huge)}
    assert "storage" in said
    assert not any(p.option.storage == "gp3" for p in plans("rds", huge))


def test_a_peak_beyond_every_class_is_excused_with_the_resource() -> None:
    flood = replace(SHOP, traffic=Traffic(mean_per_s=3e6, peak_per_s=5e6, shape="steady"))
    for service in ("rds", "ec2", "aurora-serverless"):
        assert not plans(service, flood)
        assert {e.bottleneck for e in excuses(service, flood)} <= {
            "CPU",
            "IOPS",
            "network",
            "commits",
        }
        assert all("would need" in e.reason for e in excuses(service, flood))


def test_few_sessions_cannot_commit_fast() -> None:
    one = replace(
        SHOP,
        operations=(Operation(kind="update", weight=1.0),),
        needs=Needs(connections=2),
    )
    assert {e.bottleneck for e in excuses("rds", one)} == {"commits"}


def test_burstable_classes_hold_only_where_the_daily_mean_stays_below_the_baseline() -> None:
    quiet = replace(
        SHOP,
        data=replace(SHOP.data, records=100_000),
        traffic=Traffic(mean_per_s=2.0, peak_per_s=40.0, shape="spiky"),
    )
    busy = replace(quiet, traffic=Traffic(mean_per_s=1500.0, peak_per_s=1600.0, shape="steady"))
    small = plans("rds", quiet)[0]
    assert (small.option.instance_class or "").startswith("db.t")
    earned = next(u for u in small.utilisation if u.resource == "CPU credits")
    assert earned.ratio <= 1.0
    steady = [p for p in plans("rds", busy) if p.option.deployment == "single-az"]
    for plan in steady:
        for use in plan.utilisation:
            assert use.resource != "CPU credits" or use.ratio <= 1.0


def test_a_strict_read_objective_keeps_the_data_in_memory() -> None:
    def memory_gib(read_p99_s: float | None) -> float:
        wanted = replace(SHOP, latency=LatencyObjective(read_p99_s=read_p99_s))
        plan = next(
            p
            for p in plans("rds", wanted)
            if (p.option.engine, p.option.deployment) == ("postgresql", "single-az")
        )
        return next(u.used for u in plan.utilisation if u.resource == "memory")

    assert memory_gib(0.0025) > 2 * memory_gib(None)


def test_an_objective_that_nothing_holds_still_gets_the_nearest_plan() -> None:
    wanted = replace(SHOP, latency=LatencyObjective(read_p99_s=0.0001))
    found = plans("rds", wanted)
    assert found
    assert all(p.read_p99_s is not None and p.read_p99_s.value > 0.0001 for p in found)


def test_slow_commits_on_gp3_bring_io2_into_play() -> None:
    wanted = replace(SHOP, latency=LatencyObjective(write_p99_s=0.005))
    assert "io2" in {p.option.storage for p in plans("rds", wanted)}
    assert "io2" not in {p.option.storage for p in plans("rds", SHOP)}


def test_multi_az_waits_longer_for_a_commit_than_single_az() -> None:
    by = {
        p.option.deployment: p
        for p in plans("rds", SHOP)
        if p.option.engine == "postgresql" and p.option.storage == "gp3"
    }
    single, multi = by["single-az"].write_p99_s, by["multi-az"].write_p99_s
    assert single is not None
    assert multi is not None
    assert multi.value == pytest.approx(single.value + 0.0015)


def test_what_is_asked_for_is_in_the_bill() -> None:
    asked = replace(
        SHOP,
        retention=Retention(
            live_s=90 * 86400.0, archive_s=7 * 365 * 86400.0, backup_s=50 * 86400.0
        ),
        needs=Needs(
            read_scaling=True,
            short_connections=True,
            hot_reads=True,
            regions=("us-east-1", "eu-west-1"),
            connections=100,
        ),
    )
    rds = next(p for p in plans("rds", asked) if p.option.engine == "postgresql")
    names = " | ".join(lines(rds))
    for wanted in ("read replica", "RDS Proxy", "replica in eu-west-1", "archive", "backup"):
        assert wanted in names, names
    assert {"read-replicas", "rds-proxy", "cross-region-replica"} <= set(rds.features)
    table = plans("dynamodb", asked)[0]
    names = " | ".join(lines(table))
    for wanted in ("DAX", "replicated writes in eu-west-1", "point-in-time", "beyond 35 days"):
        assert wanted in names, names
    assert {"dax", "pitr", "ttl"} <= set(table.features)
    assert table.option.deployment == "global-tables"


def test_a_price_that_is_missing_makes_the_total_unknown_not_smaller() -> None:
    abroad = replace(SHOP, region="ap-southeast-1")
    for plan in plans("dynamodb", abroad):
        assert plan.usd is None
        assert plan.low_usd is None
        assert any("no price for ap-southeast-1" in c.note for c in plan.components)


def test_an_unverified_price_says_so() -> None:
    abroad = replace(SHOP, region="ap-southeast-1")
    plan = next(p for p in plans("rds", abroad) if p.option.storage == "gp3")
    storage = next(c for c in plan.components if c.name == "storage gp3")
    assert storage.note == "price not verified"


def test_the_work_on_ec2_is_a_line_of_its_own_and_can_be_left_out() -> None:
    service = services.get("ec2")
    assert service is not None
    counted = service.plans(prepare(SHOP, NOTHING))[0]
    left_out = service.plans(prepare(SHOP, NOTHING, administration=False))[0]
    assert isinstance(counted, Plan)
    assert isinstance(left_out, Plan)
    work = lines(counted)["administration"]
    assert work == pytest.approx(6 * 80.0)
    assert "administration" not in lines(left_out)
    assert counted.usd == pytest.approx((left_out.usd or 0.0) + (work or 0.0))


def test_local_disks_that_lose_data_are_not_sized_as_volumes() -> None:
    for plan in plans("ec2", SHOP):
        assert not (plan.option.instance_class or "").startswith(("i4", "i7", "i8"))


def test_auto_pause_is_offered_only_where_there_is_idle_time() -> None:
    assert not any("auto-pause" in p.features for p in plans("aurora-serverless", SHOP))
    idle = replace(SHOP, traffic=Traffic(mean_per_s=1.0, peak_per_s=20.0, shape="development"))
    by_pause = {
        "auto-pause" in p.features: p
        for p in reversed(plans("aurora-serverless", idle))
        if p.option.engine == "aurora-postgresql"
        and (p.option.storage, p.option.deployment) == ("aurora-standard", "single-az")
    }
    assert by_pause[True].option.minimum_acu == 0.0
    assert (by_pause[True].usd or 0.0) < 0.6 * (by_pause[False].usd or 0.0)
    proxied = replace(idle, needs=Needs(short_connections=True))
    assert not any("auto-pause" in p.features for p in plans("aurora-serverless", proxied))


def test_write_sharding_is_named_where_one_key_takes_more_than_a_partition() -> None:
    skewed = replace(
        SHOP,
        operations=(Operation(kind="update", weight=1.0),),
        traffic=Traffic(mean_per_s=20_000.0, peak_per_s=50_000.0, shape="daily"),
        data=replace(SHOP.data, keys=KeyDistribution(kind="zipfian", parameters=(1.2,))),
    )
    plan = plans("dynamodb", skewed)[0]
    assert "write-sharding" in plan.features
    assert all(use.ratio <= 1.0 for use in plan.utilisation)


def test_io_optimized_is_cheaper_exactly_when_the_published_rule_says_so() -> None:
    for mean in (2.0, 20.0, 200.0, 900.0):
        workload = replace(
            SHOP,
            traffic=Traffic(mean_per_s=mean, peak_per_s=1000.0, shape="daily"),
            latency=LatencyObjective(read_p99_s=0.003),  # the same memory for both
        )
        by = {
            p.option.storage: p
            for p in plans("rds", workload)
            if p.option.engine == "aurora-postgresql" and p.option.deployment == "single-az"
        }
        standard, optimized = by["aurora-standard"], by["aurora-io-optimized"]
        assert standard.option.instance_class == optimized.option.instance_class
        bill = lines(standard)
        io = bill["storage I/O"] or 0.0
        compute = next(usd or 0.0 for name, usd in bill.items() if name.startswith("instance"))
        kept = bill["storage aurora-standard"] or 0.0
        rule = io > 0.30 * compute + 1.25 * kept
        assert rule == ((optimized.usd or 0.0) < (standard.usd or 0.0)), mean


def test_the_share_found_in_memory_is_said_to_be_chosen_or_expected() -> None:
    for service in ("rds", "ec2", "aurora-serverless"):
        for plan in plans(service, SHOP):
            note = next(n for n in plan.notes if "page visits" in n)
            assert "is chosen" in note
            assert "are expected to be found there" in note
            assert " 0 % of page visits" not in note
