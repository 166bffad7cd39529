"""Reading the tables: small CSV files beside this module, each read once and only when needed.

facts.csv            limits, features, prices that are not per instance class
prices_REGION.csv    USD per hour of service/engine/class/deployment
classes.csv          EBS and network of EC2 types; vCPU and memory are in workloads.shapes
discounts.csv        what a commitment of one or three years takes off an hourly price
cpu_families.csv     speed of one core, from SpareCores (CC BY-SA 4.0)
sources.csv          what the short names in the `source` columns stand for

What a refresh wrote later (`advisor.facts.dated`) stands before these where its date is later.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from advisor.facts import dated
from advisor.facts.model import CpuFamily, Discount, Fact, InstanceClass, Value
from workloads import shapes

_TABLES = Path(__file__).parent / "tables"
_MIB_PER_S_PER_MBPS = 1e6 / 8 / 2**20
ANY = "any"
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-1")


def rows(name: str) -> list[list[str]]:
    """All rows of a table but the first."""
    with open(_TABLES / name, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


@cache
def sources() -> dict[str, str]:
    """Short name of a source -> where it is."""
    return {row[0]: row[1] for row in rows("sources.csv")}


def _value(text: str, kind: str) -> Value:
    if kind == "number":
        return float(text)
    return text == "true" if kind == "bool" else text


def fact_id(name: str, region: str) -> str:
    """The unique id of a fact of that name in that region."""
    return name if region == ANY else f"{name}@{region}"


@cache
def general() -> dict[tuple[str, str], Fact]:
    """Every fact that is not a price per instance class, by (name, region)."""
    found: dict[tuple[str, str], Fact] = {}
    later = [row for row in _refreshed() if "/" not in row[0]]
    for name, value, kind, unit, region, source, date, verified, note in (
        *rows("facts.csv"),
        *later,
    ):
        before = found.get((name, region))
        if before is None or date >= before.date:
            found[name, region] = Fact(
                id=fact_id(name, region),
                name=name,
                value=_value(value, kind),
                unit=unit,
                region=region,
                source=sources().get(source, source),
                date=date,
                verified=verified == "true",
                note=note,
            )
    return found


@cache
def _refreshed() -> list[list[str]]:
    return dated.rows()


@cache
def hourly(region: str) -> dict[str, list[str]]:
    """Rows of instance prices of a region by name; empty for a region without facts."""
    if region not in REGIONS:
        return {}
    found = {row[0]: row for row in rows(f"prices_{region}.csv")}
    for name, value, _, unit, where, source, date, verified, _ in _refreshed():
        if (
            "/" not in name
            or where != region
            or name.split("/")[2].removeprefix("db.") not in types()
        ):
            continue
        if name not in found or date >= found[name][5]:
            found[name] = [name, value, unit, where, source, date, verified]
    return found


def hourly_fact(name: str, region: str) -> Fact | None:
    """The price of `service/engine/class/deployment` in a region, or None."""
    row = hourly(region).get(name)
    if row is None:
        return None
    return Fact(
        id=fact_id(name, region),
        name=name,
        value=float(row[1]),
        unit=row[2],
        region=row[3],
        source=sources().get(row[4], row[4]),
        date=row[5],
        verified=row[6] == "true",
    )


@cache
def discounts() -> dict[str, Discount]:
    """What commitments take off, by the id of the fact."""
    found: dict[str, Discount] = {}
    for row in rows("discounts.csv"):
        discount = Discount(
            service=row[0],
            engine=row[1],
            family=row[2],
            months=int(row[3]),
            payment=row[4],
            low=float(row[5]),
            value=float(row[6]) if row[6] else None,
            high=float(row[7]),
            region=row[8],
            source=sources()[row[9]],
            date=row[10],
            verified=row[11] == "true",
        )
        found[fact_id(discount.name, discount.region)] = discount
    return found


def discount_fact(ident: str) -> Fact | None:
    """A discount as a fact, or None."""
    found = discounts().get(ident)
    if found is None:
        return None
    most = found.value is None
    return Fact(
        id=ident,
        name=found.name,
        value=found.high if found.value is None else found.value,
        unit="% off the hourly price" + (" at most" if most else ""),
        region=found.region,
        source=found.source,
        date=found.date,
        verified=found.verified,
        note="" if most else f"{found.low:g} to {found.high:g}",
    )


@cache
def cpu_families() -> dict[str, CpuFamily]:
    """EC2 family -> speed of its cores."""
    texts = sources()
    return {
        row[0]: CpuFamily(
            name=row[0],
            cpu_model=row[1],
            architecture=row[2],
            hyper_threads=row[3] == "true",
            single_low=float(row[4]),
            single=float(row[5]),
            single_high=float(row[6]),
            source=texts[row[9]],
            date=row[10],
            tests=row[12],
        )
        for row in rows("cpu_families.csv")
    }


@cache
def types() -> dict[str, list[str]]:
    """EC2 type -> its row of classes.csv: the types that a class can be made of."""
    return {row[0]: row for row in rows("classes.csv")}


@cache
def classes(service: str, engine: str, region: str, deployment: str) -> tuple[InstanceClass, ...]:
    """Classes that have a price there, cheapest first."""
    found = [
        _instance_class(name, region, row)
        for name, row in _offers(region).get((service, engine, deployment), ())
    ]
    return tuple(sorted(found, key=lambda c: (c.usd_per_hour or 0.0, -c.cores[1], c.name)))


@cache
def _offers(region: str) -> dict[tuple[str, str, str], list[tuple[str, list[str]]]]:
    """Rows of instance prices of a region by service, engine and deployment."""
    found: dict[tuple[str, str, str], list[tuple[str, list[str]]]] = {}
    for name, row in hourly(region).items():
        service, engine, rest = name.split("/", 2)
        found.setdefault((service, engine, rest.rpartition("/")[2]), []).append((name, row))
    return found


def _instance_class(name: str, region: str, priced: list[str]) -> InstanceClass:
    service, engine, class_name, deployment = name.split("/")
    kind = class_name.removeprefix("db.")
    row = types()[kind]
    family = kind.split(".")[0]
    cpu = cpu_families()[family]
    shape = shapes.get(kind)
    return InstanceClass(
        name=class_name,
        family=family,
        service=service,
        engine=engine,
        deployment=deployment,
        region=region,
        vcpu=shape.vcpu,
        memory_gib=shape.memory_gib,
        cores=cpu.capacity(shape.vcpu),
        single=cpu.single,
        cpu_baseline=float(row[6]) if row[6] else None,
        ebs_mib_per_s=float(row[2]) * _MIB_PER_S_PER_MBPS,
        ebs_iops=float(row[3]),
        network_mib_per_s=float(row[4]) * _MIB_PER_S_PER_MBPS,
        nvme_gib=float(row[5]) if row[5] else None,
        usd_per_hour=float(priced[1]),
        price_fact=fact_id(name, region),
        ebs_verified=row[8] == "true",
        price_verified=priced[6] == "true",
    )
