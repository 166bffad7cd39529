"""Throughput of a class under closed load: clients that wait for each answer before they ask again.

A closed network of three places, solved without fitting anything:

CPU      k busy operations are served at the rate of k cores, then of what hyper-threads add; with
         the clients elsewhere as its source it is a birth-death chain, and exact
volume   reads wait for it, commits wait for it, and pages that are written back use it too. Beyond
         its IOPS every I/O waits so long that the sum fits
delays   the network, once a statement, and the commit

Commits share flushes: only one flush is under way, those that arrive meanwhile wait for the next
one together. A flush that takes f seconds is asked for at most 1/f times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from advisor.facts import InstanceClass
from advisor.model import Utilisation

FloatArray = npt.NDArray[np.float64]

_FULL = 0.8  # use of a resource from which it is said to bind
_PAIRED = 0.75  # cores of a class per vCPU and core: below, two vCPUs share one
_ROUNDS = 12
_HALVINGS = 40
_LONGEST_WAIT_S = 30.0


class Circuit(Struct, frozen=True, kw_only=True):
    """What one operation takes on its way round. Seconds, counts, and I/Os per second.

    `cpu_s` in reference core seconds. `delay_s` is spent outside the server. `reads` wait for
    `read_s` each, one after the other; `commit_s` is a flush (0: nothing is committed).
    `written_per_s` gives the pages written back at a rate of operations.
    """

    cls: InstanceClass
    cpu_s: float
    delay_s: float
    reads: float
    read_s: float
    commit_s: float
    written_per_s: Callable[[float], float]
    volume_iops: float


class Throughput(Struct, frozen=True, kw_only=True):
    """Operations per second that so many clients get, and how full CPU and volume are."""

    clients: int
    per_s: float
    busy: float
    uses: tuple[Utilisation, ...]

    @property
    def bottleneck(self) -> str | None:
        """The fullest resource, where one is full; None while the clients wait for delays."""
        fullest = max(self.uses, key=lambda use: use.ratio)
        return fullest.resource if fullest.ratio >= _FULL else None


def throughput(circuit: Circuit, clients: int) -> Throughput:
    """What so many clients get. ValueError without a client."""
    if clients < 1:
        raise ValueError("a closed load has one client or more")
    wait_s = 0.0
    rate, busy = _at(circuit, clients, wait_s)
    if _iops(circuit, rate, wait_s) > circuit.volume_iops:
        wait_s = _queue_s(circuit, clients)
        rate, busy = _at(circuit, clients, wait_s)
    cores = circuit.cls.cores[1]
    return Throughput(
        clients=clients,
        per_s=rate,
        busy=busy,
        uses=(
            Utilisation(
                resource="CPU", used=rate * circuit.cpu_s, ceiling=cores, unit="reference cores"
            ),
            Utilisation(
                resource="IOPS",
                used=_iops(circuit, rate, wait_s),
                ceiling=circuit.volume_iops,
                unit="1/s",
            ),
        ),
    )


def _queue_s(circuit: Circuit, clients: int) -> float:
    """The wait of each I/O at which the volume does all that is asked of it."""
    low, high = 0.0, _LONGEST_WAIT_S
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rate, _ = _at(circuit, clients, middle)
        if _iops(circuit, rate, middle) > circuit.volume_iops:
            low = middle
        else:
            high = middle
    return high


def _iops(circuit: Circuit, rate: float, wait_s: float) -> float:
    flush_s = circuit.commit_s + wait_s
    flushes = min(rate, 1.0 / flush_s) if circuit.commit_s > 0 else 0.0
    return rate * circuit.reads + circuit.written_per_s(rate) + flushes


def _at(circuit: Circuit, clients: int, wait_s: float) -> tuple[float, float]:
    """Rate and busy share of the vCPUs while every I/O waits so long."""
    flush_s = circuit.commit_s + wait_s if circuit.commit_s > 0 else 0.0
    fixed = circuit.delay_s + circuit.reads * (circuit.read_s + wait_s) + flush_s
    rate, busy = _served(circuit, clients, fixed)
    for _ in range(_ROUNDS):
        # who comes while a flush is under way waits for the rest of it: half on average
        behind = 0.5 * flush_s * min(1.0, rate * flush_s)
        new, busy = _served(circuit, clients, fixed + behind)
        if abs(new - rate) <= 1e-6 * rate:
            break
        rate = (rate + new) / 2
    return rate, busy


def _served(circuit: Circuit, clients: int, away_s: float) -> tuple[float, float]:
    """Rate and busy share of the vCPUs with clients that are away so long between two visits."""
    if away_s <= 0:
        rate = _cores(circuit.cls, clients) / circuit.cpu_s
        return rate, min(clients / circuit.cls.vcpu, 1.0)
    cores = _all_cores(circuit.cls, clients)
    leaving = cores[1:] / circuit.cpu_s
    coming = np.arange(clients, 0, -1) / away_s
    logs = np.concatenate(([0.0], np.cumsum(np.log(coming) - np.log(leaving))))
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    busy = np.minimum(np.arange(clients + 1) / circuit.cls.vcpu, 1.0)
    return float(weights @ cores) / circuit.cpu_s, float(weights @ busy)


@lru_cache(maxsize=64)
def _all_cores(cls: InstanceClass, clients: int) -> FloatArray:
    """What none, one, … all of the clients get together when they are served at once."""
    return np.array([_cores(cls, busy) for busy in range(clients + 1)])


def _cores(cls: InstanceClass, busy: int) -> float:
    """Reference cores that so many busy threads get: whole cores first, then their siblings."""
    threads, full = cls.vcpu, cls.cores[1]
    whole = threads * cls.single
    if full >= _PAIRED * whole:
        return min(busy, threads) * full / threads
    half = threads / 2
    if busy <= half:
        return busy * cls.single
    return half * cls.single + (full - half * cls.single) * min((busy - half) / half, 1.0)
