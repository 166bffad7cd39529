"""Response time stays the same while clients grow and the engine idles: something else waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from results.gates.seam import Gate, mean_service_s, writes
from results.likeness import question
from results.record import Finding, Record

_FEWEST_LEVELS = 3
_LEAST_GROWTH = 4.0
_SAME = 0.10
_IDLE_ENGINE = 0.5
# Of its service time a read from memory works a third and more, waking processes is the rest.
_TIMES_WORK = 10.0
_LEAST_S = 0.0005
# What one read from a disk takes: gp3 promises single milliseconds, a local SSD less.
_DISK_READ_S = 0.001


def _check(record: Record, beside: Sequence[Record]) -> Iterator[Finding]:
    if record.load.kind != "closed" or record.engine.in_process:
        return
    if record.emulation is not None and record.emulation.round_trip_s > 0:
        return  # there is a network, and it is meant
    found = _ladder(record, beside) or _elsewhere(record)
    if found is not None:
        yield found


def _ladder(record: Record, beside: Sequence[Record]) -> Finding | None:
    """Across numbers of clients."""
    levels = _levels(record, beside)
    clients = sorted(levels)
    cpus = record.environment.cpus
    if len(levels) < _FEWEST_LEVELS or record.load.clients != clients[-1]:
        return None
    # as many clients as processors are served side by side without any queue
    if clients[-1] < max(2 * cpus, _LEAST_GROWTH * clients[0]):
        return None
    times = list(levels.values())
    spread = max(times) / min(times) - 1
    busy = _engine_utilisation(record)
    if spread > _SAME or (busy is not None and busy >= _IDLE_ENGINE):
        return None
    reads_only = not writes(record)
    wait = "the network or the client" if reads_only else "a fixed wait (network, log flush)"
    return GATE.finding(
        "error" if reads_only and busy is not None else "warning",
        f"service time is the same within {spread:.0%} from {clients[0]} to {clients[-1]} clients"
        f"{'' if busy is None else f' and the engine is {busy:.0%} busy'}: "
        f"{wait} was measured, not the engine",
        value=spread,
        limit=_SAME,
    )


def _elsewhere(record: Record) -> Finding | None:
    """Within one trial: reads from memory that take far longer than anybody worked on them."""
    engine_s, client_s = record.resources.cpu_s, record.client.cpu_s_per_operation
    mean_s, waited = mean_service_s(record), record.client.cpu_wait_fraction
    busy = _engine_utilisation(record)
    if engine_s is None or client_s is None or mean_s is None or busy is None:
        return None
    # a processor or the disk may be what was waited for, then it is not elsewhere
    scarce = busy >= _IDLE_ENGINE or waited is None or waited > _SAME
    disk_s = _disk_s(record)
    if scarce or writes(record) or disk_s is None:
        return None
    worked_s = engine_s + client_s + disk_s
    if mean_s <= max(_TIMES_WORK * worked_s, _LEAST_S):
        return None
    return GATE.finding(
        "warning",
        f"a read took {mean_s * 1e3:.3g} ms, and engine{', disk' if disk_s else ''} and client "
        f"worked {worked_s * 1e3:.2g} ms for it{'' if disk_s else ', without the disk'}: the rest "
        "is a wait elsewhere, most likely the network",
        value=mean_s / worked_s if worked_s else None,
        limit=_TIMES_WORK,
    )


def _disk_s(record: Record) -> float | None:
    """Time of an operation's reads from the disk; None when it is not known how many there are."""
    if record.resources.read_bytes == 0:
        return 0.0
    ios = record.resources.read_ios
    return None if ios is None else ios * _DISK_READ_S


def _levels(record: Record, beside: Sequence[Record]) -> dict[int, float]:
    """Mean service time by number of clients, of trials that differ in nothing else."""
    alike = [
        other
        for other in beside
        if other.load.kind == "closed" and question(other) == question(record)
    ]
    found: dict[int, float] = {}
    for trial in (*alike, record):
        mean_s = mean_service_s(trial)
        if mean_s:
            found[trial.load.clients] = mean_s
    return found


def _engine_utilisation(record: Record) -> float | None:
    """Fraction of the machine's processors that the engine used."""
    if record.resources.cpu_s is None or not record.environment.cpus:
        return None
    return record.resources.cpu_s * record.throughput_per_s / record.environment.cpus


GATE = Gate(
    code="G-NETWORK",
    title="Network-bound signature",
    why="R constant while N grows, and X = N / R, is how a wait outside the engine shows.",
    source="operational laws, Denning and Buzen (1978)",
    across=_check,
)
