"""Jobs for worker processes on the engine that does nothing."""

from __future__ import annotations

from driver_doubles import workload

from bench.driver.conduct import Timing
from bench.driver.messages import Job
from bench.engines.noop import NoopDialer
from workloads.arrivals import Arrivals, Process
from workloads.arrivals.profile import steady

TIMING = Timing(
    duration_s=0.3, warmup_min_s=0.05, warmup_max_s=0.2, slice_s=0.01, grace_s=2.0, drain_s=1.0
)


def jobs(
    count: int,
    *,
    rate_per_s: float | None = None,
    clients: int = 1,
    process: Process = "poisson",
) -> list[Job]:
    """A job for each of `count` workers: back to back, or (open load) at this rate in all."""
    schedule = None
    if rate_per_s:
        schedule = Arrivals(load=steady(rate_per_s), process=process)
    return [
        Job(
            dialer=NoopDialer(),
            workload=workload("read", "update", "insert", "range"),
            seed=5,
            worker=worker,
            workers=count,
            records=1_000,
            clients=clients,
            resolution_ns=100,
            schedule=schedule,
            slice_ns=10_000_000,
            burst_ns=10_000_000,
        )
        for worker in range(count)
    ]
