"""The record of a planned trial before anything was measured: what was asked, and nothing else.

It is what is kept when a trial cannot even begin, and what a measured trial fills in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.driver.calibrate import Overhead
from bench.emulation.wanted import canonical
from bench.environment import with_disk
from bench.runner import interleave
from bench.runner.loads import TRACE, trace_sum
from bench.runner.plan import Data, Target, reference
from bench.runner.quests import first_offer
from results.record import (
    RECORD_SCHEMA,
    Client,
    EngineInfo,
    Load,
    NameValue,
    ProcedureResult,
    Record,
    Resources,
    Trial,
)
from workloads.datasets.seam import Sourced
from workloads.spec.model import DEFAULT_KEYS

if TYPE_CHECKING:
    from bench.cluster.cluster import Cluster
    from bench.runner.loads import Offer
    from bench.runner.request import Request
    from bench.runner.stand import Stand
    from bench.suites import Pace
    from results.manifest import PlannedTrial
    from results.record import Environment
    from workloads.datasets.seam import Dataset
    from workloads.spec.model import Workload

_MASK_63 = (1 << 63) - 1
# Multipliers that keep the seeds of different trials apart (both prime).
_SEED_STRIDE, _TRIAL_STRIDE = 1_000_003, 7_919


@dataclass(slots=True, kw_only=True)
class Laboratory:
    """What all trials of a run have in common. `overheads` are measured once per kind of loop.

    `cluster`: where the load comes from; None: from this machine's own processes.
    """

    run: str
    request: Request
    pace: Pace
    suite: str | None
    environment: Environment
    cluster: Cluster | None = None
    overheads: dict[tuple[str, int], Overhead] = field(default_factory=dict)

    def request_of(self, planned: PlannedTrial) -> Request:
        """What was asked of the side that a trial belongs to."""
        request = interleave.request_of(self.request, planned)
        return request.with_options(planned.options)

    def offer(self, planned: PlannedTrial) -> Offer:
        """The load of a trial; of several (a search, a curve) the first."""
        return first_offer(planned.load, cpus=self.environment.cpus)


NOTHING_READ = Resources(
    source="none",
    operations=0,
    cpu_s=None,
    read_bytes=None,
    write_bytes=None,
    read_ios=None,
    write_ios=None,
    log_bytes=None,
    commits=None,
    read_units=None,
    write_units=None,
    memory_bytes=None,
    idle_cpu_s_per_s=None,
)
NO_CLIENT = Client(
    cpu_s_per_operation=None,
    cpu_utilisation=None,
    overhead_s_per_operation=None,
    schedule_lag_p50_s=None,
    schedule_lag_p99_s=None,
)


def blank(
    planned: PlannedTrial,
    laboratory: Laboratory,
    *,
    record_id: str,
    target: Target,
    workload: Workload,
    data: Data,
) -> Record:
    """A record with outcome `error` and no measurement."""
    request = laboratory.request_of(planned)
    offer = None if planned.procedure else laboratory.offer(planned)
    return Record(
        schema=RECORD_SCHEMA,
        id=record_id,
        run=laboratory.run,
        started_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        outcome="error",
        error=None,
        workload=reference(workload),
        trial=Trial(
            suite=laboratory.suite,
            phase=planned.phase,
            repetition=planned.repetition,
            seed=seed_of(request.seed, interleave.stream_number(laboratory.request, planned)),
            records=data.records,
            record_size_bytes=data.record_size_bytes,
            scale=data.scale,
            durability=request.durability,
            dataset=data.dataset.name,
            keys=keys_text(workload),
            planned_duration_s=planned.planned_duration_s,
            variant=planned.variant,
            axis=planned.axis,
            varied=planned.varied,
            emulate=canonical(request.emulate),
            data=(*_source(data.dataset), *_trace(offer, workload)),
        ),
        load=_load(offer, workload, planned.planned_duration_s),
        engine=EngineInfo(
            name=target.engine.name,
            version="unknown",
            place=target.place.kind,
            durability=request.durability,
            in_process=target.engine.in_process,
            settings=(),
        ),
        duration_s=0.0,
        warmup_s=0.0,
        operations_done=0,
        errors_count=0,
        throughput_per_s=0.0,
        operations=(),
        unsupported=(),
        errors=(),
        resources=NOTHING_READ,
        storage=None,
        series=(),
        client=NO_CLIENT,
        steady=None,
        steady_reason="nothing was measured",
        answers_checked=0,
        answers_digest=None,
        findings=(),
        environment=laboratory.environment,
        procedure=_procedure(planned),
    )


def _procedure(planned: PlannedTrial) -> ProcedureResult | None:
    """A procedure before it has any step."""
    if planned.procedure is None:
        return None
    name, way = planned.procedure
    return ProcedureResult(name=name, way=way, steps=())


def on_stand(
    stand: Stand, planned: PlannedTrial, laboratory: Laboratory, *, record_id: str
) -> Record:
    """The blank record of what is about to be done on a stand, with what is known of that."""
    record = blank(
        planned,
        laboratory,
        record_id=record_id,
        target=stand.target,
        workload=stand.workload,
        data=stand.data,
    )
    return replace(
        record,
        engine=stand.engine,
        environment=with_disk(laboratory.environment, stand.data_disk),
        emulation=stand.emulation,
    )


def seed_of(seed: int, number: int) -> int:
    """The seed of trial `number`: another stream of operations for each, and always the same."""
    return (seed * _SEED_STRIDE + number * _TRIAL_STRIDE) & _MASK_63


def keys_text(workload: Workload) -> str:
    """The key distribution as a workload file writes it: `zipfian(0.99)`."""
    keys = workload.data.keys or DEFAULT_KEYS
    if not keys.parameters:
        return keys.kind
    return f"{keys.kind}({', '.join(f'{value:g}' for value in keys.parameters)})"


def _source(dataset: Dataset) -> tuple[NameValue, ...]:
    """Where the rows of a person's own file come from; nothing of a shipped dataset."""
    told = dataset.told if isinstance(dataset, Sourced) else ()
    return tuple(NameValue(name=name, value=value) for name, value in told)


def _trace(offer: Offer | None, workload: Workload) -> tuple[NameValue, ...]:
    found = trace_sum(workload) if offer is not None and offer.trace else None
    return () if found is None else (NameValue(name=TRACE, value=found),)


def _load(offer: Offer | None, workload: Workload, window_s: float) -> Load:
    """How requests were to be offered; by how many workers is known when they run."""
    if offer is None:
        return Load(
            kind="none", clients=0, workers=0, rate_per_s=None, arrivals=None, think_time_s=None
        )
    rate_per_s, compression = offer.told(workload, window_s)
    return Load(
        kind=offer.kind,
        clients=offer.clients,
        workers=0,
        rate_per_s=rate_per_s,
        arrivals=offer.arrivals,
        think_time_s=offer.think_s or None,
        compression=compression,
    )
