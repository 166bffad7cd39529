"""Records made for the tests of demand: one builder with plain numbers, no random latencies."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from results.record import (
    RECORD_SCHEMA,
    Client,
    Distribution,
    EngineInfo,
    Environment,
    Finding,
    Load,
    OperationResult,
    Record,
    Resources,
    Storage,
    Trial,
    WorkloadRef,
)

ZEN4 = Environment(
    cpu_model="AMD EPYC",
    cpu_family="AuthenticAMD family 25 model 17",
    cpus=2,
    hyper_threads=False,
    memory_bytes=4 * 2**30,
    kernel="Linux",
    system="Debian",
    virtualisation="kvm",
    disk=None,
    fsync_p50_s=0.0001,
    cpu_score_single=None,
    cpu_score_all=None,
    python="3.11",
    storefit="0",
    commit=None,
    packages=(),
)
CASCADE_LAKE = replace(ZEN4, cpu_model="Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz")
UNKNOWN = replace(ZEN4, cpu_model="Elbrus-16C", cpu_family="e2k")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What differs between made records; figures are per operation."""

    engine: str = "postgresql"
    phase: str = "read"
    number: int = 1
    workload: str = "shop"
    operations: tuple[tuple[str, int, float], ...] = (("read", 10_000, 0.0001),)
    cpu_s: float | None = 50e-6
    write_bytes: float | None = 0.0
    write_ios: float | None = 0.0
    log_bytes: float | None = 0.0
    read_units: float | None = None
    write_units: float | None = None
    clients: int = 1
    records: int = 100_000
    record_size_bytes: float = 1000.0
    stored_bytes: int | None = 130_000_000
    rate_per_s: float = 1.0
    outcome: str = "ok"
    findings: tuple[Finding, ...] = ()
    environment: Environment = CASCADE_LAKE
    limit: int | None = None
    atomic_with: int | None = None


def distribution(mean_s: float, count: int) -> Distribution:
    """A distribution whose p99 is three times its mean."""
    return Distribution(
        count=count,
        mean_s=mean_s,
        min_s=mean_s / 2,
        p50_s=mean_s,
        p90_s=mean_s * 2,
        p95_s=mean_s * 2.5,
        p99_s=mean_s * 3,
        p999_s=None,
        max_s=mean_s * 5,
        histogram="",
        histogram_unit_s=1e-6,
    )


def _storage(made: Made) -> Storage | None:
    return (
        None
        if made.stored_bytes is None
        else Storage(
            rows=made.records,
            logical_bytes=int(made.records * made.record_size_bytes),
            stored_bytes=made.stored_bytes,
            stored_bytes_after=None,
            load_s=1.0,
            rows_per_s=1.0,
        )
    )


def record(made: Made) -> Record:
    """The record of one trial."""
    document = {
        "operations": [
            {"kind": kind, "weight": 1.0, "limit": made.limit, "atomic_with": made.atomic_with}
            for kind, _, _ in made.operations
        ]
    }
    done = sum(count for _, count, _ in made.operations)
    return Record(
        schema=RECORD_SCHEMA,
        id=f"made.{made.number:03d}",
        run="made",
        started_at="2026-11-22T00:00:00Z",
        outcome=made.outcome,  # type: ignore[arg-type]
        error=None if made.outcome == "ok" else "the engine ended",
        workload=WorkloadRef(name=made.workload, digest="0" * 64, document=json.dumps(document)),
        trial=_trial(made),
        load=Load(
            kind="closed",
            clients=made.clients,
            workers=1,
            rate_per_s=None,
            arrivals=None,
            think_time_s=None,
        ),
        engine=EngineInfo(
            name=made.engine,
            version="1",
            place="embedded",
            durability="full",
            in_process=False,
            settings=(),
        ),
        duration_s=10.0,
        warmup_s=1.0,
        operations_done=done,
        errors_count=0,
        throughput_per_s=made.rate_per_s,
        operations=tuple(
            OperationResult(
                index=index,
                kind=kind,
                count=count,
                errors=0,
                throughput_per_s=count / 10.0,
                service=distribution(mean_s, count),
                response=None,
            )
            for index, (kind, count, mean_s) in enumerate(made.operations)
        ),
        unsupported=(),
        errors=(),
        resources=_resources(made, done),
        storage=_storage(made),
        series=(),
        client=Client(
            cpu_s_per_operation=0.0,
            cpu_utilisation=0.1,
            overhead_s_per_operation=0.0,
            schedule_lag_p50_s=None,
            schedule_lag_p99_s=None,
        ),
        steady=True,
        steady_reason="",
        answers_checked=0,
        answers_digest=None,
        findings=made.findings,
        environment=made.environment,
    )


def _trial(made: Made) -> Trial:
    return Trial(
        suite=None,
        phase=made.phase,
        repetition=1,
        seed=1,
        records=made.records,
        record_size_bytes=made.record_size_bytes,
        scale=1.0,
        durability="full",
        dataset="records",
        keys="uniform",
        planned_duration_s=10.0,
    )


def _resources(made: Made, done: int) -> Resources:
    return Resources(
        source="engine-processes",
        operations=done,
        cpu_s=made.cpu_s,
        read_bytes=0.0,
        write_bytes=made.write_bytes,
        read_ios=0.0,
        write_ios=made.write_ios,
        log_bytes=made.log_bytes,
        commits=1.0,
        read_units=made.read_units,
        write_units=made.write_units,
        memory_bytes=None,
        idle_cpu_s_per_s=0.0,
    )
