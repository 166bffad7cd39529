"""A recommendation as `advisor recommend --json` prints it, for the pages' tests."""

from __future__ import annotations

import copy
from typing import Any


def component(name: str, unit: str, quantity: float, price: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "unit": unit,
        "quantity": quantity,
        "price_usd": price,
        "usd": None if price is None else quantity * price,
        "fact": f"price-{name.replace(' ', '-')}",
        "note": "",
    }


RDS = [
    component("instance", "h", 730, 0.337),
    component("storage", "GB-month", 100, 0.23),
    component("backup storage", "GB-month", 35, 0.095),
    component("cross-zone transfer", "GB", 40, 0.01),
]
EC2 = [
    component("instance", "h", 1460, 0.0816),
    component("storage", "GB-month", 200, 0.08),
    component("backup storage", "GB-month", 60, 0.023),
    component("administration", "h", 6, 60.0),
]
KEY_VALUE = [
    component("write request units", "million", 1_840, 0.625),
    component("read request units", "million", 736, 0.125),
    component("storage", "GB-month", 6, 0.25),
    component("point-in-time recovery", "GB-month", 6, 0.2),
]
SERVERLESS = [
    component("capacity", "ACU-hour", 2_480, 0.12),
    component("storage", "GB-month", 10, 0.1),
    component("I/O", "million", 61, 0.2),
]


def total(parts: list[dict[str, Any]]) -> float:
    return sum(part["usd"] for part in parts)


def recommendation() -> dict[str, Any]:
    """A fresh copy, free to be changed."""
    return copy.deepcopy(_recommendation())


def _recommendation() -> dict[str, Any]:
    option = {
        "engine": "postgresql",
        "class": "db.m7g.large",
        "deployment": "multi-az",
        "capacity_mode": None,
        "storage": "gp3",
        "storage_gib": 100.0,
        "table_class": None,
        "minimum_acu": None,
        "maximum_acu": None,
        "replicas": 0,
    }
    return {
        "schema": 1,
        "workload": "book-store",
        "service": "rds",
        "option": option,
        "features": ["multi-az", "point-in-time recovery", "encryption at rest"],
        "monthly_cost_usd": {
            "low": 241.0,
            "expected": total(RDS),
            "high": 338.0,
            "components": RDS,
        },
        "confidence": 0.87,
        "confidence_note": "87 % of 200 draws; measuring at 2,000/s for longer would raise it most",
        "ranking": _ranking(option),
        "rules": [
            rule("R-TX-004", "Joins need a relational engine", "exclude", "dynamodb"),
            rule("R-AV-002", "Failover within a minute needs a standby", "require", "rds"),
            rule("R-AV-002", "Failover within a minute needs a standby", "require", "ec2"),
            rule("R-AD-001", "Nobody is there to administer a machine", "prefer", "rds"),
            rule("R-CO-003", "A steady load leaves serverless capacity unused", "warn", None),
        ],
        "assumed": [
            {"input": "needs.availability", "value": "99.9 %", "matters": True, "why": "usual"},
            {"input": "traffic.shape", "value": "daily", "matters": False, "why": "most common"},
            {"input": "needs.connections", "value": "100", "matters": None, "why": ""},
        ],
        "flips": [
            {
                "input": "traffic.mean",
                "now": "350/s",
                "at": "61/s",
                "service": "aurora-serverless",
            },
            {"input": "needs.joins", "now": "true", "at": "false", "service": "dynamodb"},
            {"input": "needs.administration", "now": "unknown", "at": "own", "service": "ec2"},
        ],
        "evidence": _ledger(),
        "facts_as_of": "2026-09-11",
        "utilisation": [
            {"resource": "CPU", "used": 0.41, "ceiling": 1.3, "unit": "cores"},
            {"resource": "memory", "used": 5.1, "ceiling": 5.6, "unit": "GiB"},
            {"resource": "storage IOPS", "used": 640.0, "ceiling": 3000.0, "unit": "IOPS"},
            {"resource": "connections", "used": 100.0, "ceiling": 800.0, "unit": "connections"},
        ],
        "latency": {
            "read_p99_s": {"low": 0.0018, "expected": 0.0024, "high": 0.0041},
            "write_p99_s": {"low": 0.0049, "expected": 0.0062, "high": 0.0105},
        },
        "instead": "",
        "conflicts": [],
        "notes": ["The evidence is the reference machine's: nothing was measured here yet."],
    }


def _ledger() -> list[dict[str, Any]]:
    return [
        evidence("m-read-cpu", "measured", 0.000055, "s", "record 20260911T101500Z.004"),
        evidence("m-update-log", "measured", 1_450.0, "bytes", "record 20260911T101500Z.007"),
        evidence("p-m7g-large", "documented", 0.337, "USD/h", "AWS price list, us-east-1"),
        evidence("c-hyper", "published", 0.53, "fraction", "156 public machine runs"),
        evidence("a-shape", "assumed", "daily", "", "default of the workload format"),
    ]


def _ranking(option: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        ranked("rds", option, RDS),
        ranked(
            "aurora-serverless",
            {"engine": "postgresql", "minimum_acu": 2.0, "maximum_acu": 16.0},
            SERVERLESS,
        ),
        ranked(
            "ec2",
            {"engine": "postgresql", "class": "m7g.large", "storage": "gp3", "replicas": 1},
            EC2,
        ),
        {
            "service": "dynamodb",
            "option": None,
            "usd": None,
            "feasible": False,
            "excuse": "R-TX-004: joins are needed; the store has none",
        },
    ]


def ranked(
    service: str, option: dict[str, Any], components: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "service": service,
        "option": option,
        "usd": total(components),
        "feasible": True,
        "excuse": None,
        "components": components,
    }


def rule(code: str, title: str, verdict: str, service: str | None) -> dict[str, Any]:
    return {
        "code": code,
        "title": title,
        "verdict": verdict,
        "service": service,
        "why": "The workload asks for it, and what cannot give it does not hold the workload.",
        "source": "https://docs.aws.amazon.com/ (read 2026-09-11)",
        "evidence": ["m-read-cpu", "p-m7g-large"],
        "features": [],
    }


def evidence(
    identifier: str, kind: str, value: float | str, unit: str, source: str
) -> dict[str, Any]:
    return {
        "id": identifier,
        "kind": kind,
        "value": value,
        "unit": unit,
        "source": source,
        "date": "2026-09-11",
        "label": f"what {identifier} says",
        "formula": "",
        "inputs": [],
    }
