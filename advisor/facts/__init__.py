"""Facts: prices, limits and features of AWS, with unit, region, source and date.

A price of one region never stands in for another: `price` gives None, and the total of whatever
needed it is unknown. Nothing here reads the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from advisor.facts import tables
from advisor.facts.model import CpuFamily, Discount, Fact, InstanceClass
from workloads.errors import InputError

__all__ = [
    "REGIONS",
    "CpuFamily",
    "Discount",
    "Fact",
    "InstanceClass",
    "all_facts",
    "as_of",
    "classes",
    "cpu_families",
    "discounts",
    "elsewhere",
    "fact",
    "number",
    "price",
]

REGIONS = tables.REGIONS
# Region whose value `fact(name)` gives when a name alone is asked for.
_FIRST_REGION = REGIONS[0]
_DISCOUNTS = "reserved."


@lru_cache(maxsize=4096)
def fact(fact_id: str) -> Fact:
    """The fact of that id: `name`, `name@region`, or `service/engine/class/deployment@region`.

    A name alone gives the fact that holds anywhere, else that of the first region that has one.
    Raises InputError for an id that is in no table.
    """
    name, _, region = fact_id.partition("@")
    found: Fact | None
    if region:
        found = _in(name, region)
    else:
        found = next((f for r in (tables.ANY, *REGIONS) if (f := _in(name, r))), None)
    if found is None:
        raise InputError(
            f"there is no fact '{fact_id}'", hint="`advisor facts` lists and searches them"
        )
    return found


def _in(name: str, region: str) -> Fact | None:
    if "/" in name:
        return tables.hourly_fact(name, region)
    if name.startswith(_DISCOUNTS):
        return tables.discount_fact(tables.fact_id(name, region))
    return tables.general().get((name, region))


@lru_cache(maxsize=4096)
def price(name: str, region: str) -> Fact | None:
    """The price in that region (or one that holds anywhere); None when it is not known."""
    return _in(name, region) or tables.general().get((name, tables.ANY))


@lru_cache(maxsize=4096)
def elsewhere(name: str, region: str) -> Fact | None:
    """The dearest price of the same thing in the other regions; None where none has one."""
    others = (_in(name, other) for other in REGIONS if other != region)
    return max((f for f in others if f is not None), key=lambda f: f.number, default=None)


@lru_cache(maxsize=1024)
def number(name: str) -> float:
    """The value of a numeric fact that holds anywhere."""
    return fact(name).number


def classes(
    *, service: str, engine: str, region: str, deployment: str
) -> tuple[InstanceClass, ...]:
    """Instance classes with a price there, cheapest first; empty when the region has none.

    `service` is rds, aurora or ec2; `deployment` single-az, multi-az, standard, io-optimized or
    on-demand.
    """
    return tables.classes(service, engine, region, deployment)


@lru_cache(maxsize=512)
def discounts(service: str, engine: str, family: str, region: str) -> tuple[Discount, ...]:
    """What commitments take off such an instance there; empty where nothing is known.

    A figure for the family stands before one for any, and one of the region before one of any
    region; never another region's.
    """
    known: dict[tuple[int, str], tuple[int, Discount]] = {}
    for found in tables.discounts().values():
        asked = (
            (found.engine, engine),
            (found.family, family),
            (found.region, region),
        )
        if found.service != service or any(has not in (tables.ANY, want) for has, want in asked):
            continue
        exact = sum(has == want for has, want in asked)
        key = (found.months, found.payment)
        if key not in known or exact > known[key][0]:
            known[key] = (exact, found)
    return tuple(discount for _, (_, discount) in sorted(known.items()))


def cpu_families() -> dict[str, CpuFamily]:
    """EC2 family -> speed of its cores."""
    return tables.cpu_families()


def all_facts() -> Iterator[Fact]:
    """Every fact: the general ones, then instance prices region by region."""
    yield from tables.general().values()
    for ident in tables.discounts():
        discount = tables.discount_fact(ident)
        if discount is not None:
            yield discount
    for region in REGIONS:
        for name in tables.hourly(region):
            found = tables.hourly_fact(name, region)
            if found is not None:
                yield found


def as_of() -> str:
    """The newest date among the verified prices, ISO 8601."""
    return max(
        fact.date
        for (name, _), fact in tables.general().items()
        if fact.verified and "_prices." in name and len(fact.date) == 10 and "USD" in fact.unit
    )
