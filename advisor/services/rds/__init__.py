"""Amazon RDS: managed PostgreSQL, MySQL and MariaDB on one instance or two, and Aurora provisioned."""

from __future__ import annotations

from advisor.case import Case
from advisor.model import Excuse, Plan
from advisor.services.rds import aurora, instances
from advisor.services.rds.engines import offered
from advisor.services.service import Service
from advisor.sizing.choice import order
from advisor.sizing.levels import loads_of

NAME = "rds"


def plans(case: Case) -> list[Plan | Excuse]:
    """A plan or an excuse for every engine, deployment and kind of storage; cheapest first."""
    engines = offered(case)
    if not engines:
        return [
            Excuse(
                service=NAME,
                option=None,
                reason=f"no plan for {case.workload.needs.engine} on RDS in these tables",
                bottleneck="engine",
            )
        ]
    found: list[Plan | Excuse] = []
    for engine in engines:
        loads = loads_of(case, engine.family)
        found += instances.plans(case, engine, loads)
        if engine.aurora:
            found += aurora.plans(case, engine, loads)
    ranked = sorted((p for p in found if isinstance(p, Plan)), key=order)
    return [*ranked, *(e for e in found if isinstance(e, Excuse))]


SERVICE = Service(name=NAME, title="Amazon RDS (Aurora provisioned included)", plans=plans)
