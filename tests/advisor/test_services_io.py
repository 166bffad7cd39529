"""IOPS and throughput are bought as the demand asks; what is short is named with its limit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from service_cases import SHOP, case_of, outcomes, plans

from advisor.cost import total
from advisor.model import Excuse, Plan
from advisor.services.rds.bill import REPLICA
from advisor.services.rds.engines import OPEN_ENGINES as ENGINES
from workloads.spec.model import (
    Needs,
    Operation,
    Traffic,
    Workload,
)


def writing(rate: float) -> Workload:
    """Updates of a table that no memory holds."""
    return replace(
        SHOP,
        data=replace(SHOP.data, records=1_000_000_000),
        operations=(Operation(kind="update", weight=1.0),),
        traffic=Traffic(mean_per_s=rate * 0.7, peak_per_s=rate, shape="steady"),
        needs=Needs(connections=1000, engine="postgresql"),
    )


@pytest.mark.parametrize("rate", [8_000.0, 12_000.0, 20_000.0, 40_000.0])
@pytest.mark.parametrize("service", ["rds", "ec2"])
def test_more_than_9600_writes_a_second_buy_iops_not_memory(service: str, rate: float) -> None:
    on_volumes = [p for p in plans(service, writing(rate)) if p.option.storage in ("gp3", "io2")]
    zones = {"single-az", "multi-az"} | ({"multi-az-cluster"} if service == "rds" else set())
    assert {"single-az", "multi-az"} <= {p.option.deployment for p in on_volumes} <= zones
    for plan in on_volumes:
        bought = sum(c.quantity for c in plan.components if c.unit == "IOPS-month")
        used = next(u for u in plan.utilisation if u.resource == "IOPS")
        included = {"rds": 12_000.0, "ec2": 3_000.0}[service] if plan.option.storage == "gp3" else 0
        servers = 1 + plan.option.replicas
        assert included + bought / servers >= used.used / 0.8 - 1
        assert used.used >= 1.3 * rate  # each update writes 1.3 times
        assert all(use.ratio <= 1 + 1e-9 for use in plan.utilisation)


def test_iops_beyond_a_gp3_volume_come_from_io2_and_the_excuse_names_the_limit() -> None:
    found = outcomes("rds", writing(60_000.0))
    assert {p.option.storage for p in found if isinstance(p, Plan)} >= {"io2"}
    for excuse in (e for e in found if isinstance(e, Excuse) and " gp3" in e.reason):
        assert excuse.bottleneck == "IOPS"
        assert "80 % of the 64,000 that a volume of kind gp3 can be given" in excuse.reason
        assert "fact rds.max_iops" in excuse.reason
    nothing = outcomes("rds", writing(120_000.0))
    assert all(isinstance(e, Excuse) for e in nothing if "gp3" in getattr(e, "reason", ""))
    on_io2 = [
        e
        for e in nothing
        if isinstance(e, Excuse) and " io2" in e.reason and "cluster" not in e.reason
    ]
    assert {e.bottleneck for e in on_io2} == {"IOPS"}
    # no class takes as many IOPS as an io2 volume can be given
    assert all("80 % of the 160,000 of db." in e.reason for e in on_io2), on_io2


def test_of_several_excuses_the_option_that_comes_nearest_speaks() -> None:
    from advisor.contest import contend

    found = [e for e in outcomes("rds", writing(120_000.0)) if isinstance(e, Excuse)]
    said = contend("rds", found, (), case_of(writing(120_000.0))).excuse
    assert said is not None
    assert said.short_by == min(e.short_by for e in found if e.short_by is not None)
    assert said.short_by == pytest.approx(189_369 / 128_000, rel=1e-3)


def test_sessions_that_wait_for_commits_are_said_to_and_get_the_faster_volume() -> None:
    slow = writing(4_000.0)
    few = replace(slow, needs=replace(slow.needs, connections=15))
    found = outcomes("rds", few)
    on_gp3 = [e for e in found if isinstance(e, Excuse) and " gp3" in e.reason]
    assert {e.bottleneck for e in on_gp3} == {"commits"}
    assert all("15 connections that wait" in e.reason for e in on_gp3)
    assert all("fact rds.gp3_write_latency_high" in e.reason for e in on_gp3)
    assert any(isinstance(p, Plan) and p.option.storage == "io2" for p in found)


def test_a_small_volume_on_ec2_is_made_larger_for_the_iops_that_a_gib_may_have() -> None:
    from advisor.sizing.load import GIB, Need
    from advisor.sizing.volumes import Included, gp3

    steps = (Included(from_gib=0, iops=3000, mib_per_s=125, most_iops=80000, most_mib_per_s=2000),)
    wanted = Need(
        hit=0.5,
        cold_share=1.0,
        cores=1.0,
        busiest_day_cores=1.0,
        memory_gib=4.0,
        iops=24_000.0,
        mib_per_s=190.0,
        read_ios_per_s=1.0,
        pages_read_per_s=1.0,
    )
    volume = gp3(5 * GIB, wanted, steps, 20.0)
    assert volume is not None
    assert (volume.iops, volume.extra_iops, volume.size_gib) == (30_000, 27_000, 60.0)
    assert (volume.mib_per_s, volume.extra_mib_per_s) == (238, 113)


def test_nothing_cheaper_serves_the_demand_than_what_was_chosen() -> None:
    """Every class, filled with data, with a volume for the rest: none that fits costs less."""
    from advisor.services.rds import instances
    from advisor.sizing.fitting import utilisation
    from advisor.sizing.levels import loads_of

    workload = writing(12_000.0)
    case = case_of(workload)
    chosen = next(p for p in plans("rds", workload) if p.option.storage == "gp3")
    how = instances._How(
        engine=ENGINES[0],
        deployment="single-az",
        kind="gp3",
        across=REPLICA,
    )
    on = instances._shelf(ENGINES[0], "us-east-1", "single-az", ())
    loads = loads_of(case, "postgresql")
    totals = [
        total(design.bill(cls))
        for design in instances._designs(case, (how, on), loads, "value")
        for cls in on.classes
        if all(
            use.ratio <= 1 for use in utilisation(cls, loads.expected, design.need, design.limits)
        )
    ]
    assert chosen.option.deployment == "single-az"
    assert chosen.usd == pytest.approx(min(usd for usd in totals if usd is not None))
