"""Partition heat: what a stream of keys does to partitions that serve so many units a second.

DynamoDB places a partition key by its hash. A partition serves 3,000 read units and 1,000 write
units a second; what a table does not use is kept for up to 300 seconds as burst capacity. Requests
beyond that are throttled. Adaptive capacity moves a hot key to a partition of its own within
minutes, after which that key alone is held to the same limits: replaying with one partition for
each key (`isolated`) bounds from below what remains.

Source of the figures: Amazon DynamoDB Developer Guide, "Best practices for designing and using
partition keys effectively", "Burst and adaptive capacity" (read 2026-11). The hash is DynamoDB's
secret; another one with the same spread stands in for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

PARTITION_BYTES = 10 * 1024**3
_SEED = np.uint64(0x9E3779B97F4A7C15)  # the constants of SplitMix64, by S. Vigna
_MIXERS = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST = np.uint64(31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one partition serves, and for how many seconds it keeps what was not used."""

    read_units_per_s: float = 3000.0
    write_units_per_s: float = 1000.0
    burst_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """A stream: the partition key of each request, when it is sent, and what it consumes.

    key            int64, any numbers that stand for the partition keys
    at_s           float64, seconds from the beginning, not below 0
    read_units     float64, 0 for a write
    write_units    float64, 0 for a read
    """

    key: Integers
    at_s: Floats
    read_units: Floats
    write_units: Floats

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """What the partitions would have made of a stream.

    throttled_share    of all requests, 0..1
    hottest_share      of all units (each in relation to its limit), on the hottest partition
    hottest            that partition; None when nothing was asked
    partitions         how many there were
    """

    throttled_share: float
    hottest_share: float
    hottest: int | None
    partitions: int


def at_rate(keys: Integers, requests_per_s: float) -> Floats:
    """When each request is sent, at an even rate."""
    return np.arange(len(keys), dtype=np.float64) / requests_per_s


def partitions_needed(
    read_units_per_s: float,
    write_units_per_s: float,
    stored_bytes: int,
    limits: Limits | None = None,
) -> int:
    """Partitions that a table has at least for its size and throughput.

    >>> partitions_needed(6000, 500, 0), partitions_needed(0, 0, 25 * 1024**3)
    (3, 3)
    """
    limit = limits or Limits()
    throughput = (
        read_units_per_s / limit.read_units_per_s + write_units_per_s / limit.write_units_per_s
    )
    return max(1, int(np.ceil(throughput)), -(-stored_bytes // PARTITION_BYTES))


def placed(keys: Integers, partitions: int) -> Integers:
    """The partition 0..partitions-1 of each key: partitions are equal ranges of a 64-bit hash."""
    mixed = keys.astype(np.int64).view(np.uint64) + _SEED
    for shift, factor in _MIXERS:
        mixed = (mixed ^ (mixed >> shift)) * factor
    mixed ^= mixed >> _LAST
    # The upper 32 bits are enough to choose among partitions without overflow.
    return ((mixed >> np.uint64(32)) * np.uint64(partitions) >> np.uint64(32)).astype(np.int64)


def replay(
    requests: Requests,
    partitions: int,
    *,
    limits: Limits | None = None,
    kept_s: float = 0.0,
) -> Heat:
    """Replay a stream against so many partitions. `kept_s`: unused seconds at the beginning.

    Time goes in steps of a second. In each a partition serves what it has, the same share of
    every request; what is throttled is not sent again, as retries would only delay it.
    """
    return _replayed(requests, placed(requests.key, partitions), partitions, limits, kept_s)


def isolated(requests: Requests, *, limits: Limits | None = None, kept_s: float = 0.0) -> Heat:
    """The same with a partition for each key: the best that adaptive capacity can do."""
    keys, where = np.unique(requests.key, return_inverse=True)
    return _replayed(requests, where.astype(np.int64), len(keys), limits, kept_s)


def _replayed(
    requests: Requests, where: Integers, partitions: int, limits: Limits | None, kept_s: float
) -> Heat:
    if not len(requests):
        return Heat(throttled_share=0.0, hottest_share=0.0, hottest=None, partitions=partitions)
    limit = limits or Limits()
    second = np.floor(requests.at_s).astype(np.int64)
    served = np.ones(len(requests))
    load = np.zeros(partitions)
    for units, per_s in (
        (requests.read_units, limit.read_units_per_s),
        (requests.write_units, limit.write_units_per_s),
    ):
        asked = units > 0
        if asked.any():
            load += np.bincount(where, weights=units / per_s, minlength=partitions)
            rooms = _Rooms(per_s, limit.burst_s, min(kept_s, limit.burst_s))
            shares = rooms.shares(second[asked], where[asked], units[asked], partitions)
            served[asked] = np.minimum(served[asked], shares)
    hottest = int(load.argmax())
    whole = float(load.sum())
    return Heat(
        throttled_share=float(1.0 - served.mean()),
        hottest_share=float(load[hottest] / whole) if whole else 0.0,
        hottest=hottest if whole else None,
        partitions=partitions,
    )


@dataclass(frozen=True, slots=True)
class _Rooms:
    """Units that partitions have: so many more each second, kept for so many seconds."""

    per_s: float
    burst_s: float
    kept_s: float

    def shares(self, second: Integers, where: Integers, units: Floats, partitions: int) -> Floats:
        """Of each request the share that is served."""
        # Only seconds and partitions with requests are looked at.
        steps, step = np.unique(second, return_inverse=True)
        order = np.argsort(step, kind="stable")
        ends = np.searchsorted(step[order], np.arange(len(steps)), side="right")
        room = np.full(partitions, self.per_s * self.kept_s)
        share = np.ones(len(units))
        begin, before = 0, int(steps[0]) - 1
        for number, now in enumerate(steps.tolist()):
            rows = order[begin : ends[number]]
            idle_s = now - before - 1
            room = np.minimum(room + self.per_s * idle_s, self.per_s * self.burst_s) + self.per_s
            demand = np.bincount(where[rows], weights=units[rows], minlength=partitions)
            got = np.minimum(demand, room)
            portion = np.divide(got, demand, out=np.ones(partitions), where=demand > 0)
            share[rows] = portion[where[rows]]
            room = np.minimum(room - got, self.per_s * self.burst_s)
            begin, before = int(ends[number]), now
        return share
