"""What the tests of the rules share: small workloads, cases made of them, and the table form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from advisor import rules
from advisor.case import Case, DataSize
from advisor.demand import Demand
from advisor.model import RuleFinding
from advisor.traffic import Series
from workloads.spec.model import (
    Data,
    LatencyObjective,
    Needs,
    Operation,
    Retention,
    Traffic,
    Workload,
)

RDS, AURORA, DYNAMODB, EC2 = "rds", "aurora-serverless", "dynamodb", "ec2"
RELATIONAL = (RDS, AURORA, EC2)
EVERY = (RDS, DYNAMODB, AURORA, EC2)


def need(**needs: Any) -> Workload:
    """A workload of which only needs are known."""
    return Workload(name="case", needs=Needs(**needs))


def asks(
    *kinds: str,
    data: dict[str, Any] | None = None,
    traffic: dict[str, Any] | None = None,
    latency: dict[str, Any] | None = None,
    retention: dict[str, Any] | None = None,
    needs: dict[str, Any] | None = None,
    operations: tuple[Operation, ...] = (),
) -> Workload:
    """A workload with these operation kinds in equal parts, and whatever else is known."""
    mix = operations or tuple(Operation(kind=kind, weight=1.0) for kind in kinds)
    return Workload(
        name="case",
        data=Data(**(data or {})),
        operations=mix,
        traffic=Traffic(**(traffic or {})),
        latency=LatencyObjective(**(latency or {})),
        retention=Retention(**(retention or {})),
        needs=Needs(**(needs or {})),
    )


def case_of(workload: Workload, *, horizon_months: float = 12.0) -> Case:
    """A case for rules: they read the declared workload and the horizon, nothing else."""
    return Case(
        workload=workload,
        filled=workload,
        assumed=(),
        region="us-east-1",
        demand=cast(Demand, None),
        horizon_months=horizon_months,
        evidence=(),
        sizes=cast(DataSize, None),
        series=cast(Series, None),
    )


@dataclass(frozen=True)
class Fires:
    """A workload that makes a rule speak: the verdict, and services and features it names."""

    workload: Workload
    verdict: str
    services: tuple[str, ...]
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleCase:
    """Workloads that make a rule speak and workloads that leave it silent."""

    fires: tuple[Fires, ...]
    silent: tuple[Workload, ...] = field(default=())


def said(code: str, workload: Workload) -> tuple[RuleFinding, ...]:
    """What the rule of that code says of the workload."""
    found = rules.get(code)
    assert found is not None, f"no rule {code}"
    return tuple(found.generate(case_of(workload)))


def check(code: str, table: RuleCase) -> None:
    """Every workload of the table does what it should."""
    for fires in table.fires:
        findings = said(code, fires.workload)
        seen = [(f.verdict, f.services, f.features) for f in findings]
        assert (fires.verdict, fires.services, fires.features) in seen, (code, fires, seen)
        for finding in findings:
            assert finding.code == code
            assert finding.why
            assert finding.source
    for workload in table.silent:
        assert said(code, workload) == (), (code, workload)
