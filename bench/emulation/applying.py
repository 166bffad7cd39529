"""Makes a running target as slow as other storage and another network, and measures how well.

What a commit is to take longer is the number of flushes it waits for, times what one takes there
and does not take here. The server's own way to wait is asked for that, and asked for less or more
until the smallest commits of one client really are so much slower: it sleeps, and wakes up late.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from results.record import Emulation
from workloads.errors import PlaceError
from workloads.spec.model import Operation

if TYPE_CHECKING:
    from bench.emulation.wanted import Wanted
    from bench.engines.seam import Dialer, Session, Slowed
    from workloads.spec.model import Workload

# Commits and reads that are timed for one median.
_COMMITS, _READS = 40, 120
_UNTIMED_READS = 120
_CHUNK = 20
_ROUNDS = 4
_CLOSE = 0.02
_LEAST_S = 1e-6
# A server oversleeps by a tenth of a millisecond, not by as much as it was to sleep.
_LEAST_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where it is done.

    local_flush_s   of the disk that the data lies on
    flushes         whether commits wait for the disk at all
    reads           a workload and how many records are loaded, for reads by key
    """

    local_flush_s: float | None
    flushes: bool
    workload: Workload
    records: int
    clock: Callable[[], float] = time.perf_counter


def apply(
    target: Slowed, near: Dialer, dialer: Callable[[], Dialer], wanted: Wanted, ground: Ground
) -> Emulation:
    """Slow the target down. Sessions of `dialer()`, called afterwards, are as far as wanted.

    PlaceError when nobody knows what a flush takes here.
    """
    if ground.local_flush_s is None:
        raise PlaceError(
            "what a flush takes on the disk of the data cannot be measured, so nobody knows what "
            "is missing to the storage that is to be emulated",
            hint="give a directory on a disk with --results, or leave out --emulate",
        )
    flushes = target.flushes_per_commit if ground.flushes else 0
    delay_s = flushes * max(0.0, wanted.flush_s - ground.local_flush_s)
    how, achieved_s = "commits wait for nothing more", None
    if delay_s >= _LEAST_S:
        how, achieved_s = _commits(target, delay_s)
    target.delay_exchanges(wanted.round_trip_s)
    return Emulation(
        flush_target_s=wanted.flush_s,
        local_flush_s=ground.local_flush_s,
        flushes_per_commit=flushes,
        commit_delay_s=delay_s,
        commit_delay_achieved_s=achieved_s,
        round_trip_s=wanted.round_trip_s,
        round_trip_achieved_s=_round_trip_s(near, dialer(), ground)
        if wanted.round_trip_s > 0
        else None,
        how=how,
        sources=wanted.sources,
    )


def _commits(target: Slowed, delay_s: float) -> tuple[str, float]:
    """How commits were delayed, and by how much at the median.

    What is asked for is set by the quickest quarter, which other programs disturb least.
    """
    before = target.commit_times_s(_COMMITS)
    how = target.delay_commits(asked_s := delay_s)
    after = target.commit_times_s(_COMMITS)
    for _ in range(_ROUNDS):
        off_s = quarter(after) - quarter(before) - delay_s
        if abs(off_s) <= _CLOSE * delay_s:
            break
        asked_s = max(asked_s - off_s, _LEAST_SHARE * delay_s)
        how = target.delay_commits(asked_s)
        after = target.commit_times_s(_COMMITS)
    return how, median(after) - median(before)


def quarter(times_s: list[float]) -> float:
    """The time that a quarter does not take."""
    return sorted(times_s)[len(times_s) // 4]


def _round_trip_s(near: Dialer, far: Dialer, ground: Ground) -> float:
    """How much longer reads by key take, at the median; near and far ones take turns."""
    times: tuple[list[float], list[float]] = ([], [])
    here, there = near.dial(), far.dial()
    try:
        reads = [_reader(session, ground) for session in (here, there)]
        for read in reads:
            read(_UNTIMED_READS)
        for _ in range(_READS // _CHUNK):
            for read, kept in zip(reads, times, strict=True):
                kept += read(_CHUNK)
    finally:
        here.close()
        there.close()
    return median(times[1]) - median(times[0])


def _reader(session: Session, ground: Ground) -> Callable[[int], list[float]]:
    """Reads some records by key, one after the other; what each took, in seconds."""
    from workloads.stream import batches

    operation = Operation(kind="read", weight=1.0)
    workload = replace(ground.workload, operations=(operation,))
    bound = session.bind(operation)
    batch = next(batches(workload, seed=1, records=ground.records, size=_READS + _UNTIMED_READS))
    arguments = bound.encode(batch, range(len(batch)))
    call, clock = bound.call, ground.clock

    def read(count: int) -> list[float]:
        found = []
        for argument in arguments[:count]:
            start_s = clock()
            call(argument)
            found.append(clock() - start_s)
        return found

    return read
