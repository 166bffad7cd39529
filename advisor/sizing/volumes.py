"""Network volumes (gp3, io2) as two services sell them: size, IOPS, throughput, latency."""

from __future__ import annotations

import math
from functools import cache

from msgspec import Struct

from advisor import facts
from advisor.facts.assumptions import assumption
from advisor.model import Quantity
from advisor.sizing.latency import Terms, plus
from advisor.sizing.load import GIB, IO_CEILING, Need

_IO2_MOST_MIB_PER_S = 4000.0
_IO2_LEAST_IOPS = 1000.0


class Volume(Struct, frozen=True, kw_only=True):
    """A volume as configured. `extra_*` is paid beyond what the size includes."""

    kind: str
    size_gib: float
    iops: float
    mib_per_s: float
    extra_iops: float
    extra_mib_per_s: float


class Most(Struct, frozen=True, kw_only=True):
    """The most that a volume of a kind can be given, and the facts that say so by resource."""

    iops: float
    mib_per_s: float
    facts: dict[str, str]


def most(iops_fact: str, mib_per_s_fact: str | None) -> Most:
    """Limits of a kind of volume; the throughput of io2 follows a constant of the service."""
    rate = _IO2_MOST_MIB_PER_S if mib_per_s_fact is None else facts.number(mib_per_s_fact)
    named = {"IOPS": iops_fact}
    if mib_per_s_fact is not None:
        named["throughput"] = mib_per_s_fact
    return Most(iops=facts.number(iops_fact), mib_per_s=rate, facts=named)


class Included(Struct, frozen=True, kw_only=True):
    """What a gp3 volume of a size class includes, and the most it can be given."""

    from_gib: float
    iops: float
    mib_per_s: float
    most_iops: float
    most_mib_per_s: float


def size_gib(data_bytes: float, least_gib: float) -> float:
    """Whole GiB for so much data with the headroom kept free."""
    headroom = assumption("storage.headroom").value
    return float(math.ceil(max(least_gib, data_bytes / GIB / (1.0 - headroom))))


def gp3(
    data_bytes: float, need: Need, steps: tuple[Included, ...], least_gib: float
) -> Volume | None:
    """The smallest gp3 volume for the data and the I/O; None when it needs more than any has.

    `steps` are the size classes, smallest first; a volume may be made larger than the data for
    the sake of what a larger one includes, or of the IOPS that a GiB may have. IOPS and throughput
    are bought as the need asks, in whole units, beyond what the size includes.
    """
    wanted_rate = math.ceil(need.mib_per_s / IO_CEILING)
    rate_iops = math.ceil(wanted_rate / facts.number("rds.gp3_throughput_per_iops"))
    wanted_iops = max(math.ceil(need.iops / IO_CEILING), rate_iops)
    per_gib = facts.number("rds.gp3_iops_per_gib")
    for step in steps:
        size = max(size_gib(data_bytes, least_gib), step.from_gib)
        if wanted_iops > steps[0].iops:
            size = max(size, float(math.ceil(wanted_iops / per_gib)))
        included = next(s for s in reversed(steps) if size >= s.from_gib)
        iops = max(included.iops, wanted_iops)
        rate = max(included.mib_per_s, wanted_rate)
        if iops <= included.most_iops and rate <= included.most_mib_per_s:
            return Volume(
                kind="gp3",
                size_gib=size,
                iops=iops,
                mib_per_s=rate,
                extra_iops=iops - included.iops,
                extra_mib_per_s=rate - included.mib_per_s,
            )
    return None


def io2(data_bytes: float, need: Need, least_gib: float, limits: Most) -> Volume | None:
    """A provisioned-IOPS volume; None when it needs more than any has."""
    per_iops = facts.number("rds.gp3_throughput_per_iops")
    rate = math.ceil(need.mib_per_s / IO_CEILING)
    wanted = max(_IO2_LEAST_IOPS, need.iops / IO_CEILING, rate / per_iops)
    iops = float(math.ceil(wanted))
    if iops > limits.iops or rate > limits.mib_per_s:
        return None
    per_gib = facts.number("rds.gp3_iops_per_gib")
    return Volume(
        kind="io2",
        size_gib=max(size_gib(data_bytes, least_gib), float(math.ceil(iops / per_gib))),
        iops=iops,
        mib_per_s=min(limits.mib_per_s, iops * per_iops),
        extra_iops=iops,
        extra_mib_per_s=0.0,
    )


@cache
def latency(kind: str, direction: str) -> Quantity:
    """Seconds a volume adds at the 99th percentile: kind gp3 or io2, direction read or write.

    The published planning interval ends near the 95th percentile; a factor takes it further.
    """
    middle = facts.fact(f"rds.{kind}_{direction}_latency")
    high = facts.fact(f"rds.{kind}_{direction}_latency_high")
    factor = assumption("storage.p99_factor")
    return Quantity(
        value=high.number * factor.value / 1000,
        low=middle.number * factor.low / 1000,
        high=high.number * factor.high / 1000,
        unit="s",
        evidence=(high.id, middle.id, f"assumption/{factor.id}"),
    )


def terms(kind: str, copy: Quantity | None, mib_per_s: float) -> Terms:
    """What a volume adds to reads and, with a synchronous copy elsewhere, to writes."""
    return Terms(
        read=latency(kind, "read"),
        write=plus([latency(kind, "write"), copy]),
        scan_mib_per_s=mib_per_s,
    )
