"""Answers of AWS's Price List API in its documented form, and a client that gives them.

The form is that of the user guide of AWS Billing ("Reading the service price list file" and
`GetProducts`): a page holds JSON texts, each a product with its attributes and its terms.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.stub import Stubber

from advisor.facts import price_list

EU = "eu-west-1"


def tiers(unit: str, *prices: tuple[float, str]) -> dict[str, Any]:
    """The on-demand terms of a product: (first unit of the tier, USD)."""
    return {
        "OnDemand": {
            "SKU1.JRTCKXETXF": {
                "priceDimensions": {
                    f"SKU1.JRTCKXETXF.{n}": {
                        "unit": unit,
                        "beginRange": f"{begins:g}",
                        "endRange": "Inf",
                        "description": f"${usd} per {unit}",
                        "appliesTo": [],
                        "rateCode": f"SKU1.JRTCKXETXF.{n}",
                        "pricePerUnit": {"USD": usd},
                    }
                    for n, (begins, usd) in enumerate(prices)
                },
                "sku": "SKU1",
                "effectiveDate": "2026-10-01T00:00:00Z",
                "offerTermCode": "JRTCKXETXF",
                "termAttributes": {},
            }
        }
    }


def product(service: str, terms: dict[str, Any], /, **attributes: str) -> dict[str, Any]:
    """One document; `kind` is the product family."""
    family = attributes.pop("kind", "")
    named = {"regionCode": EU, **attributes}
    return {
        "product": {"productFamily": family, "attributes": named, "sku": "SKU1"},
        "serviceCode": service,
        "terms": terms,
        "version": "20261120000000",
        "publicationDate": "2026-11-20T10:00:00Z",
    }


def storage(service: str, usagetype: str, usd: str, unit: str = "GB-Mo") -> dict[str, Any]:
    return product(service, tiers(unit, (0, usd)), usagetype=usagetype)


def instance(engine: str, usagetype: str, usd: str, **attributes: str) -> dict[str, Any]:
    named = {"databaseEngine": engine, "usagetype": usagetype, "kind": "Database Instance"}
    return product("AmazonRDS", tiers("Hrs", (0, usd)), **named, **attributes)


DOCUMENTS = (
    storage("AmazonRDS", "EU-RDS:GP3-Storage", "0.1300000000"),  # dearer than the table
    storage("AmazonRDS", "EU-RDS:GP3-PIOPS", "0.0220000000"),  # unknown to the table
    storage("AmazonDynamoDB", "EU-TimedPITRStorage-ByteHrs", "0.2200000000"),  # as in the table
    storage("AmazonRDS", "EU-RDS:ChargedBackupUsage", "0.0950000000"),  # unverified in the table
    product(
        "AmazonDynamoDB",
        tiers("GB-Mo", (0, "0.0000000000"), (25, "0.2830000000")),  # a free tier first
        usagetype="EU-TimedStorage-ByteHrs",
    ),
    storage("AmazonDynamoDB", "EU-ReadRequestUnits", "0.0000001415", "ReadRequestUnits"),
    storage("AmazonEC2", "EU-EBS:VolumeP-Throughput.gp3", "45.0560000000", "GiBps-mo"),
    product(
        "AmazonS3",
        tiers("GB-Mo", (0, "0.0230000000"), (51200, "0.0220000000")),
        usagetype="EU-TimedStorage-ByteHrs",
        volumeType="Standard",
    ),
    product(
        "AmazonS3",
        tiers("GB-Mo", (0, "0.0210000000")),
        usagetype="EU-TimedStorage-ByteHrs",
        volumeType="IntelligentTieringFA",
    ),
    storage("AmazonRDS", "EU-Aurora:BackupUsage", "0.0210000000"),
    storage("AmazonRDS", "EU-Aurora:BackupUsage", "0.0230000000"),  # two prices for one name
    instance("PostgreSQL", "EU-InstanceUsage:db.r6g.large", "0.2500000000"),
    instance("PostgreSQL", "EU-Multi-AZUsage:db.r6g.large", "0.4990000000"),
    instance("PostgreSQL", "EU-InstanceUsage:db.r99.large", "0.9990000000"),  # a class to come
    instance("Aurora PostgreSQL", "EU-InstanceUsage:db.r6g.large", "0.2860000000"),
    instance("Aurora PostgreSQL", "EU-InstanceUsageIOOptimized:db.r6g.large", "0.3720000000"),
)


class Answering:
    """Answers as the API filters, one document a page, and remembers what it was asked."""

    def __init__(self, documents: Sequence[dict[str, Any]]) -> None:
        self.documents = documents
        self.said: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def get_products(self, **asked: Any) -> dict[str, Any]:
        wanted = {f["Field"]: f["Value"] for f in asked["Filters"]}
        found = [d for d in self.documents if _holds(d, asked["ServiceCode"], wanted)]
        page = int(asked.get("NextToken", "0"))
        answer: dict[str, Any] = {
            "FormatVersion": "aws_v1",
            "PriceList": [json.dumps(d) for d in found[page : page + 1]],
        }
        if page + 1 < len(found):
            answer["NextToken"] = str(page + 1)
        self.said.append((dict(asked), answer))
        return answer


def _holds(document: dict[str, Any], service: str, wanted: dict[str, str]) -> bool:
    has = {
        **document["product"]["attributes"],
        "productFamily": document["product"]["productFamily"],
    }
    return document["serviceCode"] == service and all(has.get(k) == v for k, v in wanted.items())


def stubbed(documents: Sequence[dict[str, Any]] = DOCUMENTS) -> Stubber:
    """botocore's own client, stubbed with the answers to every question of one region, in order.

    The stubber checks each question and each answer against AWS's description of the API.
    """
    asked = Answering(documents)
    price_list.read(asked, (EU,), "2026-11-30")
    client = boto3.client(
        "pricing",
        region_name=price_list.ENDPOINT_REGION,
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    stub = Stubber(client)
    for question, answer in asked.said:
        stub.add_response("get_products", answer, question)
    return stub
