"""A shop, and what each service makes of it: for the tests of services."""

from __future__ import annotations

from advisor import services
from advisor.case import Case, prepare
from advisor.measured import Measured
from advisor.model import Excuse, Plan
from workloads.spec.model import (
    Data,
    KeyDistribution,
    Needs,
    Operation,
    Retention,
    Traffic,
    Workload,
)

NOTHING = Measured(samples={}, storage={}, refused=(), records=(), reference=True)
SHOP = Workload(
    name="shop",
    region="us-east-1",
    data=Data(
        records=5_000_000,
        record_size_bytes=900.0,
        growth_per_month=0.03,
        keys=KeyDistribution(kind="zipfian", parameters=(0.99,)),
    ),
    operations=(
        Operation(kind="read", weight=75.0),
        Operation(kind="range", weight=12.0, limit=20),
        Operation(kind="update", weight=11.0, atomic_with=2),
        Operation(kind="insert", weight=2.0),
    ),
    traffic=Traffic(mean_per_s=350.0, peak_per_s=2000.0, shape="daily"),
    retention=Retention(backup_s=14 * 86400.0),
    needs=Needs(connections=200),
)


def case_of(workload: Workload) -> Case:
    return prepare(workload, NOTHING)


def outcomes(service: str, workload: Workload) -> list[Plan | Excuse]:
    found = services.get(service)
    assert found is not None
    return found.plans(case_of(workload))


def plans(service: str, workload: Workload) -> list[Plan]:
    return [p for p in outcomes(service, workload) if isinstance(p, Plan)]


def excuses(service: str, workload: Workload) -> list[Excuse]:
    return [p for p in outcomes(service, workload) if isinstance(p, Excuse)]


def lines(plan: Plan) -> dict[str, float | None]:
    return {component.name: component.usd for component in plan.components}
