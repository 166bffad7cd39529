"""Commercial engines: what the tables of facts do not price is unknown, never left out.

A licence costs money wherever it runs. On servers of one's own it is a line without a price; a
service that offers the engine but has no prices in the tables gets plans without a total. Both
rank after plans with known totals, and say so.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from advisor.case import Case
from advisor.model import Component, Excuse, Option, Plan
from advisor.rules import known
from advisor.rules.licence_engine.products import Product

UNKNOWN = "not in the tables of facts"
OWN = "the licence is your own, and not in the total"
# Deployments every managed engine has, with the tags that rules know them by.
DEPLOYMENTS = (
    ("single-az", ("rds-single-az",)),
    ("multi-az", ("multi-az", "multi-az-standby")),
)


def with_licences(
    service: str, case: Case, outcomes: Sequence[Plan | Excuse]
) -> Sequence[Plan | Excuse]:
    """The outcomes of a service, with what a commercial engine adds to them."""
    engine = known.engine(case)
    if engine is None or not engine.commercial:
        return outcomes
    planned = any(isinstance(outcome, Plan) for outcome in outcomes)
    if service in engine.services:
        return outcomes if planned else [*_unpriced(service, engine), *outcomes]
    own = case.workload.needs.licence == "byol"
    return [_licensed(o, engine, own=own) if isinstance(o, Plan) else o for o in outcomes]


def _licensed(plan: Plan, engine: Product, *, own: bool) -> Plan:
    """The plan with its licence: a line without a price, or a note where one is brought along."""
    if own:
        return replace(plan, notes=(*plan.notes, OWN))
    line = Component(
        name=f"licence of {engine.name}",
        unit="month",
        quantity=1.0,
        price_usd=None,
        fact="",
        note=UNKNOWN,
    )
    return replace(plan, components=(*plan.components, line), low_usd=None, high_usd=None)


def _unpriced(service: str, engine: Product) -> list[Plan]:
    """A plan for each deployment, not sized and without a price."""
    line = Component(
        name=f"instances of {engine.name}",
        unit="month",
        quantity=1.0,
        price_usd=None,
        fact="",
        note=UNKNOWN,
    )
    return [
        Plan(
            option=Option(service=service, engine=engine.name, deployment=deployment),
            components=(line,),
            utilisation=(),
            read_p99_s=None,
            write_p99_s=None,
            features=tags,
            notes=(f"not sized: prices of {engine.name} are {UNKNOWN}",),
        )
        for deployment, tags in DEPLOYMENTS
    ]
