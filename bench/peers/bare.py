"""The bare loop that LMDB through the driver is held against, in a process of its own.

    for key in keys: begin(database).get(key)

Keys are made before, each get has a snapshot of its own, and nothing is looked at or counted but
the end of each batch. Reads a pickled dialer and (rows, seconds, seed) on standard input, prints
gets per second.
"""

from __future__ import annotations

import gc
import pickle
import sys
import time
from typing import TYPE_CHECKING

from bench.engines.lmdb import environment
from bench.engines.lmdb.schema import design
from bench.engines.lmdb.table import Table

if TYPE_CHECKING:
    from bench.engines.lmdb.session import LmdbDialer
    from workloads.spec.model import Workload

_BATCHES = 64  # half a million keys: no more in the caches than for the other side


def gets_per_s(
    dialer: LmdbDialer, workload: Workload, *, records: int, seconds: float, seed: int
) -> float:
    """Gets a second of the bare loop."""
    from workloads.stream import batches

    session = dialer.dial()
    bound = session.bind(workload.operations[0])
    stream = batches(workload, seed=seed, records=records)
    made = [bound.encode(batch, range(len(batch))) for batch, _ in zip(stream, range(_BATCHES))]  # noqa: B905
    with environment.using(dialer.store) as opened:
        main = next(iter(design(dialer.plan.dataset).values()))
        database = Table(opened, main, create=False).database
        begin = opened.begin
        gc.disable()
        done, number = 0, 0
        start_s = time.perf_counter()
        while (now_s := time.perf_counter()) < start_s + seconds:
            keys = made[number % _BATCHES]
            for key in keys:
                begin(database).get(key)
            done += len(keys)
            number += 1
        session.close()
    return done / (now_s - start_s)


def main() -> None:
    """The process."""
    dialer, workload, records, seconds, seed = pickle.load(sys.stdin.buffer)
    rate = gets_per_s(dialer, workload, records=records, seconds=seconds, seed=seed)
    sys.stdout.write(f"{rate:.1f}\n")


if __name__ == "__main__":
    main()
