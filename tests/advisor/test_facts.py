"""Facts: sourced, dated, invariant, quick to load, and never taken from another region."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict

import pytest

from advisor import facts
from advisor.facts import tables
from advisor.facts.assumptions import assumed_operations, assumptions, server_families, witnesses
from workloads import shapes
from workloads.errors import InputError
from workloads.spec.model import KINDS

ALL = list(facts.all_facts())
RDS_ENGINES = ("postgresql", "mysql", "mariadb")
OFFERS = (
    *(
        ("rds", engine, deployment)
        for engine in RDS_ENGINES
        for deployment in ("single-az", "multi-az")
    ),
    *(
        ("aurora", engine, storage)
        for engine in ("postgresql", "mysql")
        for storage in ("standard", "io-optimized")
    ),
    ("ec2", "linux", "on-demand"),
    *(("rds", engine, "multi-az-cluster") for engine in ("postgresql", "mysql")),
    *(
        ("rds", engine, "single-az")
        for engine in ("sqlserver-se", "sqlserver-ee", "oracle-se2", "oracle-ee-byol")
    ),
)


def test_every_fact_has_an_id_a_source_and_a_date_of_its_own() -> None:
    assert len({fact.id for fact in ALL}) == len(ALL) > 2000
    for fact in ALL:
        assert fact.source, fact.id
        assert fact.date, fact.id
        assert fact.value != "", fact.id


def test_a_fact_without_a_dated_source_is_marked_unverified() -> None:
    unsourced = [fact for fact in ALL if fact.source.startswith("unsourced")]
    assert unsourced
    assert all(not fact.verified for fact in unsourced)
    assert all("model memory" not in fact.source for fact in ALL if fact.verified)


def test_every_price_has_a_unit_and_is_positive() -> None:
    prices = [f for f in ALL if "_prices." in f.name or "/" in f.name]
    for fact in prices:
        if isinstance(fact.value, float):
            assert fact.unit, fact.id
            assert fact.value >= 0, fact.id


def test_names_of_sources_are_all_known() -> None:
    known = set(tables.sources())
    used = {row[5] for row in tables.rows("facts.csv")}
    for region in facts.REGIONS:
        used |= {row[4] for row in tables.rows(f"prices_{region}.csv")}
    used |= {row[7] for row in tables.rows("classes.csv")}
    used |= {row[9] for row in tables.rows("discounts.csv")}
    used |= {shape.source for shape in shapes.every().values()}
    assert used <= known
    assert all(tables.sources().values())


@pytest.mark.parametrize("region", facts.REGIONS)
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_io_optimized_instances_cost_about_1_3_times_standard_ones(
    engine: str, region: str
) -> None:
    standard = {
        cls.name: cls.usd_per_hour
        for cls in facts.classes(
            service="aurora", engine=engine, region=region, deployment="standard"
        )
    }
    optimized = facts.classes(
        service="aurora", engine=engine, region=region, deployment="io-optimized"
    )
    assert len(optimized) > 25
    for cls in optimized:
        ratio = (cls.usd_per_hour or 0.0) / (standard[cls.name] or 1.0)
        assert 1.25 < ratio < 1.35, (cls.name, ratio)


@pytest.mark.parametrize("region", facts.REGIONS)
@pytest.mark.parametrize("engine", RDS_ENGINES)
def test_multi_az_costs_twice_single_az(engine: str, region: str) -> None:
    single = {
        cls.name: cls.usd_per_hour or 0.0
        for cls in facts.classes(
            service="rds", engine=engine, region=region, deployment="single-az"
        )
    }
    multi = facts.classes(service="rds", engine=engine, region=region, deployment="multi-az")
    assert {cls.name for cls in multi} == set(single)
    for cls in multi:
        assert cls.usd_per_hour == pytest.approx(2 * single[cls.name], abs=0.0021, rel=0.002)


@pytest.mark.parametrize("region", facts.REGIONS)
@pytest.mark.parametrize("offer", OFFERS, ids="/".join)
def test_price_rises_along_the_sizes_of_a_family(offer: tuple[str, str, str], region: str) -> None:
    service, engine, deployment = offer
    ladders = defaultdict(list)
    for cls in facts.classes(service=service, engine=engine, region=region, deployment=deployment):
        ladders[cls.family].append((cls.vcpu, cls.memory_gib, cls.usd_per_hour or 0.0))
    assert ladders
    for family, sizes in ladders.items():
        ordered = sorted(sizes)
        prices = [price for _, _, price in ordered]
        assert prices == sorted(prices), family
        assert len(set(prices)) == len(prices), family


def test_on_demand_breaks_even_with_provisioned_at_28_9_percent() -> None:
    for unit in ("w", "r"):
        hourly = facts.price(f"dynamodb_prices.{unit}cu_hour", "us-east-1")
        million = facts.price(f"dynamodb_prices.on_demand_{unit}ru_per_million", "us-east-1")
        assert hourly is not None
        assert million is not None
        share = hourly.number / (3600 * million.number / 1e6)
        told = facts.fact("dynamodb_prices.breakeven_on_demand_vs_provisioned").number
        assert 100 * share == pytest.approx(told, abs=0.05)


def test_infrequent_access_pays_when_storage_costs_about_0_4_of_throughput() -> None:
    def of(name: str) -> float:
        return facts.fact(f"dynamodb_prices.{name}@us-east-1").number

    dearer = of("on_demand_wru_per_million_ia") / of("on_demand_wru_per_million") - 1
    cheaper = 1 - of("storage_ia") / of("storage_standard")
    assert dearer / cheaper == pytest.approx(0.417, abs=0.02)


def test_a_longer_or_earlier_payment_takes_more_off() -> None:
    by_kind = {
        (d.service, d.engine, d.family, d.region, d.payment, d.months): d
        for d in tables.discounts().values()
    }
    assert len(by_kind) == len(tables.discounts()) > 60
    for (*kind, payment, months), found in by_kind.items():
        assert 0 <= found.low <= (found.value or found.high) <= found.high < 100
        longer = by_kind.get((*kind, payment, 36))
        if months == 12 and longer is not None and longer.value and found.value:
            assert longer.value > found.value, kind
        earlier = by_kind.get((*kind, "all-upfront", months))
        if earlier is not None and earlier.value and found.value:
            assert earlier.value >= found.value, kind


def test_gp3_multi_az_storage_costs_twice_single_az() -> None:
    for region in ("us-east-1", "eu-west-1"):
        single = facts.fact(f"rds_prices.gp3_storage_single_az@{region}").number
        multi = facts.fact(f"rds_prices.gp3_storage_multi_az@{region}").number
        assert multi == pytest.approx(2 * single)


def test_a_missing_price_is_none_and_never_another_regions() -> None:
    assert facts.price("dynamodb_prices.wcu_hour", "ap-southeast-1") is None
    assert facts.price("rds_prices.gp3_extra_iops_single_az", "eu-west-1") is None
    assert facts.price("rds/postgresql/db.m7g.large/single-az", "sa-east-1") is None
    assert facts.price("no.such_price", "us-east-1") is None
    assert (
        facts.classes(
            service="rds", engine="postgresql", region="sa-east-1", deployment="single-az"
        )
        == ()
    )


def test_a_price_is_that_of_its_region() -> None:
    here = facts.price("aurora_prices.acu_hour_standard", "us-east-1")
    there = facts.price("aurora_prices.acu_hour_standard", "eu-west-1")
    assert here is not None
    assert there is not None
    assert (here.number, there.number) == (0.12, 0.14)
    assert (here.region, there.region) == ("us-east-1", "eu-west-1")


def test_a_fact_is_found_by_its_id_and_by_its_name_alone() -> None:
    assert facts.fact("dynamodb.transaction_items").value == 100
    assert facts.fact("rds_prices.gp3_storage_single_az").region == "us-east-1"
    assert facts.fact("rds_prices.gp3_storage_single_az@eu-west-1").value == 0.127
    price = facts.fact("rds/postgresql/db.r6g.large/multi-az@us-east-1")
    assert price.value == pytest.approx(0.450, abs=0.001)
    for fact in ALL[::50]:
        assert facts.fact(fact.id) == fact


def test_an_unknown_id_is_an_input_error_with_a_hint() -> None:
    with pytest.raises(InputError, match="there is no fact") as caught:
        facts.fact("rds.nonsense")
    assert "advisor facts" in caught.value.hint


def test_a_fact_that_is_text_is_no_number() -> None:
    with pytest.raises(TypeError, match="not a number"):
        _ = facts.fact("rds.engines").number


@pytest.mark.parametrize("offer", OFFERS, ids="/".join)
def test_classes_come_cheapest_first_with_what_sizing_needs(offer: tuple[str, str, str]) -> None:
    service, engine, deployment = offer
    found = facts.classes(service=service, engine=engine, region="us-east-1", deployment=deployment)
    prices = [cls.usd_per_hour or 0.0 for cls in found]
    assert prices == sorted(prices)
    for cls in found:
        low, expected, high = cls.cores
        assert 0 < low <= expected <= high, cls.name
        assert cls.memory_gib > 0, cls.name
        assert cls.ebs_iops > 0, cls.name
        assert cls.network_mib_per_s > 0, cls.name
        assert (cls.cpu_baseline is not None) == cls.family.startswith("t"), cls.name
        assert facts.fact(cls.price_fact).value == cls.usd_per_hour


@pytest.mark.parametrize("region", facts.REGIONS)
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_a_cluster_costs_three_of_what_multi_az_costs_two(engine: str, region: str) -> None:
    multiple = facts.number("rds_prices.multi_az_cluster_multiplier")
    found = facts.classes(
        service="rds", engine=engine, region=region, deployment="multi-az-cluster"
    )
    assert len(found) == 14
    families = str(facts.fact("rds.multi_az_cluster_families").value).split(", ")
    for cls in found:
        assert cls.family in families
        assert not cls.price_verified
        alike = facts.price(f"rds/{engine}/{cls.name.replace('gd.', 'g.')}/single-az", region)
        assert alike is not None
        # the same class with a local disk: 14 to 19 % dearer than without
        assert 1.1 * multiple < (cls.usd_per_hour or 0.0) / alike.number < 1.25 * multiple


def test_multi_az_of_commercial_engines_is_derived_and_says_so() -> None:
    for engine in ("sqlserver-se", "sqlserver-web", "oracle-se2", "oracle-ee-byol"):
        for cls in facts.classes(
            service="rds", engine=engine, region="us-east-1", deployment="multi-az"
        ):
            one = facts.price(f"rds/{engine}/{cls.name}/single-az", "us-east-1")
            assert one is not None
            assert one.verified
            assert cls.usd_per_hour == pytest.approx(2 * one.number)
            assert not cls.price_verified
    # spot check of 2026-05: the prices of 2021 still hold
    told = facts.number("rds_prices.sqlserver_m5_xlarge_se_li")
    listed = facts.price("rds/sqlserver-se/db.m5.xlarge/single-az", "us-east-1")
    assert listed is not None
    assert listed.number == told


def test_a_virtual_cpu_is_a_hyper_thread_or_a_core() -> None:
    families = facts.cpu_families()
    assert families["m5"].single == 1.0
    assert families["m5"].capacity(2)[1] == pytest.approx(2 * 0.53)
    assert families["m7g"].capacity(2)[1] == pytest.approx(2 * 0.97 * families["m7g"].single)
    assert families["m6i"].hyper_threads
    assert not families["m7a"].hyper_threads


def test_scores_name_their_source_and_licence() -> None:
    for family in facts.cpu_families().values():
        assert "SpareCores" in family.source
        assert "CC BY-SA 4.0" in family.source
        # PassMark does not compare across architectures
        assert ("passmark" in family.tests) == (family.architecture == "x86_64")


def test_prices_are_as_of_a_full_date() -> None:
    assert facts.as_of() == "2026-10-08"


def test_every_assumption_has_an_order_and_a_reason() -> None:
    for term in assumptions().values():
        assert term.low <= term.value <= term.high, term.id
        assert term.why, term.id
        assert term.unit, term.id


def test_every_server_family_has_an_assumption_for_every_kind() -> None:
    for family in server_families():
        for kind in (kind for kind in KINDS if kind != "transaction"):  # the sum of its steps
            assert assumed_operations()[family, kind].why


def test_an_engine_is_evidence_for_families_and_a_stranger_for_none() -> None:
    assert [w.family for w in witnesses("postgresql") if w.direct] == ["postgresql"]
    assert {w.family for w in witnesses("postgresql") if not w.direct} == {"mysql", "mariadb"}
    assert [w.family for w in witnesses("lmdb")] == ["key-value"]
    assert witnesses("sqlite") == ()


def test_facts_need_no_heavy_library() -> None:
    code = (
        "import sys; from advisor import facts;"
        "facts.classes(service='rds', engine='mysql', region='us-east-1', deployment='single-az');"
        "heavy = {'numpy', 'pandas', 'polars', 'pyarrow', 'plotly', 'yaml'} & set(sys.modules);"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
