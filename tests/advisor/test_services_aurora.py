"""Aurora: billed for its log and the pages it reads; on burstable classes and on others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from service_cases import SHOP, plans

from advisor import facts
from advisor.model import Plan, is_burstable
from workloads.spec.model import (
    Needs,
    Operation,
    Retention,
    Traffic,
    Workload,
)


def aurora(workload: Workload, engine: str, storage: str = "aurora-standard") -> Plan:
    """The plan of a cluster with one instance."""
    return next(
        p
        for p in plans("rds", workload)
        if p.option.engine == engine
        and (p.option.storage, p.option.deployment) == (storage, "single-az")
    )


@pytest.mark.parametrize("storage", ["aurora-standard", "aurora-io-optimized"])
@pytest.mark.parametrize("deployment", ["single-az", "multi-az"])
def test_beside_a_burstable_class_on_aurora_stands_one_for_production(
    storage: str, deployment: str
) -> None:
    small = replace(
        SHOP,
        data=replace(SHOP.data, records=100_000, growth_per_month=0.0),
        traffic=Traffic(mean_per_s=1.0, peak_per_s=5.0, shape="daily"),
        needs=Needs(connections=20),
    )
    found = [
        p
        for p in plans("rds", small)
        if (p.option.engine, p.option.storage, p.option.deployment)
        == ("aurora-postgresql", storage, deployment)
    ]
    burstable, steady = found  # cheapest first
    assert is_burstable(burstable.option.instance_class)
    assert not is_burstable(steady.option.instance_class)
    assert "development and test" in str(facts.fact("aurora.t_classes").value)


def test_aurora_is_billed_for_log_in_units_of_4_kib_and_for_no_full_pages() -> None:
    wide = replace(
        SHOP,
        data=replace(SHOP.data, records=100_000, growth_per_month=0.0, record_size_bytes=9_000.0),
        operations=(Operation(kind="update", weight=1.0),),
        traffic=Traffic(mean_per_s=100.0, peak_per_s=100.0, shape="steady"),
        retention=Retention(backup_s=10 * 86400.0),
    )
    month_s = 730 * 3600
    # 30 % of 2,000 + 1.2 x 9,000 B of log is 3,840 B, less than a unit: one write a commit; and
    # one of a hundred visits of 2.5 pages is a read
    of_postgresql = next(
        c for c in aurora(wide, "aurora-postgresql").components if c.name == "storage I/O"
    )
    assert of_postgresql.quantity == pytest.approx(1.025 * 100 * month_s / 1e6, rel=1e-3)
    # the log of InnoDB holds no full pages: 800 + 2 x 9,000 B, 4.59 units; 2 pages are visited
    of_mysql = next(c for c in aurora(wide, "aurora-mysql").components if c.name == "storage I/O")
    assert of_mysql.quantity == pytest.approx(
        100 * month_s * (18_800 / 4096 + 0.02) / 1e6, rel=1e-3
    )
    kept = next(c for c in aurora(wide, "aurora-postgresql").components if "backup" in c.name)
    assert kept.quantity == pytest.approx(100 * 3_840 * 10 * 86400 / 2**30, rel=1e-3)
    assert facts.number("aurora.write_io_unit") == 4096
    on_rds = next(p for p in plans("rds", wide) if p.option.engine == "postgresql")
    snapshots = next(c for c in on_rds.components if "backup" in c.name)
    assert snapshots.quantity > 3 * kept.quantity  # with its full pages


def test_a_whole_table_read_on_aurora_is_billed_by_the_page() -> None:
    reports = replace(
        SHOP,
        data=replace(SHOP.data, records=2_000_000_000, growth_per_month=0.0),
        operations=(Operation(kind="aggregate", weight=1.0),),
        traffic=Traffic(mean_per_s=0.001, peak_per_s=0.001, shape="steady"),
    )
    plan = aurora(reports, "aurora-postgresql")
    found = next(c for c in plan.components if c.name == "storage I/O")
    pages = 2e9 * 1200 / 8192
    assert found.quantity == pytest.approx(0.001 * 730 * 3600 * pages / 1e6, rel=0.02)
