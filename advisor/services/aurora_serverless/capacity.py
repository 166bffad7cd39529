"""Capacity units that a load takes: by CPU at each moment, never below memory and connections."""

from __future__ import annotations

import math
from functools import cache

from msgspec import Struct

from advisor import facts
from advisor.case import Case
from advisor.facts import InstanceClass
from advisor.facts.assumptions import assumption
from advisor.model import Utilisation
from advisor.services.rds.engines import Engine, default_connections
from advisor.sizing.envelope import Envelopes, envelopes
from advisor.sizing.fitting import CPU_CEILING
from advisor.sizing.load import Load, Need

# A minimum is chosen for the reads of the busy hours, this multiple of the mean (a daily pattern is
# above it for an eighth of the time), at most those of the peak; beyond it capacity grows with them.
_USUAL = 3.0
_APART = 1.25  # ratio of neighbouring minimum capacities, where that is more than a step


class Capacity(Struct, frozen=True, kw_only=True):
    """ACU at the peak by CPU, the floor by memory, the configured range, and the week."""

    peak_acu: float
    floor_acu: float
    minimum_acu: float
    maximum_acu: float
    cores_per_acu: float
    used_cores: float
    memory_gib: float
    connections: float
    allowed_connections: float
    week: Envelopes

    def mean_acu(self, level: str, *, pausing: bool) -> float:
        """ACU held on average: the fast envelope, the slow one, or (expected) between them."""
        fast, slow = self.week.fast, self.week.slow
        if pausing:
            low = fast.mean_while_used(self.peak_acu, self.floor_acu)
            high = slow.mean_while_used(self.peak_acu, self.floor_acu)
        else:
            low = fast.mean_above(self.peak_acu, self.floor_acu)
            high = slow.mean_above(self.peak_acu, self.floor_acu)
        return {"low": low, "value": (low + high) / 2, "high": high}[level]


@cache
def memories_gib() -> tuple[float, ...]:
    """Memory at the minimum capacities worth pricing, GiB: each step, further apart when large.

    Fixed sizes, so that more load on the same minimum never costs less.
    """
    gib, step = facts.number("aurora_serverless.acu"), facts.number("aurora_serverless.acu_step")
    least, most = (facts.number(f"aurora_serverless.acu_{end}") for end in ("min", "max"))
    found = [max(least, step)]
    while found[-1] < most:
        found.append(min(most, max(found[-1] + step, _up(found[-1] * _APART, step))))
    return tuple(acu * gib for acu in found)


@cache
def _steps() -> tuple[float, ...]:
    """Every capacity that can be set, ACU, the smallest first."""
    step, most = (
        facts.number("aurora_serverless.acu_step"),
        facts.number("aurora_serverless.acu_max"),
    )
    return tuple(step * count for count in range(1, round(most / step) + 1))


def capacity(
    case: Case, load: Load, wanted: Need, engine: Engine, *, least_acu: float = 0.0
) -> Capacity:
    """What a design of a load takes, on a minimum capacity of `least_acu` or more.

    The interval of the demand is in the load already.
    """
    per_acu = assumption("serverless.cores_per_acu").value
    step = facts.number("aurora_serverless.acu_step")
    gib = facts.number("aurora_serverless.acu")
    least = facts.number("aurora_serverless.acu_min")
    most = facts.number("aurora_serverless.acu_max")
    peak = wanted.cores / (per_acu * CPU_CEILING)
    floor = max(least, least_acu, _up(wanted.memory_gib / gib, step))
    week = envelopes(case.series, hold_min=assumption("serverless.hold").value)
    if not wanted.cached:  # many reads hold more capacity than the memory of the design
        busy = wanted.read_ios_per_s / assumption("serverless.reads_per_acu").value
        peak = max(peak, busy)
        floor = max(floor, _up(busy * _usual_share(case), step))
    headroom = facts.number("aurora_serverless.max_acu_headroom")
    allowed = default_connections(engine)
    maximum = max(_up(max(peak * headroom, floor), step), 1.0)
    if allowed(maximum * gib) < load.connections:
        enough = (acu for acu in _steps() if allowed(acu * gib) >= load.connections)
        maximum = max(maximum, next(enough, most))
    return Capacity(
        peak_acu=peak,
        floor_acu=floor,
        minimum_acu=floor,
        maximum_acu=min(maximum, most) if max(peak, floor) <= most else maximum,
        cores_per_acu=per_acu,
        used_cores=wanted.cores,
        memory_gib=wanted.memory_gib,
        connections=load.connections,
        allowed_connections=allowed(min(maximum, most) * gib),
        week=week,
    )


def _usual_share(case: Case) -> float:
    """The usual rate while the workload is in use, as a share (0..1) of the peak."""
    week = case.series
    mean_per_s = week.mean_per_s / max(1.0 - week.idle_share, 1e-9)
    return min(1.0, _USUAL * mean_per_s / week.peak_per_s) if week.peak_per_s else 1.0


def _up(value: float, step: float) -> float:
    return math.ceil(value / step - 1e-9) * step


def fits_in_one(taken: Capacity) -> bool:
    """Whether one instance can grow to the peak, the floor and the connections."""
    return all(use.ratio <= 1.0 for use in utilisation(taken))


def utilisation(taken: Capacity) -> tuple[Utilisation, ...]:
    """Every resource at the peak against the largest instance."""
    most = facts.number("aurora_serverless.acu_max")
    gib = facts.number("aurora_serverless.acu")
    lines = [
        Utilisation(
            resource="CPU",
            used=taken.used_cores,
            ceiling=most * taken.cores_per_acu * CPU_CEILING,
            unit="reference cores",
        ),
        Utilisation(resource="memory", used=taken.memory_gib, ceiling=most * gib, unit="GiB"),
        Utilisation(
            resource="connections",
            used=taken.connections,
            ceiling=taken.allowed_connections,
            unit="connections",
        ),
    ]
    return tuple(sorted(lines, key=lambda use: -use.ratio))


def serving_class(taken: Capacity) -> InstanceClass:
    """The peak capacity as a class, to predict response times with: vCPUs of an r class."""
    acu = max(taken.peak_acu, taken.floor_acu)
    vcpu = acu / facts.number("aurora_serverless.acu_per_vcpu_r")
    cores = acu * taken.cores_per_acu
    return InstanceClass(
        name=f"{acu:g} ACU",
        family="",
        service="aurora-serverless",
        engine="",
        deployment="",
        region="",
        vcpu=vcpu,
        memory_gib=acu * facts.number("aurora_serverless.acu"),
        cores=(cores, cores, cores),
        single=cores / vcpu,
        cpu_baseline=None,
        ebs_mib_per_s=math.inf,
        ebs_iops=math.inf,
        network_mib_per_s=math.inf,
        nvme_gib=None,
        usd_per_hour=None,
        price_fact="",
        ebs_verified=True,
    )
