"""What DynamoDB's partitions would make of a workload at the rate that was measured here.

The main table's partition keys are buckets of 1,024 keys (`bench.engines.lmdb.schema`). The table
is taken to have just as many partitions as its size and its units a second need, and no burst
capacity left: what is throttled then is throttled because the keys are unequal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.engines.lmdb import capacity, heat
from bench.engines.lmdb.schema import BUCKET_ROWS
from results.record import Note
from workloads.stream import batches

if TYPE_CHECKING:
    from bench.engines.lmdb.handle import Plan
    from workloads.spec.model import Operation, Workload

_REQUESTS = 100_000  # of the stream that are replayed at most
_WRITES = frozenset({"insert", "update", "read-modify-write", "delete"})
_READS = frozenset({"read", "read-modify-write"})


def notes(
    plan: Plan,
    workload: Workload,
    *,
    operations_per_s: float,
    seconds: float,
    item_bytes: float,
    stored_bytes: int,
) -> tuple[Note, ...]:
    """The share of requests that would be throttled, in a thousand, where there are any.

    Requests about more than one key (range, scan, join, transaction) are left out.
    """
    units = [_units(plan, operation, item_bytes) for operation in workload.operations]
    if operations_per_s <= 0 or not any(read or write for read, write in units):
        return ()
    taken = max(1, min(_REQUESTS, round(operations_per_s * seconds)))
    requests = _stream(plan, workload, np.array(units), taken, operations_per_s)
    span_s = taken / operations_per_s
    partitions = heat.partitions_needed(
        float(requests.read_units.sum()) / span_s,
        float(requests.write_units.sum()) / span_s,
        stored_bytes,
    )
    if plan.records < partitions * BUCKET_ROWS:
        return ()  # so few buckets would be no partition keys for so many partitions
    found = heat.replay(requests, partitions)
    count = round(1000 * found.throttled_share)
    if not count:
        return ()
    kind = (
        f"requests in 1,000 that DynamoDB would throttle with {partitions} partitions "
        f"({found.hottest_share:.0%} of the load on one)"
    )
    return (Note(kind=kind, count=count, first_at_s=0.0, last_at_s=seconds),)


def _units(plan: Plan, operation: Operation, item_bytes: float) -> tuple[float, float]:
    """Read and write units of one operation; 0 for kinds that are left out."""
    consistency = "strong" if operation.kind == "read-modify-write" else plan.consistency
    size = round(item_bytes)
    read = capacity.read_units(size, consistency) if operation.kind in _READS else 0.0
    write = capacity.write_units(size, size) if operation.kind in _WRITES else 0
    return read, float(write)


def _stream(
    plan: Plan, workload: Workload, units: np.ndarray, taken: int, operations_per_s: float
) -> heat.Requests:
    """The first requests of the workload's stream, at an even rate."""
    batch = next(batches(workload, seed=plan.seed, records=plan.records, size=taken))
    keys = batch.key // BUCKET_ROWS
    return heat.Requests(
        key=keys,
        at_s=heat.at_rate(keys, operations_per_s),
        read_units=units[batch.operation, 0],
        write_units=units[batch.operation, 1],
    )
