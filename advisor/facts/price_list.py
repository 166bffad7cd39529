"""AWS's Price List API: the prices of today, as facts of this project.

`price_list.csv` names the usage type behind each price that is no instance's, and
`price_list_instances.csv` the attributes of each kind of instance. Usage types begin with a short
name of the region, except in the first region where most have none. One answer of GetProducts is
a page of JSON documents: product (attributes, usage type) and terms (OnDemand: price dimensions
with a beginning, a unit and a price). The first price that is not free is the one meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from advisor.facts import tables
from advisor.facts.model import Fact

# Where the API answers; it knows the prices of every region.
ENDPOINT_REGION = "us-east-1"
PAGE = 100
PREFIXES = {
    "us-east-1": ("", "USE1-"),
    "eu-west-1": ("EU-", "EUW1-"),
    "ap-southeast-1": ("APS1-",),
}
DEPLOYMENTS = {
    ("rds", "InstanceUsage"): "single-az",
    ("rds", "Multi-AZUsage"): "multi-az",
    ("rds", "Multi-AZClusterUsage"): "multi-az-cluster",
    ("aurora", "InstanceUsage"): "standard",
    ("aurora", "InstanceUsageIOOptimized"): "io-optimized",
    ("ec2", "BoxUsage"): "on-demand",
}
_INSTANCE = re.compile(r"(?:[A-Z0-9]+-)?([A-Za-z-]+):((?:db\.)?[a-z0-9-]+\.[a-z0-9]+)")


class Pricing(Protocol):
    """The part of boto3's `pricing` client that is used."""

    def get_products(self, **kwargs: Any) -> dict[str, Any]: ...


class Reading(Struct):
    """What was read: facts, and names that the price list does not answer (fact -> why)."""

    found: dict[str, Fact] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    strangers: set[str] = field(default_factory=set)  # classes that the tables do not describe


class Query(Struct, frozen=True, kw_only=True):
    """One question: a service and the attributes that must be equal."""

    service: str
    filters: tuple[tuple[str, str], ...]


class Price(Struct, frozen=True, kw_only=True):
    """One product's price. `published` is the day of the offer, ISO 8601, or ""."""

    usd: float
    unit: str
    published: str


def client() -> Any:
    """boto3's client of the API. ImportError without boto3."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"max_attempts": 8, "mode": "adaptive"}, connect_timeout=10)
    return boto3.client("pricing", region_name=ENDPOINT_REGION, config=config)


def read(
    api: Pricing, regions: Sequence[str], day: str, *, told: Callable[[str], None] = lambda _: None
) -> Reading:
    """Every price of the tables that the list has for these regions, dated `day`."""
    reading = Reading()
    for region in regions:
        before = len(reading.found)
        for row in tables.rows("price_list.csv"):
            _read_one(api, reading, row, (region, day))
        told(f"{region}: {len(reading.found) - before} prices of storage, requests and the like")
        for row in tables.rows("price_list_instances.csv"):
            before = len(reading.found)
            _read_instances(api, reading, row, (region, day))
            told(f"{region}: {len(reading.found) - before} hourly prices of {row[0]} {row[3]}")
    return reading


def _read_one(api: Pricing, reading: Reading, row: list[str], where: tuple[str, str]) -> None:
    name, service, usage_types, factor, unit, condition = row
    region, day = where
    ident = tables.fact_id(name, region)
    known, _, wanted = condition.partition("=")
    for usage_type in (p + u for u in usage_types.split("|") for p in PREFIXES[region]):
        query = Query(service=service, filters=(("usagetype", usage_type),))
        priced = [
            price
            for document in _products(api, reading, query)
            if (known in ("", "unit") or _attributes(document).get(known) == wanted)
            and (price := price_of(document)) is not None
        ]
        if not priced:
            continue
        if known == "unit" and priced[0].unit != wanted:
            factor = "1"  # the list changed to the unit of the table
        values = {price.usd for price in priced}
        if len(values) > 1:
            said = ", ".join(f"{usd:g}" for usd in sorted(values))
            reading.unanswered[ident] = f"{usage_type} has several prices: {said}"
            return
        reading.found[ident] = Fact(
            id=ident,
            name=name,
            value=float(f"{priced[0].usd * float(factor):.9g}"),
            unit=unit,
            region=region,
            source=_source(service, usage_type, priced[0]),
            date=day,
            verified=True,
        )
        return
    reading.unanswered[ident] = f"no product of {service} with usage type {usage_types}"


def _read_instances(api: Pricing, reading: Reading, row: list[str], where: tuple[str, str]) -> None:
    service, price_service, kind, engine, conditions = row
    region, day = where
    pairs = [tuple(c.split("=", 1)) for c in conditions.split(";")]
    filters = (("regionCode", region), ("productFamily", kind), *((k, v) for k, v in pairs))
    values: dict[str, set[float]] = {}
    for document in _products(api, reading, Query(service=price_service, filters=filters)):
        usage_type = _attributes(document).get("usagetype", "")
        match = _INSTANCE.fullmatch(usage_type)
        deployment = DEPLOYMENTS.get((service, match[1])) if match else None
        price = price_of(document)
        if match is None or deployment is None or price is None:
            continue
        if match[2].removeprefix("db.") not in tables.types():
            reading.strangers.add(match[2])
            continue
        name = f"{service}/{engine}/{match[2]}/{deployment}"
        ident = tables.fact_id(name, region)
        seen = values.setdefault(ident, set())
        seen.add(price.usd)
        if len(seen) > 1:
            said = ", ".join(f"{usd:g}" for usd in sorted(seen))
            reading.unanswered[ident] = f"{usage_type} has several prices: {said}"
            reading.found.pop(ident, None)
            continue
        reading.found[ident] = Fact(
            id=ident,
            name=name,
            value=price.usd,
            unit="USD/hour",
            region=region,
            source=_source(price_service, usage_type, price),
            date=day,
            verified=True,
        )


def _products(api: Pricing, reading: Reading, query: Query) -> Iterator[dict[str, Any]]:
    """Every product that the query finds, page by page."""
    asked: dict[str, Any] = {
        "ServiceCode": query.service,
        "Filters": [{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in query.filters],
        "FormatVersion": "aws_v1",
        "MaxResults": PAGE,
    }
    while True:
        answer = api.get_products(**asked)
        reading.requests += 1
        for text in answer.get("PriceList", ()):
            document = json.loads(text)
            if isinstance(document, dict):
                yield document
        token = answer.get("NextToken")
        if not token:
            return
        asked["NextToken"] = token


def _attributes(document: dict[str, Any]) -> dict[str, str]:
    found = document.get("product", {}).get("attributes", {})
    return found if isinstance(found, dict) else {}


def price_of(document: dict[str, Any]) -> Price | None:
    """The on-demand price of a product: the first tier that is not free; None without one."""
    tiers: list[tuple[float, float, str]] = []
    for offer in document.get("terms", {}).get("OnDemand", {}).values():
        for dimension in offer.get("priceDimensions", {}).values():
            text = dimension.get("pricePerUnit", {}).get("USD")
            if text is not None and float(text) > 0:
                begins = float(dimension.get("beginRange") or 0)
                tiers.append((begins, float(text), str(dimension.get("unit", ""))))
    if not tiers:
        return None
    _, usd, unit = min(tiers)
    published = str(document.get("publicationDate", ""))[:10]
    return Price(usd=usd, unit=unit, published=published)


def _source(service: str, usage_type: str, price: Price) -> str:
    published = f", published {price.published}" if price.published else ""
    return f"AWS Price List API, {service}, usage type {usage_type}{published}"
