"""Options beyond one server or two: readable standbys, replicas, editions, other regions, disks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from service_cases import NOTHING, SHOP, case_of, excuses, lines, outcomes, plans

from advisor import decision, facts
from advisor.model import Excuse, Plan
from advisor.services.reading import Reading, cheapest_count
from workloads.spec.model import LatencyObjective, Needs, Operation, Traffic, Workload

TWO = ("us-east-1", "eu-west-1")


def needing(**needs: object) -> Workload:
    return replace(SHOP, needs=Needs(connections=200, **needs))


def reading(rate: float, *, updates: float = 5.0, **needs: object) -> Workload:
    """Mostly reads of a table that memory holds, at a rate."""
    return replace(
        SHOP,
        operations=(
            Operation(kind="read", weight=100.0 - updates),
            Operation(kind="update", weight=updates),
        ),
        traffic=Traffic(mean_per_s=rate / 4, peak_per_s=rate, shape="daily"),
        needs=Needs(connections=200, engine="postgresql", **needs),
    )


def of(found: list[Plan], **wanted: object) -> Plan:
    return next(p for p in found if all(getattr(p.option, k) == v for k, v in wanted.items()))


def test_two_readable_standbys_cost_three_of_everything() -> None:
    found = plans("rds", SHOP)
    clusters = [p for p in found if p.option.deployment == "multi-az-cluster"]
    assert {p.option.engine for p in clusters} == {"postgresql", "mysql"}
    plan = of(clusters, engine="postgresql")
    assert {"multi-az", "readable-standbys"} <= set(plan.features)
    instance = next(c for c in plan.components if c.name.startswith("instance"))
    assert instance.name == f"instance {plan.option.instance_class} and its two readable standbys"
    # 3 x 0.187 USD for a db.m6gd.large, and 3 x 0.115 for a GB-month
    assert plan.option.instance_class == "db.m6gd.large"
    assert instance.price_usd == pytest.approx(3 * 0.187)
    assert "not verified" in instance.note
    storage = next(c for c in plan.components if c.name == "storage gp3")
    assert storage.price_usd == pytest.approx(3 * 0.115)


def test_the_commit_of_a_cluster_waits_no_longer_than_that_of_one_standby() -> None:
    found = [p for p in plans("rds", SHOP) if p.option.engine == "postgresql"]
    waits = {p.option.deployment: p.write_p99_s for p in found if p.option.storage == "gp3"}
    single, multi, cluster = (waits[name] for name in ("single-az", "multi-az", "multi-az-cluster"))
    assert single is not None
    assert multi is not None
    assert cluster is not None
    assert single.value < cluster.value < multi.value
    assert "rds.multi_az_cluster_commit" in cluster.evidence


def test_readable_standbys_take_the_place_of_read_replicas() -> None:
    plan = next(
        p
        for p in plans("rds", needing(read_scaling=True, engine="postgresql"))
        if p.option.deployment == "multi-az-cluster"
    )
    assert plan.option.replicas == 2
    assert not any("replica" in name for name in lines(plan))
    assert "read-replicas" not in plan.features


@pytest.mark.parametrize(
    ("needs", "fact", "feature"),
    [
        ({"engine": "sqlserver"}, "rds/sqlserver-se/", "standard-edition"),
        ({"engine": "sqlserver enterprise"}, "rds/sqlserver-ee/", "enterprise-edition"),
        ({"engine": "oracle", "licence": "included"}, "rds/oracle-se2/", "licence-included"),
        ({"engine": "oracle-ee", "licence": "byol"}, "rds/oracle-ee-byol/", "licence-byol"),
    ],
)
def test_commercial_engines_are_sized_and_priced(
    needs: dict[str, object], fact: str, feature: str
) -> None:
    found = plans("rds", needing(**needs))
    assert {p.option.deployment for p in found} == {"single-az", "multi-az"}
    for plan in found:
        instance = plan.components[0]
        assert instance.fact.startswith(fact)
        assert plan.usd is not None
        assert feature in plan.features
        assert any("sized as postgresql" in note for note in plan.notes)
    single, double = (of(found, deployment=d) for d in ("single-az", "multi-az"))
    assert "not verified" not in single.components[0].note
    assert "not verified" in double.components[0].note


def test_another_licence_of_a_commercial_engine_is_another_price() -> None:
    from advisor.variations import Variations

    def usd(licence: str) -> float:
        plan = asked.judge(needing(engine="oracle", licence=licence)).plan
        assert plan is not None
        return plan.usd or 0.0

    asked = Variations(workload=needing(engine="oracle"), measured=NOTHING, region=None)
    assert usd("byol") < usd("included")


def test_a_licence_of_ones_own_is_in_no_total() -> None:
    found = decision.recommend(needing(engine="oracle", licence="byol"), [], draws=5)
    priced = {r.service: r.plan for r in found.ranking if r.plan is not None}
    for service in ("rds", "ec2"):
        plan = priced[service]
        assert plan.usd is not None
        assert "the licence is your own, and not in the total" in plan.notes
    bought = decision.recommend(needing(engine="oracle"), [], draws=5)
    unpriced = next(r.plan for r in bought.ranking if r.service == "ec2")
    assert unpriced is not None
    assert unpriced.usd is None


def test_an_edition_without_prices_stays_unknown() -> None:
    needs = needing(engine="oracle enterprise", licence="included")
    recommended = decision.recommend(needs, [], draws=5)
    assert recommended.plan is not None
    assert recommended.plan.usd is None


def test_sql_server_has_a_smaller_volume_and_no_arm_processor() -> None:
    assert all(
        p.option.instance_class
        and facts.cpu_families()[p.option.instance_class.split(".")[0]].architecture == "x86_64"
        for p in plans("ec2", needing(engine="sqlserver"))
    )
    large = replace(needing(engine="sqlserver"), data=replace(SHOP.data, records=20_000_000_000))
    assert all("a volume holds 16,384" in e.reason for e in excuses("rds", large))


def test_reads_beyond_one_server_are_spread_over_replicas() -> None:
    alone = [
        o
        for o in outcomes("rds", reading(2e6, updates=0.2))
        if "gp3" in str(getattr(o, "reason", ""))
    ]
    assert alone
    assert all(isinstance(o, Excuse) and o.bottleneck == "CPU" for o in alone)
    found = plans("rds", reading(2e6, updates=0.2, read_scaling=True))
    single = of(found, deployment="single-az", storage="gp3")
    assert 2 <= single.option.replicas <= 15
    assert "read-replicas" in single.features
    assert all(use.ratio <= 1 for use in single.utilisation)
    replicas = next(c for c in single.components if c.name.startswith("read replica"))
    assert replicas.quantity == 730.0 * single.option.replicas
    on_ec2 = plans("ec2", reading(2e6, updates=0.2, read_scaling=True))[0]
    assert on_ec2.option.replicas >= 2
    assert f"{on_ec2.option.replicas} read replicas" in on_ec2.components[0].name


def test_replicas_of_aurora_come_and_go_with_the_load() -> None:
    found = plans("rds", reading(300_000.0, read_scaling=True))
    plan = of(found, deployment="multi-az", storage="aurora-io-optimized")
    assert "replica-auto-scaling" in plan.features
    lasting, scaled = plan.components[:2]
    assert lasting.quantity == 730.0 * 3  # the writer, what takes over, and the first replica
    extra = plan.option.replicas - 2
    assert extra >= 1
    assert 0 < scaled.quantity < 730.0 * extra  # not all of them all day
    assert scaled.price_usd == lasting.price_usd


def test_every_replica_does_all_the_writes_and_its_share_of_the_reads() -> None:
    shared = Reading(case=case_of(reading(10_000.0, updates=20.0)), family="postgresql")
    whole, half = shared.loads(1).expected, shared.loads(2).expected
    assert shared.loads(0) is shared.loads(1)
    assert half.log_bytes_per_s == pytest.approx(whole.log_bytes_per_s)
    assert half.commits_per_s == pytest.approx(whole.commits_per_s)
    assert whole.cores / 2 < half.cores < whole.cores
    assert half.peak_per_s == pytest.approx(whole.peak_per_s * (0.2 + 0.8 / 2))
    assert half.data_bytes_end == whole.data_bytes_end


def test_the_search_for_a_count_ends_where_the_bill_rises() -> None:
    plan = plans("rds", SHOP)[0]
    tried: list[int] = []

    def make(count: int) -> Plan | Excuse:
        tried.append(count)
        if count == 1:
            return Excuse(service="rds", option=None, reason="too small")
        usd = {2: 30.0, 3: 20.0, 5: 25.0}[count]
        line = plan.components[0]
        lines_now = (replace_price(line, usd),)
        return Plan(
            option=plan.option,
            components=lines_now,
            utilisation=(),
            read_p99_s=None,
            write_p99_s=None,
            features=(),
        )

    found = cheapest_count((1, 2, 3, 5, 8), make)
    assert isinstance(found, Plan)
    assert found.usd == 20.0
    assert tried == [1, 2, 3, 5]
    assert isinstance(cheapest_count((1,), make), Excuse)


def replace_price(line: object, usd: float) -> object:
    from msgspec import structs

    return structs.replace(line, quantity=1.0, price_usd=usd)


def test_backups_in_another_region_are_taken_where_hours_are_allowed() -> None:
    asked = {"engine": "postgresql", "regions": TWO}
    lax = needing(**asked, recovery_point_s=3600.0, recovery_time_s=86400.0)
    copies = [p for p in plans("rds", lax) if p.option.storage == "gp3"]
    by_way = {
        way: of([p for p in copies if way in p.features], deployment="single-az")
        for way in ("cross-region-replica", "cross-region-snapshots")
    }
    cheap = by_way["cross-region-snapshots"]
    kept = next(c for c in cheap.components if c.name == "backups kept in eu-west-1")
    assert kept.fact == "rds_prices.backup_storage_beyond_free@eu-west-1"
    assert (cheap.usd or 0.0) < (by_way["cross-region-replica"].usd or 0.0)
    best = decision.recommend(lax, [], draws=5)
    strict = decision.recommend(needing(**asked), [], draws=5)
    assert best.plan is not None
    assert strict.plan is not None
    assert "cross-region-snapshots" in best.plan.features
    assert "cross-region-snapshots" not in strict.plan.features


def test_provisioned_iops_come_in_two_kinds() -> None:
    fast = replace(SHOP, latency=LatencyObjective(write_p99_s=0.006))
    found = plans("rds", replace(fast, needs=Needs(connections=200, engine="postgresql")))
    kinds = {p.option.storage for p in found}
    assert {"gp3", "io1", "io2"} <= kinds
    one = of(found, storage="io1", deployment="single-az")
    priced = {c.fact for c in one.components}
    assert {
        "rds_prices.io1_storage_single_az@us-east-1",
        "rds_prices.io1_iops_single_az@us-east-1",
    } <= priced
    two = of(found, storage="io2", deployment="single-az")
    assert (two.write_p99_s.value if two.write_p99_s else 0.0) < (
        one.write_p99_s.value if one.write_p99_s else 0.0
    )


def test_disks_of_the_server_need_a_standby_and_room_for_the_data() -> None:
    fast = replace(SHOP, latency=LatencyObjective(write_p99_s=0.006))
    local = [p for p in plans("ec2", fast) if p.option.storage == "nvme"]
    assert local
    for plan in local:
        assert plan.option.deployment == "multi-az"
        assert "local-storage" in plan.features
        assert not any("volume" in name for name in lines(plan))
        assert any("lost when a server stops" in note for note in plan.notes)
    gp3 = next(p for p in plans("ec2", fast) if p.option.storage == "gp3")
    assert gp3.write_p99_s is not None
    assert local[0].write_p99_s is not None
    assert local[0].write_p99_s.value < gp3.write_p99_s.value
    # 20 TB are in no local disk of the tables: 30,000 GB / 0.8 would be needed
    huge = replace(fast, data=replace(SHOP.data, records=25_000_000_000))
    assert not [p for p in plans("ec2", huge) if p.option.storage == "nvme"]


def test_capacity_set_by_hand_holds_the_peak_all_day() -> None:
    found = plans("dynamodb", SHOP)
    fixed = of(found, capacity_mode="provisioned", table_class="standard")
    scaled = of(found, capacity_mode="provisioned-autoscaling", table_class="standard")
    writes = {
        p.option.capacity_mode: next(c for c in p.components if c.name.startswith("write"))
        for p in (fixed, scaled)
    }
    # 2000/s x 11 % x 2 rows x 2 (in a transaction) and 2 % inserts, at 70 %: hand arithmetic
    per_s = 2000 * (0.11 * 2 * 2 + 0.02)
    assert writes["provisioned"].quantity == pytest.approx(per_s / 0.7 * 730)
    assert writes["provisioned-autoscaling"].quantity < writes["provisioned"].quantity
    rare = of(found, capacity_mode="provisioned", table_class="standard-ia")
    assert "standard-ia" in rare.features
    assert all(c.free == 0 for c in rare.components)
    assert any(c.free > 0 for c in fixed.components)
