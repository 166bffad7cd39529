"""A calibrated machine in instance classes: how much of each it is, with ranges."""

from __future__ import annotations

from msgspec import Struct

from advisor import facts
from advisor.backtest.benchmarks import FLUSH_S, ROUND_TRIP_S
from advisor.cpu import CoreSpeed, local_core, worth
from advisor.facts import InstanceClass
from advisor.sizing.ratio import size_error
from results.calibration import Calibration

NVME_FLUSH_S = 0.034e-3  # a flushed 4 KiB on the local NVMe of an instance, median


class Likeness(Struct, frozen=True, kw_only=True):
    """One class beside the machine: how much more it does (1: as much), on one core and on all."""

    name: str
    vcpu: float
    single: tuple[float, float, float]
    all: tuple[float, float, float]


class Mapped(Struct, frozen=True, kw_only=True):
    """The machine in reference cores, and classes beside it, the nearest in all cores first."""

    core: CoreSpeed
    cores: tuple[float, float, float]
    classes: tuple[Likeness, ...]


def mapped(calibration: Calibration, *, region: str) -> Mapped:
    """Every EC2 class with a price in a region beside the machine."""
    machine = calibration.environment
    core = local_core(machine, calibration)
    low, mid, high = worth(1.0, machine.hyper_threads, calibration.all_core_share())
    cpus = machine.cpus
    cores = (cpus * core.low * low, cpus * core.value * mid, cpus * core.high * high)
    found = facts.classes(service="ec2", engine="linux", region=region, deployment="on-demand")
    likenesses = [_likeness(cls, core, cores, cpus) for cls in found]
    likenesses.sort(key=lambda like: (max(like.all[1], 1 / like.all[1]), like.name))
    return Mapped(core=core, cores=cores, classes=tuple(likenesses))


def _likeness(
    cls: InstanceClass, core: CoreSpeed, cores: tuple[float, float, float], cpus: int
) -> Likeness:
    family = facts.cpu_families()[cls.family]
    error = size_error(cls.vcpu, cpus)
    return Likeness(
        name=cls.name,
        vcpu=cls.vcpu,
        single=(
            family.single_low / core.high,
            family.single / core.value,
            family.single_high / core.low,
        ),
        all=(
            cls.cores[0] / cores[2] * (1 - error),
            cls.cores[1] / cores[1],
            cls.cores[2] / cores[0] * (1 + error),
        ),
    )


def waits(calibration: Calibration) -> list[tuple[str, float, float]]:
    """(what, seconds here, seconds there) of what is never carried over, but replaced."""
    found: list[tuple[str, float, float]] = []
    flush, loop = calibration.figure("fsync"), calibration.figure("loopback")
    if flush is not None:
        found += [(f"flush, {kind} volume", flush.p50, there) for kind, there in FLUSH_S.items()]
        found.append(("flush, local NVMe", flush.p50, NVME_FLUSH_S))
    if loop is not None:
        found.append(("round trip, one zone", loop.p50, ROUND_TRIP_S))
    return found
