"""The memory that an engine could use: what it was held to, else the machine's."""

from __future__ import annotations

from results.record import Record
from workloads.spec.units import parse_bytes

# The setting with which the bench tells of a limit; its value is a size such as `0.25 GiB`.
SETTING = "storefit.memory"
# What a worker takes for itself: the interpreter, its libraries, operations made ahead, text.
_WORKER_BYTES = 60_000_000


def bound_bytes(record: Record) -> int | None:
    """The most memory that the engine was let have, the pages of its files included; None: no limit."""
    for each in record.engine.settings:
        if each.name == SETTING:
            try:
                return round(parse_bytes(each.value))
            except ValueError:
                return None
    return None


def memory_bytes(record: Record) -> int:
    """The memory that data must fit into: of a bound, what the workers of an engine in process leave."""
    bound = bound_bytes(record)
    if bound is None:
        return record.environment.memory_bytes
    taken = _WORKER_BYTES * max(record.load.workers, 1) if record.engine.in_process else 0
    return max(bound - taken, bound // 4)
