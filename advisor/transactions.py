"""What a transaction of several steps is assumed to cost a server: its steps, and one commit."""

from __future__ import annotations

from msgspec.structs import replace

from advisor.facts.assumptions import AssumedOperation, assumed_operations
from workloads.spec.model import Operation
from workloads.stream import DEFAULT_RANGE_LIMIT


def length(request: Operation) -> float:
    """Rows of a range inside a transaction; 1 of any other request."""
    return float(request.limit or DEFAULT_RANGE_LIMIT) if request.kind == "range" else 1.0


def assumed_of(family: str, operation: Operation) -> AssumedOperation:
    """The assumed cost of one operation on a family of servers.

    Of a transaction the sum of its steps; the flush of the log is waited for once. The rows of a
    range inside are part of its CPU.
    """
    table = assumed_operations()
    if operation.kind != "transaction":
        return table[family, operation.kind]
    steps = [(request, table[family, request.kind]) for request in operation.requests]
    writing = [(step.weight, cost) for step, cost in steps if cost.write_ios > 0]

    def total(name: str) -> float:
        return sum(float(step.weight * getattr(cost, name)) for step, cost in steps)

    rows = sum(step.weight * cost.cpu_us_per_row * length(step) for step, cost in steps)
    flushed = sum(weight * (cost.write_ios - 1.0) for weight, cost in writing) + 1.0
    return replace(
        steps[0][1],
        kind=operation.kind,
        cpu_us=total("cpu_us") + rows,
        cpu_us_per_row=0.0,
        pages=total("pages"),
        log_bytes=total("log_bytes"),
        log_per_record_byte=total("log_per_record_byte"),
        write_ios=flushed if writing else 0.0,
        write_pages=total("write_pages"),
        why=f"the sum of its {sum(step.weight for step, _ in steps):g} requests, with one commit",
    )
