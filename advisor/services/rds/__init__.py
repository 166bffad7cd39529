"""Amazon RDS: PostgreSQL, MySQL, MariaDB, SQL Server and Oracle on instances, Aurora provisioned.

Instances run in one zone, with a standby in another, or with two readable standbys.
"""

from __future__ import annotations

from advisor.case import Case
from advisor.model import Excuse, Plan
from advisor.services.rds import aurora, instances
from advisor.services.rds.engines import offered
from advisor.services.reading import Reading
from advisor.services.service import Service
from advisor.sizing.choice import order

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
        reading = Reading(case=case, family=engine.family)
        found += instances.plans(case, engine, reading)
        if engine.aurora:
            found += aurora.plans(case, engine, reading)
    ranked = sorted((p for p in found if isinstance(p, Plan)), key=order)
    return [*ranked, *(e for e in found if isinstance(e, Excuse))]


SERVICE = Service(name=NAME, title="Amazon RDS (Aurora provisioned included)", plans=plans)
