"""Goodput: what was completed without error and within its objective, per second.

An overloaded engine may complete as much as ever, and too late. Where the workload declares no
objective for an operation, every completed one counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from results.histogram import UNIT_S, Histogram
from results.record import OperationResult
from workloads.spec.model import WRITE_KINDS, Workload


def goodput_per_s(
    operations: Sequence[OperationResult], rate_per_s: float, workload: Workload
) -> float | None:
    """The part of `rate_per_s` that met its objective; None when nothing was timed.

    Open load: by response time, else by service time.
    """
    timed = sum(operation.count for operation in operations)
    if not timed:
        return None if rate_per_s else 0.0
    good = sum(_within(operation, workload) for operation in operations)
    return rate_per_s * good / timed


def _within(operation: OperationResult, workload: Workload) -> int:
    """How many were completed within their objective."""
    latency = workload.latency
    limit_s = latency.write_p99_s if operation.kind in WRITE_KINDS else latency.read_p99_s
    if limit_s is None:
        return operation.count
    times = operation.response or operation.service
    steps, counts = Histogram.from_base64(times.histogram).steps()
    return int(counts[steps * UNIT_S <= limit_s].sum())
