"""Synthetic records that look like a driver's: one builder, and a run of several engines.

Latencies are drawn from a lognormal distribution with a seed, throughput follows from them by
Little's law, so that a gate fires only where a test breaks something.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from results.distribution import of_values
from results.record import (
    RECORD_SCHEMA,
    Client,
    Emulation,
    EngineInfo,
    Environment,
    Load,
    NameValue,
    OperationResult,
    Record,
    Resources,
    Second,
    Storage,
    Trial,
    WorkloadRef,
)

RUN = "20260911T101500Z"

DOCUMENT = {
    "schema": 1,
    "name": "book-store",
    "description": "Catalogue and orders of a book shop",
    "region": "us-east-1",
    "data": {
        "format": "relational",
        "dataset": "books",
        "records": 5_000_000,
        "record_size_bytes": 900.0,
        "growth_per_month": 0.03,
        "keys": {"kind": "zipfian", "parameters": [0.99]},
    },
    "operations": [
        {"kind": "read", "weight": 70.0},
        {"kind": "range", "weight": 10.0, "limit": 20},
        {"kind": "insert", "weight": 10.0},
        {"kind": "update", "weight": 10.0, "atomic_with": 2},
    ],
    "traffic": {"mean_per_s": 350.0, "peak_per_s": 2_000.0, "shape": "daily"},
    "latency": {"read_p99_s": 0.010, "write_p99_s": 0.020},
    "retention": {"backup_s": 14 * 86_400.0},
    "needs": {"sql": True, "joins": True},
}

ENVIRONMENT = Environment(
    cpu_model="AMD EPYC 7B13",
    cpu_family="Zen 3",
    cpus=2,
    hyper_threads=True,
    memory_bytes=8 * 2**30,
    kernel="6.1.0-28-amd64",
    system="Debian GNU/Linux 12",
    virtualisation="kvm",
    disk="ext4 on virtio",
    fsync_p50_s=0.0011,
    cpu_score_single=1_412.0,
    cpu_score_all=2_105.0,
    python="3.11.2",
    storefit="0.1.0",
    commit="0a6b120",
    packages=(NameValue(name="numpy", value="2.4.6"), NameValue(name="pyarrow", value="26.0.1")),
)

POSTGRESQL = EngineInfo(
    name="postgresql",
    version="18.1",
    place="embedded",
    durability="full",
    in_process=False,
    settings=(NameValue(name="shared_buffers", value="256MB"),),
)
LMDB = EngineInfo(
    name="lmdb",
    version="0.9.33",
    place="in-process",
    durability="full",
    in_process=True,
    settings=(NameValue(name="map_size", value="16 GiB"),),
)
POLARS = EngineInfo(
    name="polars",
    version="2.1.0",
    place="in-process",
    durability="full",
    in_process=True,
    settings=(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What differs between two records; times are medians of the service time, seconds."""

    engine: EngineInfo = POSTGRESQL
    medians_s: tuple[tuple[str, float], ...] = (("read", 0.00012), ("update", 0.0016))
    shares: tuple[float, ...] = (0.9, 0.1)
    phase: str = "mix"
    clients: int = 4
    duration_s: float = 30.0
    rate_per_s: float | None = None
    sigma: float = 0.45
    cpu_s: float | None = 0.000055
    number: int = 1
    repetition: int = 1
    seed: int = 1
    document: dict[str, object] = field(default_factory=lambda: dict(DOCUMENT))
    records: int = 200_000


@cache
def _latencies_ns(median_s: float, sigma: float, count: int, seed: int) -> np.ndarray:
    """A lognormal sample scaled to the mean that its parameters mean."""
    sample = np.random.default_rng(seed).lognormal(np.log(median_s), sigma, count)
    sample *= median_s * np.exp(sigma**2 / 2) / sample.mean()
    return (sample * 1e9).astype(np.int64)


def record(sketch: Sketch | None = None) -> Record:
    """A record that every gate passes, unless the sketch says otherwise."""
    s = sketch or Sketch()
    mean_s = sum(
        share * median * float(np.exp(s.sigma**2 / 2))
        for share, (_, median) in zip(s.shares, s.medians_s, strict=True)
    )
    throughput = s.rate_per_s if s.rate_per_s is not None else 0.995 * s.clients / mean_s
    operations = tuple(_operation(s, index, throughput) for index in range(len(s.medians_s)))
    done = sum(operation.count for operation in operations)
    per_s = done / s.duration_s
    return Record(
        schema=RECORD_SCHEMA,
        id=f"{RUN}.{s.number:03d}",
        run=RUN,
        started_at=f"2026-09-11T10:{15 + s.number // 60:02d}:{s.number % 60:02d}Z",
        outcome="ok",
        error=None,
        workload=WorkloadRef(
            name=str(s.document["name"]), digest="5f2c" * 16, document=json.dumps(s.document)
        ),
        trial=_trial(s),
        load=Load(
            kind="closed" if s.rate_per_s is None else "open",
            clients=s.clients,
            workers=min(s.clients, 4),
            rate_per_s=s.rate_per_s,
            arrivals=None if s.rate_per_s is None else "poisson",
            think_time_s=None,
        ),
        engine=s.engine,
        duration_s=s.duration_s,
        warmup_s=2.0,
        operations_done=done,
        errors_count=0,
        throughput_per_s=per_s,
        operations=operations,
        unsupported=(NameValue(name="join", value="one table only"),)
        if s.engine.in_process
        else (),
        errors=(),
        resources=_resources(s, done),
        storage=Storage(
            rows=s.records,
            logical_bytes=s.records * 900,
            stored_bytes=int(s.records * 900 * 1.35),
            stored_bytes_after=int(s.records * 900 * 1.38),
            load_s=s.records / 210_000,
            rows_per_s=210_000.0,
        ),
        series=_series(s, per_s, mean_s),
        client=Client(
            cpu_s_per_operation=0.000009,
            cpu_utilisation=0.99 if s.engine.in_process else 0.42,
            overhead_s_per_operation=0.0000002,
            schedule_lag_p50_s=None if s.rate_per_s is None else 0.000012,
            schedule_lag_p99_s=None if s.rate_per_s is None else 0.000070,
        ),
        steady=True,
        steady_reason="no drift and no change of level over 30 points",
        answers_checked=500,
        answers_digest="ab12" * 16,
        findings=(),
        environment=ENVIRONMENT,
    )


def _operation(s: Sketch, index: int, throughput: float) -> OperationResult:
    kind, median_s = s.medians_s[index]
    count = max(1, round(throughput * s.duration_s * s.shares[index]))
    lowest_ns = 100 if s.engine.in_process else 1_000
    sample = _latencies_ns(median_s, s.sigma, min(count, 60_000), s.seed * 97 + index)
    repeats = -(-count // len(sample))
    service = of_values(np.tile(sample, repeats)[:count], lowest_ns=lowest_ns)
    late = of_values(np.tile(sample + 60_000, repeats)[:count], lowest_ns=lowest_ns)
    return OperationResult(
        index=index,
        kind=kind,
        count=count,
        errors=0,
        throughput_per_s=count / s.duration_s,
        service=service,
        response=None if s.rate_per_s is None else late,
    )


def _trial(s: Sketch) -> Trial:
    return Trial(
        suite=None,
        phase=s.phase,
        repetition=s.repetition,
        seed=s.seed,
        records=s.records,
        record_size_bytes=900.0,
        scale=s.records / 5_000_000,
        durability="full",
        dataset="books",
        keys="zipfian(0.99)",
        planned_duration_s=s.duration_s,
    )


def _resources(s: Sketch, done: int) -> Resources:
    writes = sum(
        share
        for share, (kind, _) in zip(s.shares, s.medians_s, strict=True)
        if kind in {"insert", "update", "delete", "read-modify-write"}
    )
    units = s.engine.name == "lmdb"
    return Resources(
        source="worker" if s.engine.in_process else "engine-processes",
        operations=done,
        cpu_s=s.cpu_s,
        read_bytes=120.0,
        write_bytes=9_200.0 * writes,
        read_ios=0.02,
        write_ios=1.2 * writes,
        log_bytes=1_450.0 * writes,
        commits=writes,
        read_units=round(1.0 - writes, 6) if units else None,
        write_units=2.0 * writes if units else None,
        memory_bytes=180 * 2**20,
        idle_cpu_s_per_s=0.002 if not s.engine.in_process else None,
    )


def _series(s: Sketch, per_s: float, mean_s: float) -> tuple[Second, ...]:
    random = np.random.default_rng(s.seed + 5)
    wobble = random.normal(1.0, 0.015, int(s.duration_s))
    return tuple(
        Second(
            t_s=float(t),
            operations=int(per_s * factor),
            errors=0,
            mean_s=mean_s / float(factor),
            max_s=mean_s * 12,
        )
        for t, factor in enumerate(wobble)
    )


def run_of_engines() -> list[Record]:
    """The mix and single kinds on a server, a key-value engine and a columnar one."""
    server = (("read", 0.00011), ("range", 0.00024), ("insert", 0.0016), ("update", 0.0019))
    store = (("read", 0.0000016), ("range", 0.000009), ("insert", 0.0011), ("update", 0.0012))
    shares = (0.7, 0.1, 0.1, 0.1)
    sketches = [
        Sketch(medians_s=server, shares=shares, clients=1),
        Sketch(medians_s=server, shares=shares, clients=4),
        Sketch(medians_s=server, shares=shares, clients=16, rate_per_s=2_000.0),
        *(Sketch(medians_s=(row,), shares=(1.0,), phase=row[0], clients=1) for row in server),
        Sketch(engine=LMDB, medians_s=store, shares=shares, clients=1, cpu_s=0.000004),
        *(
            Sketch(engine=LMDB, medians_s=(r,), shares=(1.0,), phase=r[0], clients=1, cpu_s=2.1e-6)
            for r in store
        ),
        Sketch(
            engine=POLARS,
            medians_s=(("scan", 0.012), ("aggregate", 0.031)),
            shares=(0.5, 0.5),
            clients=1,
            cpu_s=0.034,
        ),
    ]
    return [
        record(replace(sketch, number=number, seed=number, duration_s=5.0))
        for number, sketch in enumerate(sketches, 1)
    ]


DONE = Emulation(
    flush_target_s=0.88e-3,
    local_flush_s=0.1e-3,
    flushes_per_commit=1,
    commit_delay_s=0.78e-3,
    commit_delay_achieved_s=0.80e-3,
    round_trip_s=0.45e-3,
    round_trip_achieved_s=0.46e-3,
    how="commit_delay=780us",
    sources=(),
)


def emulated(**changes: Any) -> Record:
    """A record that was made like this."""
    made = record()
    trial = replace(made.trial, emulate="gp3")
    return replace(made, trial=trial, emulation=replace(DONE, **changes))
