"""Clients in closed load are always inside a request: then X R / N is 1."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate, mean_service_s
from results.record import Finding, Record

_LIMIT = 0.02
# A larger gap means that throughput is not what these clients could have reached.
_REFUSED = 0.10
# The no-op engine's loop is a little shorter than a real engine's.
_OVERHEAD_MARGIN = 1.5


def _check(record: Record) -> Iterator[Finding]:
    mean_s = mean_service_s(record)
    load = record.load
    if load.kind != "closed" or mean_s is None or not load.clients or not record.duration_s:
        return
    timed = sum(operation.service.count for operation in record.operations)
    rate = timed / record.duration_s / load.clients
    value = rate * (mean_s + (load.think_time_s or 0.0))
    # an operation under way when the window ends belongs to it with its whole length
    edge = mean_s / record.duration_s
    overhead_s = record.client.overhead_s_per_operation or 0.0
    gap = 1 - value - _OVERHEAD_MARGIN * rate * overhead_s
    if value - 1 > _LIMIT + edge:
        yield GATE.finding(
            "error",
            f"X R / N is {value:.3f}: more time was spent in requests than the clients had",
            value=value,
            limit=1 + _LIMIT,
        )
    elif gap > _LIMIT + edge:
        yield GATE.finding(
            "error" if gap > _REFUSED + edge else "warning",
            f"X R / N is {value:.3f}: for {gap:.1%} of their time the clients were in no request",
            value=value,
            limit=1 - _LIMIT,
        )


GATE = Gate(
    code="G-LITTLE",
    title="Little's law in closed load",
    why="Times, counts or the number of clients are wrong when they do not fit each other.",
    source="Little (1961); 620 public pgbench rungs lie within 0.995-1.003 (1st-99th percentile)",
    check=_check,
)
