"""Memory is a cliff: data that fits says nothing about data that does not."""

from __future__ import annotations

from collections.abc import Iterator

from results.bounded import bound_bytes, memory_bytes
from results.gates.seam import Gate, declared
from results.record import Finding, Record

# The rest of memory is the engine's own and the system's.
_USABLE = 0.8


def _check(record: Record) -> Iterator[Finding]:
    workload = declared(record)
    if workload is None or workload.data.records is None or not record.trial.records:
        return
    stored = record.storage.stored_bytes if record.storage else None
    here = stored or int(record.trial.records * record.trial.record_size_bytes)
    real_size = workload.data.record_size_bytes or record.trial.record_size_bytes
    growth = workload.data.records / record.trial.records
    real = here * growth * real_size / (record.trial.record_size_bytes or real_size)
    has = memory_bytes(record)
    room = _USABLE * has
    if (here <= room) == (real <= room):
        return
    gib = 2**30
    measured = f"the measured data ({here / gib:.1f} GiB)"
    meant = f"the declared data ({real / gib:.1f} GiB)"
    memory = f"{has / gib:.1f} GiB of memory"
    if bound_bytes(record) is not None:
        memory = f"the {has / 2**20:g} MiB of memory that the engine was held to"
    yield GATE.finding(
        "warning",
        f"{measured} fits into {memory}, {meant} would not"
        if here <= room
        else f"{measured} does not fit into {memory}, {meant} would",
        value=real / here,
        limit=room / here,
    )


GATE = Gate(
    code="G-MEMORY",
    title="Data against memory",
    why="Reads from memory and reads from the disk differ by orders of magnitude.",
    source="public runs: 19 times between 8 and 16 GiB of memory on the same data",
    check=_check,
)
