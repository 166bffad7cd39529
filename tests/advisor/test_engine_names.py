"""Engines by the words people write: versions, dialects, services of AWS, and misspelt names."""

from __future__ import annotations

import pytest
from rule_cases import EC2, case_of, need, said

from advisor import variations
from advisor.rules.licence_engine.products import PRODUCTS, product
from advisor.services import ec2
from advisor.services.rds.engines import offered
from workloads.spec.reading import notes_on


@pytest.mark.parametrize(
    ("written", "name", "dialects"),
    [
        ("postgresql 16", "postgresql", ("postgresql",)),
        ("mysql5.7", "mysql", ("mysql",)),
        ("Aurora", "aurora", ("postgresql", "mysql")),
        ("aurora-postgresql 15", "aurora-postgresql", ("postgresql",)),
        ("Amazon Aurora for MySQL", "aurora-mysql", ("mysql",)),
        ("amazon rds", "rds", ("postgresql", "mysql", "mariadb")),
        ("rds mariadb", "mariadb", ("mariadb",)),
    ],
)
def test_an_engine_is_known_by_its_words_whatever_its_version(
    written: str, name: str, dialects: tuple[str, ...]
) -> None:
    assert (product(written).name, product(written).speaks) == (name, dialects)
    assert {e.name for e in offered(case_of(need(engine=written)))} == set(dialects)
    assert notes_on(need(engine=written.lower())) == ()


def test_every_product_is_known_to_the_reader_of_workloads() -> None:
    assert [p.name for p in PRODUCTS if notes_on(need(engine=p.name))] == []


def test_an_unknown_engine_is_told_its_nearest_spelling() -> None:
    (finding,) = said("R-LI-012", need(engine="postgers"))
    assert "nearest known name is postgresql" in finding.why
    (finding,) = said("R-LI-012", need(engine="banana"))
    assert "nearest" not in finding.why


def test_a_store_that_nobody_manages_names_what_would_take_its_protocol() -> None:
    (finding,) = said("R-LI-003", need(engine="cassandra"))
    assert "Keyspaces" in finding.why
    (finding,) = said("R-LI-003", need(engine="timescaledb 2"))
    assert "vendor" in finding.instead


def test_a_home_made_pair_fails_over_no_faster_than_the_managed_one() -> None:
    out = ("exclude", (EC2,), ())
    spoken = [
        [(f.verdict, f.services, f.features) for f in said("R-AV-001", need(failover_s=60.0, **n))]
        for n in ({}, {"engine": "mariadb"}, {"administration": "own"}, {"engine": "mongodb"})
    ]
    assert [out in findings for findings in spoken] == [True, True, False, False]


def test_oracle_with_access_to_its_system_is_told_that_rds_custom_ends() -> None:
    told = [
        said("R-AD-001", need(operating_system_access=True, **n))[0].instead
        for n in ({"engine": "oracle"}, {"existing": "Oracle 19c"}, {"engine": "sqlserver"}, {})
    ]
    assert ["2027" in instead for instead in told] == [True, True, False, False]
    assert "RDS Custom" in told[2]


def test_an_engine_that_is_left_is_planned_for_postgresql() -> None:
    left = case_of(need(engine="sqlserver 2019", licence="leave"))
    assert variations.sized_workload(left).needs.engine == "postgresql"
    kept = case_of(need(engine="sqlserver 2019", licence="byol"))
    assert variations.sized_workload(kept) == kept.workload


def test_a_cluster_says_what_it_takes_beside_a_pair() -> None:
    (pair,) = ec2._software(case_of(need(engine="mongo 7")))
    assert "three members" in pair.cluster
    (plain,) = ec2._software(case_of(need(engine="postgresql 16")))
    assert (plain.name, plain.proxy, plain.cluster) == ("postgresql", False, "")
