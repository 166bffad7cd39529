"""Engine and load generator shared one machine and together used it up."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate
from results.record import Finding, Record

_LIMIT = 0.95


def _check(record: Record) -> Iterator[Finding]:
    engine_s, client_s = record.resources.cpu_s, record.client.cpu_s_per_operation
    cpus = record.environment.cpus
    elsewhere = record.engine.in_process or record.engine.place == "remote"
    if elsewhere or engine_s is None or client_s is None or not cpus:
        return
    used = record.throughput_per_s * (engine_s + client_s) / cpus
    if used > _LIMIT:
        yield GATE.finding(
            "warning",
            f"engine and load generator used {used:.0%} of {cpus} processors: "
            f"the engine alone ({engine_s / (engine_s + client_s):.0%} of it) would reach more",
            value=used,
            limit=_LIMIT,
        )


GATE = Gate(
    code="G-STARVED",
    title="Engine and driver starved each other",
    why="Throughput and latency are those of two programs on one machine; demand is not affected.",
    source="utilisation law, Denning and Buzen (1978)",
    check=_check,
)
