"""The load generator itself was what could not go faster: it had no time, or no processor."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate, mean_service_s
from results.record import Finding, Record

_BUSY = 0.90
_OVERHEAD_SHARE = 0.20
_WAITED, _REFUSED_WAIT = 0.10, 0.50
# What engine and load generator use more than this of is scarce because of themselves (G-STARVED).
_OWN_USE = 0.95


def _check(record: Record) -> Iterator[Finding]:
    yield from _without_processor(record)
    if record.engine.in_process:
        # the worker's processor is the engine's there: only the driver's own part is a fault
        yield from _overhead(record)
        return
    busy = record.client.cpu_utilisation
    if busy is not None and busy > _BUSY:
        yield GATE.finding(
            "error",
            f"client-limited: the busiest load generator process used {busy:.0%} of a processor",
            value=busy,
            limit=_BUSY,
        )


def _overhead(record: Record) -> Iterator[Finding]:
    mean_s, overhead_s = mean_service_s(record), record.client.overhead_s_per_operation
    if record.load.kind != "closed" or not mean_s or overhead_s is None:
        return
    share = overhead_s / (mean_s + overhead_s)
    if share > _OVERHEAD_SHARE:
        yield GATE.finding(
            "warning",
            f"the driver's own loop took {share:.0%} of the time: throughput is higher without it",
            value=share,
            limit=_OVERHEAD_SHARE,
        )


def _without_processor(record: Record) -> Iterator[Finding]:
    """Others took the processors from the load generator, or it may not use all of them."""
    waited, used = record.client.cpu_wait_fraction, _own_use(record)
    if waited is None or waited <= _WAITED or used is None or used > _OWN_USE:
        return
    server = "it" if record.engine.in_process else "engine and it"
    yield GATE.finding(
        "error" if waited > _REFUSED_WAIT else "warning",
        f"{'client-limited: ' if waited > _REFUSED_WAIT else ''}"
        f"the load generator had to wait for a processor for {waited:.0%} of the time, while "
        f"{server} used {used:.0%} of {record.environment.cpus}: other programs took them, or not "
        "all of them may be used",
        value=waited,
        limit=_WAITED,
    )


def _own_use(record: Record) -> float | None:
    """Fraction of this machine's processors that engine and load generator used."""
    client_s, engine_s = record.client.cpu_s_per_operation, record.resources.cpu_s
    if record.engine.in_process or record.engine.place == "remote":
        engine_s = 0.0
    if client_s is None or engine_s is None or not record.environment.cpus:
        return None
    return record.throughput_per_s * (engine_s + client_s) / record.environment.cpus


GATE = Gate(
    code="G-CLIENT",
    title="Client-limited",
    why="A saturated load generator measures itself.",
    source="queueing theory: at 90 % use a request takes ten times its work (M/M/1: 1 / (1 - U))",
    check=_check,
)
