"""What is known of a case, three-valued: True, False, or None where nobody said.

Rules read the declared workload through these, never the one with defaults filled in, so that
no rule guesses.
"""

from __future__ import annotations

import re

from advisor.case import Case
from advisor.rules.licence_engine.products import Product, mentioned, product
from workloads.spec.model import WRITE_KINDS

KEY_KINDS = frozenset({"read", "insert", "update", "read-modify-write", "delete", "range"})
MANY_ROWS = 1_000_000  # a question over fewer rows is answered within about 100 ms
BY_KEY = KEY_KINDS - {"insert"} | {"join"}  # what a warehouse is no place for
# How services are spoken of, longest first.
SPOKEN = {
    "aurora serverless": "aurora-serverless",
    "serverless v2": "aurora-serverless",
    "dynamodb": "dynamodb",
    "aurora": "rds",
    "rds": "rds",
    "ec2": "ec2",
}
ITEM_FORMATS = frozenset({"key-value", "document"})


LEFT_FOR = "postgresql"  # what AWS's tools convert a commercial engine to


def named(case: Case) -> Product | None:
    """The product that `needs.engine` names, or None when none is named."""
    name = case.workload.needs.engine
    return product(name) if name else None


def leaves(case: Case) -> bool:
    """Whether the product that is named is commercial and is to be left with its licence."""
    left = named(case)
    return left is not None and left.commercial and case.workload.needs.licence == "leave"


def engine(case: Case) -> Product | None:
    """The product to run: the one that must stay, or what it is left for; None when none is named."""
    return product(LEFT_FOR) if leaves(case) else named(case)


def existing(case: Case) -> Product | None:
    """The product that runs today, read from the free text of `needs.existing`."""
    text = case.workload.needs.existing
    return mentioned(text) if text else None


def existing_service(case: Case) -> str | None:
    """The service that holds the data today, read from `needs.existing`; None when none is named.

    The longest name wins: `Aurora Serverless` is not `Aurora`, a kind of RDS.
    """
    text = (case.workload.needs.existing or "").lower().replace("-", " ")
    said = re.compile(rf"\b({'|'.join(SPOKEN)})\b").search(text)
    return SPOKEN[said.group(1)] if said else None


def shares(case: Case, kinds: frozenset[str]) -> float | None:
    """Share of requests of these kinds, 0..1; None when no operation is declared.

    A transaction counts as its steps.
    """
    requests = case.workload.requests
    total = sum(r.weight for r in requests)
    if not total:
        return None
    return sum(r.weight for r in requests if r.kind in kinds) / total


def kinds(case: Case) -> frozenset[str]:
    """Kinds of request that are declared with some weight; of transactions those of their steps."""
    return frozenset(request.kind for request in case.workload.requests if request.weight > 0)


def key_only(case: Case) -> bool | None:
    """True when every operation goes through the key; None when no operation is declared."""
    seen = kinds(case)
    return seen <= KEY_KINDS if seen else None


def joins(case: Case) -> bool | None:
    """Joins, declared as a need or as an operation."""
    if case.workload.needs.joins or "join" in kinds(case):
        return True
    return case.workload.needs.joins


def relational(case: Case) -> bool | None:
    """True when something declared needs a relational database, False when its absence is declared."""
    needs, data = case.workload.needs, case.workload.data
    named = engine(case)
    if named is not None:
        return named.family == "relational"
    if data.format == "relational" or needs.sql or joins(case) or needs.ad_hoc_queries:
        return True
    if data.format in ITEM_FORMATS or needs.sql is False:
        return False
    return None


def largest_transaction(case: Case) -> int | None:
    """Most records that one declared operation changes at once; None when none says."""
    sizes = [
        o.records_written
        for o in case.workload.operations
        if o.atomic_with is not None or o.kind == "transaction"
    ]
    return max(sizes) if sizes else None


def stored_bytes(case: Case) -> float | None:
    """Logical bytes at the horizon; growth that nobody gave counts as none. None: size unknown."""
    data = case.workload.data
    if data.records is None or data.record_size_bytes is None:
        return None
    growth = float((1.0 + (data.growth_per_month or 0.0)) ** case.horizon_months)
    return data.records * data.record_size_bytes * growth


def peak_per_s(case: Case) -> float | None:
    """Requests per second at the peak, as declared; the mean when only that is given."""
    traffic = case.workload.traffic
    return traffic.peak_per_s if traffic.peak_per_s is not None else traffic.mean_per_s


def write_share(case: Case) -> float | None:
    """Share of operations that write, 0..1."""
    return shares(case, WRITE_KINDS)


def number(value: float) -> str:
    """A number for a sentence: `1,200`, `0.25`, never `1e+06`."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.3g}"


def percent(share: float) -> str:
    """A share for a sentence, never rounded to all of it: `12.5 %`, `over 99.9 %`."""
    return "over 99.9 %" if 0.999 < share < 1.0 else f"{number(100.0 * share)} %"


def duration(seconds: float) -> str:
    """A time for a sentence, in the largest unit that keeps it at 1 or more."""
    for size, unit in (
        (365 * 86400.0, "years"),
        (86400.0, "d"),
        (3600.0, "h"),
        (60.0, "min"),
        (1.0, "s"),
    ):
        if seconds >= size * (2 if unit == "years" else 1):
            return f"{number(round(seconds / size, 2))} {unit}"
    return f"{number(round(seconds * 1000, 3))} ms"
