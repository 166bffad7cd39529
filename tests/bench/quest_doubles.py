"""A bench in virtual time: trials on a queue, with records as the real one leaves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from queue_doubles import SLICE_S, WARMUP_S, Queue

from bench import engines, suites
from bench.driver.messages import Slice
from bench.driver.sequential import FRACTIONS
from bench.engines.seam import Place
from bench.runner.blank import Laboratory, blank
from bench.runner.monitor import Monitor
from bench.runner.plan import Data, Target
from bench.runner.request import Request
from bench.runner.way import Ask, Ground, Way
from results.distribution import of_values
from results.manifest import PlannedTrial
from results.record import Client, Environment, OperationResult, Record
from workloads import datasets
from workloads.spec.model import LatencyObjective, Operation, Workload

WORKLOAD = Workload(
    name="queue",
    operations=(Operation(kind="read", weight=1),),
    latency=LatencyObjective(read_p99_s=0.010),
)
ENVIRONMENT = Environment(
    cpu_model="virtual",
    cpu_family="virtual",
    cpus=2,
    hyper_threads=None,
    memory_bytes=2**30,
    kernel="none",
    system="none",
    virtualisation=None,
    disk=None,
    fsync_p50_s=None,
    cpu_score_single=None,
    cpu_score_all=None,
    python="3",
    storefit="0",
    commit=None,
    packages=(),
)
LABORATORY = Laboratory(
    run="R",
    request=Request(names=("queue",)),
    pace=suites.get("quick").pace,
    suite=None,
    environment=ENVIRONMENT,
)
PUNCTUAL = Client(
    cpu_s_per_operation=1e-5,
    cpu_utilisation=0.3,
    overhead_s_per_operation=None,
    schedule_lag_p50_s=1e-6,
    schedule_lag_p99_s=2e-5,
    queued_fraction=0.0,
)
PLANNED = PlannedTrial(
    number=1,
    workload="digest",
    target="noop",
    phase="mix",
    load="search",
    repetition=1,
    planned_duration_s=1.0,
)
Change = Callable[[Record], Record]


@dataclass
class Bench:
    """Serves asks on a queue. `change` may alter each record before anyone sees it."""

    queue: Queue
    change: Change = lambda record: record
    seed: int = 1
    now_s: float = 0.0
    asked: list[Ask] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def way(self, load: str, *, window_s: float = 4.0, workload: Workload = WORKLOAD) -> Way:
        ground = Ground(
            workload=workload,
            operations=workload.operations,
            cpus=2,
            window_s=window_s,
            slice_s=SLICE_S,
            own_time=True,
        )
        return Way(
            planned=replace(PLANNED, load=load),
            ground=ground,
            measure=self.measure,
            tell=self.lines.append,
            clock=lambda: self.now_s,
        )

    def measure(self, ask: Ask) -> Record:
        self.asked.append(ask)
        rate = ask.offer.rate_per_s
        if rate is None:  # closed load keeps as many servers busy as there are clients
            clients = ask.offer.clients
            rate = min(clients, self.queue.servers) * self.queue.mu_per_s
            took = np.full(round(rate * ask.window_s), clients / rate)
            return self._record(ask, took, rate, ask.window_s)
        ends, took = self.queue.serve(
            rate, WARMUP_S + ask.window_s, self.seed * 99 + len(self.asked)
        )
        slots = ((ends - WARMUP_S) / SLICE_S).astype(int)
        slices = round(ask.window_s / SLICE_S)
        inside = (ends >= WARMUP_S) & (slots < slices)
        slices = _watched(ask.monitor, slots[inside], took[inside], slices)
        kept = took[inside & (slots < slices)]
        return self._record(ask, kept, rate, slices * SLICE_S)

    def _record(self, ask: Ask, took: np.ndarray, rate: float, window_s: float) -> Record:
        self.now_s += WARMUP_S + window_s + 0.3
        told = of_values((took * 1e9).astype(np.int64), lowest_ns=1_000)
        is_open = ask.offer.kind == "open"
        result = OperationResult(
            index=0,
            kind="read",
            count=took.size,
            errors=0,
            throughput_per_s=took.size / window_s,
            service=told,
            response=told if is_open else None,
        )
        engine = engines.get("noop")
        empty = blank(
            replace(PLANNED, load=ask.offer.text),
            LABORATORY,
            record_id=f"R.001.{len(self.asked):02d}",
            target=Target("noop", engine, Place(kind="in-process")),
            workload=WORKLOAD,
            data=Data(dataset=datasets.get("records"), records=1, scale=1.0, record_size_bytes=1.0),
        )
        return self.change(
            replace(
                empty,
                outcome="ok",
                duration_s=window_s,
                operations_done=took.size,
                throughput_per_s=took.size / window_s,
                operations=(result,),
                client=PUNCTUAL,
            )
        )


def _watched(monitor: Monitor | None, slots: np.ndarray, took: np.ndarray, slices: int) -> int:
    """Slices until the monitor has seen enough; it is told what they hold."""
    if monitor is None:
        return slices
    lates = np.zeros((slices, len(monitor.limits), 2), dtype=np.int64)
    for row, limit in enumerate(monitor.limits):
        lates[:, row, 0] = np.bincount(slots, minlength=slices)
        lates[:, row, 1] = np.bincount(slots[took > limit.ns / 1e9], minlength=slices)
    assert len(monitor.limits) == len(FRACTIONS) * len(monitor.objectives)
    parts = [Slice(at, int(lates[at, 0, 0]), 0, 0, 0) for at in range(slices)]
    for count in range(2, slices, 2):
        if monitor.enough(parts[:count], lates[:count]):
            slices = count
            break
    monitor.finish(lates[:slices])
    return slices
