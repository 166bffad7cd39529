"""Predicted response time at the peak: measured service time, scaled, plus documented terms.

    p99 = network + service p99 / core speed + wait for a CPU + storage (+ the copy elsewhere)

The wait is that of M/M/c: with utilisation r and c servers, the share that waits is about
r^(sqrt(2(c+1))-1) (Sakasegawa 1977), and waiting times fall off exponentially at c(1-r)/s.
A commit always waits for storage; reading waits where memory holds less than 99 % of page visits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from msgspec import Struct

from advisor.demand import FamilyDemand, OperationDemand
from advisor.evidence import assumed_quantity
from advisor.facts import InstanceClass
from advisor.model import Quantity
from advisor.sizing.load import MIB, Load, Need
from workloads.spec.model import ANALYTIC_KINDS, WRITE_KINDS, LatencyObjective

_P99_SIGMAS = 2.33  # standard deviations from the median to the 99th percentile
_ORDINARY_READ = 0.4  # of the slow read: middle to end of the published intervals
_RARE = 0.01  # kinds with a smaller share of the reads or writes do not move their p99


class Terms(Struct, frozen=True, kw_only=True):
    """What storage and copies add at the 99th percentile, seconds. None: it adds nothing.

    `scan_mib_per_s` is how fast storage is read in sequence.
    """

    read: Quantity | None
    write: Quantity | None
    scan_mib_per_s: float


class Prediction(Struct, frozen=True, kw_only=True):
    """Response time at the 99th percentile; None where the workload has no such operation."""

    read: Quantity | None
    write: Quantity | None


def plus(parts: Iterable[Quantity | None]) -> Quantity:
    """Sum of times; intervals add up."""
    known = [part for part in parts if part is not None]
    return Quantity(
        value=sum(p.value for p in known),
        low=sum(p.low for p in known),
        high=sum(p.high for p in known),
        unit="s",
        evidence=tuple(dict.fromkeys(e for p in known for e in p.evidence)),
    )


def wait_p99_s(cores: float, single: float, used: float, mean_s: float) -> float:
    """99th percentile of the wait for a CPU: capacity and use in reference cores, s per core."""
    servers, busy = cores / single, min(used / cores, 0.999)
    waiting = math.pow(busy, math.sqrt(2 * (servers + 1)) - 1)
    if waiting <= 0.01:
        return 0.0
    return math.log(waiting / 0.01) * mean_s / (servers * (1 - busy))


def wait_of(load: Load, need: Need, cls: InstanceClass) -> float:
    """99th percentile of the wait for a CPU on a class under a load, seconds."""
    mean_s = need.cores / load.peak_per_s / cls.single
    return wait_p99_s(cls.cores[1], cls.single, need.cores, mean_s)


def reads_factor(pages: float, hit: float) -> float:
    """Storage reads of one operation at the 99th percentile, as multiples of the slowest one.

    The number of misses among `pages` is binomial, taken as normal; they come one after the other,
    and all but one are ordinary rather than slow.
    """
    miss = 1.0 - hit
    at_p99 = pages * miss + _P99_SIGMAS * math.sqrt(pages * miss * (1.0 - miss))
    return 1.0 + _ORDINARY_READ * (min(max(at_p99, 1.0), max(pages, 1.0)) - 1.0)


class Tails(Struct, frozen=True, kw_only=True):
    """The slowest common read and write of a family, and what does not depend on a class."""

    read: OperationDemand | None
    write: OperationDemand | None
    network: Quantity

    def predict(self, cls: InstanceClass, load: Load, need: Need, terms: Terms) -> Prediction:
        """Response times of reads and writes on a class under a load."""
        wait_s = wait_of(load, need, cls)
        wait = Quantity(value=wait_s, low=0.0, high=wait_s * 2, unit="s")
        parts = (self.network, wait)
        read, write, single = self.read, self.write, cls.single
        return Prediction(
            read=plus([*parts, _scaled(read, single), _reads(read, load, need, terms)])
            if read
            else None,
            write=plus(
                [*parts, _scaled(write, single), terms.write, _reads(write, load, need, terms)]
            )
            if write
            else None,
        )

    def holds(
        self, wanted: LatencyObjective, load: Load, need: Need, terms: Terms
    ) -> Callable[[InstanceClass], bool]:
        """Whether the expected response times on a class keep the objectives, as a fast test."""
        tests: list[tuple[float, float]] = []  # time left for service and wait, service time
        for objective_s, operation, term in (
            (wanted.read_p99_s, self.read, None),
            (wanted.write_p99_s, self.write, terms.write),
        ):
            if objective_s is None or operation is None:
                continue
            reading = _reads(operation, load, need, terms)
            fixed = (self.network, term, reading)
            left = objective_s - sum(part.value for part in fixed if part is not None)
            tests.append((left, operation.service_p99_s.value))
        if not tests:
            return lambda _: True
        if any(left <= 0 for left, _ in tests):
            return lambda _: False

        def test(cls: InstanceClass) -> bool:
            wait_s = wait_of(load, need, cls)
            return all(left >= service / cls.single + wait_s for left, service in tests)

        return test


def _reads(operation: OperationDemand, load: Load, need: Need, terms: Terms) -> Quantity | None:
    """What reading missed pages adds; nothing where 99 % of page visits are in memory.

    A whole table is read in sequence, as much of it as is not in memory.
    """
    if operation.kind in ANALYTIC_KINDS:
        missed = operation.pages.value * load.family.page_bytes * need.cold_share
        time_s = missed / MIB / terms.scan_mib_per_s
        return Quantity(value=time_s, low=time_s / 2, high=time_s * 2, unit="s")
    if need.cached or terms.read is None:
        return None
    factor, term = reads_factor(operation.pages.value, need.hit), terms.read
    return Quantity(
        value=term.value * factor,
        low=term.low * factor,
        high=term.high * factor,
        unit=term.unit,
        evidence=term.evidence,
    )


def tails(needed: FamilyDemand) -> Tails:
    """What predictions for a family rest on."""
    return Tails(
        read=_slowest(needed, writes=False),
        write=_slowest(needed, writes=True),
        network=assumed_quantity("network.round_trip_p99", scale=1e-3, unit="s"),
    )


def _scaled(operation: OperationDemand, single: float) -> Quantity:
    time = operation.service_p99_s
    return Quantity(
        value=time.value / single,
        low=time.low / single,
        high=time.high / single,
        unit="s",
        evidence=time.evidence,
    )


def _slowest(needed: FamilyDemand, *, writes: bool) -> OperationDemand | None:
    """The slowest kind that is not rare; whole-table reads count only where nothing else reads."""
    of_side = [o for o in needed.operations if (o.kind in WRITE_KINDS) == writes]
    of_side = [o for o in of_side if o.kind not in ANALYTIC_KINDS] or of_side
    total = sum(o.share for o in of_side)
    common = [o for o in of_side if o.share >= _RARE * total]
    return max(common, key=lambda o: o.service_p99_s.value, default=None)
