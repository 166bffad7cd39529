"""Bills: components with a quantity and the fact that prices them.

A price that no table has is None, and so is the total: it is never 0, and never another region's
but for two small things whose price hardly differs (`BORROWED`): then the line says so, and is an
assumption. Beside an unknown price stands what another region asks, for ranking only.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from advisor import facts
from advisor.case import Case, archived_bytes
from advisor.facts import InstanceClass
from advisor.facts.assumptions import assumption
from advisor.facts.tables import fact_id
from advisor.model import HOURS_PER_MONTH, Component
from advisor.sizing.load import GIB, Load

# service, engine, region, deployment
Catalogue = tuple[str, str, str, str]
UNVERIFIED = "price not verified"
# What may be priced as in another region where its own price is not known: transfer between
# regions, and backups kept.
BORROWED = frozenset(
    {
        "transfer_prices.inter_region",
        "rds_prices.backup_storage_beyond_free",
        "aurora_prices.backup_storage_beyond_free",
        "ec2_ebs_prices.snapshot_gb",
    }
)


def line(
    name: str, unit: str, quantity: float, price: str, region: str, *, note: str = ""
) -> Component:
    """One component priced by the fact `price` of a region."""
    found = facts.price(price, region)
    notes = [note] if note else []
    elsewhere = facts.elsewhere(price, region) if found is None else None
    borrowed = elsewhere is not None and price in BORROWED
    if borrowed and elsewhere is not None:
        notes.append(f"assumed: the price of {elsewhere.region}, none is known for {region}")
        found = elsewhere
    elif found is None:
        notes.append(f"no price for {region}")
    elif not found.verified:
        notes.append(UNVERIFIED)
    return Component(
        name=name,
        unit=unit,
        quantity=quantity,
        price_usd=None if found is None else found.number,
        fact=fact_id(price, region) if found is None else found.id,
        note="; ".join(notes),
        borrowed=found.region if borrowed and found is not None else "",
        likely_usd=elsewhere.number if found is None and elsewhere is not None else None,
    )


def per_million(
    name: str, unit: str, millions: float, price: str, region: str, *, note: str = ""
) -> Component:
    """A component whose price is per million of something."""
    return line(name, f"million {unit}", millions, price, region, note=note)


def hours(name: str, cls: InstanceClass, *, count: float = 1, note: str = "") -> Component:
    """Instances of a class for a month."""
    if not cls.price_verified:
        note = "; ".join(word for word in (note, UNVERIFIED) if word)
    return Component(
        name=name,
        unit="hours",
        quantity=HOURS_PER_MONTH * count,
        price_usd=cls.usd_per_hour,
        fact=cls.price_fact,
        note=note,
    )


def archive(case: Case) -> list[Component]:
    """Old records kept cold as compressed files, in the average month of the horizon."""
    logical = archived_bytes(case)
    if logical <= 0:
        return []
    kept = logical * assumption("growth.archive_compression").value / GIB
    return [
        line(
            "archive of expired records (S3 Glacier Deep Archive)",
            "GB-month",
            kept,
            "s3_prices.glacier_deep_archive",
            case.region,
            note="compressed columnar files, mean over the horizon",
        )
    ]


def total(components: Iterable[Component]) -> float | None:
    """Sum of a bill; None when one price is unknown."""
    usd = 0.0
    for component in components:
        line_usd = component.usd
        if line_usd is None:
            return None
        usd += line_usd
    return usd


def least(components: Iterable[Component]) -> float:
    """Sum of a bill to rank by: what is known of it, or likely by another region's price."""
    return sum(component.least_usd for component in components)


def backup_days(case: Case) -> float:
    """Days of the recovery window."""
    return (case.filled.retention.backup_s or 0.0) / 86400.0


def other_regions(case: Case) -> tuple[str, ...]:
    """Regions besides the case's own that the data is wanted in."""
    return tuple(r for r in case.workload.needs.regions or () if r != case.region)


def log_transfer(case: Case, load: Load, to: str, *, share: float = 1.0) -> Component:
    """The log, or a share of it, sent to a copy in another region."""
    sent = load.log_bytes_per_month * share / GIB
    return line(
        f"transfer of the log to {to}", "GB", sent, "transfer_prices.inter_region", case.region
    )


@lru_cache(maxsize=512)
def priced_everywhere(
    classes: Catalogue, regions: tuple[str, ...], deployment: str, *, here: int
) -> tuple[InstanceClass, ...]:
    """The classes with a price of that deployment in each of `regions`, cheapest first.

    `classes` are service, engine, region and deployment of those in the case's own region.
    Cheapest over one instance in each of the regions and `here` in the case's own. All classes
    where none has every price: the total is then unknown, as it should be.
    """
    service, engine, region, own = classes
    found = facts.classes(service=service, engine=engine, region=region, deployment=own)
    if not regions:
        return found
    kept: list[tuple[float, InstanceClass]] = []
    for cls in found:
        name = f"{service}/{engine}/{cls.name}/{deployment}"
        prices = [facts.price(name, other) for other in regions]
        if all(prices):
            there = sum(price.number for price in prices if price is not None)
            kept.append(((cls.usd_per_hour or 0.0) * here + there, cls))
    return tuple(cls for _, cls in sorted(kept, key=lambda pair: pair[0])) or found
