"""What is assumed where nothing is measured or documented: a value, a range, and why.

assumptions.csv         terms of latency, work and headroom
assumed_operations.csv  what one operation costs a server on the reference core
families.csv            page size, overhead and memory habits of the server families
evidence.csv            which engine's records say something about which family
cpu_models.csv          which EC2 family a processor is like
"""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from advisor.facts.tables import rows


class Assumption(Struct, frozen=True, kw_only=True):
    """An assumed figure with its range (90 %) and its reason."""

    id: str
    value: float
    low: float
    high: float
    unit: str
    why: str


class AssumedOperation(Struct, frozen=True, kw_only=True):
    """What one operation costs a server family when nobody measured it.

    CPU in microseconds on the reference core; `low` and `high` multiply every figure.
    """

    family: str
    kind: str
    cpu_us: float
    cpu_us_per_row: float
    pages: float
    log_bytes: float
    log_per_record_byte: float
    write_ios: float
    write_pages: float
    low: float
    high: float
    why: str


class ServerFamily(Struct, frozen=True, kw_only=True):
    """How a family of servers lays out data and uses memory."""

    name: str
    page_bytes: float
    row_overhead_bytes: float
    fill: float
    memory_per_connection_mib: float
    cache_share: float
    why: str


class Witness(Struct, frozen=True, kw_only=True):
    """An engine whose records are evidence for a family, and by how much they may be off."""

    engine: str
    family: str
    low: float
    high: float
    why: str

    @property
    def direct(self) -> bool:
        return self.low == 1.0 == self.high


@cache
def assumptions() -> dict[str, Assumption]:
    """All assumed terms by id."""
    return {
        row[0]: Assumption(
            id=row[0],
            value=float(row[1]),
            low=float(row[2]),
            high=float(row[3]),
            unit=row[4],
            why=row[5],
        )
        for row in rows("assumptions.csv")
    }


def assumption(name: str) -> Assumption:
    """The assumed term of that id; KeyError when there is none."""
    return assumptions()[name]


@cache
def assumed_operations() -> dict[tuple[str, str], AssumedOperation]:
    """(family, operation kind) -> its assumed cost."""
    return {
        (row[0], row[1]): AssumedOperation(
            family=row[0],
            kind=row[1],
            cpu_us=float(row[2]),
            cpu_us_per_row=float(row[3]),
            pages=float(row[4]),
            log_bytes=float(row[5]),
            log_per_record_byte=float(row[6]),
            write_ios=float(row[7]),
            write_pages=float(row[8]),
            low=float(row[9]),
            high=float(row[10]),
            why=row[11],
        )
        for row in rows("assumed_operations.csv")
    }


@cache
def server_families() -> dict[str, ServerFamily]:
    """Families of database servers by name."""
    return {
        row[0]: ServerFamily(
            name=row[0],
            page_bytes=float(row[1]),
            row_overhead_bytes=float(row[2]),
            fill=float(row[3]),
            memory_per_connection_mib=float(row[4]),
            cache_share=float(row[5]),
            why=row[6],
        )
        for row in rows("families.csv")
    }


@cache
def witnesses(engine: str) -> tuple[Witness, ...]:
    """Families that records of an engine are evidence for; empty for an unknown engine."""
    return tuple(
        Witness(engine=row[0], family=row[1], low=float(row[2]), high=float(row[3]), why=row[4])
        for row in rows("evidence.csv")
        if row[0] == engine
    )


@cache
def like_family(processor: str) -> tuple[str, str] | None:
    """(EC2 family, microarchitecture) that a processor's description matches, or None."""
    for pattern, family, microarchitecture in rows("cpu_models.csv"):
        if re.search(pattern, processor, re.IGNORECASE):
            return family, microarchitecture
    return None
