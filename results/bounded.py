"""The memory that an engine could use: what it was held to, else the machine's."""

from __future__ import annotations

from results.record import Record
from workloads.spec.units import parse_bytes

# The setting with which the bench tells of a limit; its value is a size such as `0.25 GiB`.
SETTING = "storefit.memory"


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
    """The memory that data must fit into."""
    return bound_bytes(record) or record.environment.memory_bytes
