"""What records say, taken apart per engine family and operation kind, before any workload asks.

A record of one kind alone gives that kind's cost; a record of a mix is shared out: CPU in
proportion to service time, writes to the operations that write. Records that a gate refused, or
that did not end well, are listed and not used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from advisor.cpu import CoreSpeed, local_core, worth
from advisor.facts.assumptions import Witness, witnesses
from results.record import OperationResult, Record
from workloads.spec.model import KINDS, WRITE_KINDS

if TYPE_CHECKING:
    from results.calibration import Calibration

_LIMITED = frozenset({"range", "scan"})


class Sample(Struct, frozen=True, kw_only=True):
    """One operation kind in one record, per completed operation. None: not measured.

    `cpu_s` is already in reference core seconds: low, expected, high. `rows` is the length of a
    range or the records of a transaction; `records` and `record_size_bytes` those of the trial.
    """

    record: str
    kind: str
    workload: str
    witness: Witness
    core: CoreSpeed
    alone: bool
    cpus: int
    clients: int
    records: int
    record_size_bytes: float
    rows: float
    cpu_s: tuple[float, float, float] | None
    write_bytes: float | None
    write_ios: float | None
    log_bytes: float | None
    commits: float | None
    read_units: float | None
    write_units: float | None
    service_mean_s: float | None
    service_p99_s: float | None
    fsync_s: float | None
    about: str = ""  # engine and version, phase and machine, for a reader


class StorageSample(Struct, frozen=True, kw_only=True):
    """Bytes at rest per record of the main table, everything that belongs to it included."""

    record: str
    workload: str
    witness: Witness
    record_size_bytes: float
    bytes_per_record: float
    bytes_after_per_record: float  # after the trial: what it inserted, and bloat


class Refusal(Struct, frozen=True, kw_only=True):
    """A record that is no evidence, and why."""

    record: str
    engine: str
    reason: str


class Measured(Struct, frozen=True, kw_only=True):
    """All samples, by (family, kind), and what was refused. `reference`: shipped records."""

    samples: dict[tuple[str, str], tuple[Sample, ...]]
    storage: dict[str, tuple[StorageSample, ...]]
    refused: tuple[Refusal, ...]
    records: tuple[str, ...]
    reference: bool = False


def measure(
    records: Sequence[Record],
    *,
    reference: bool = False,
    calibrations: Sequence[Calibration] = (),
) -> Measured:
    """Take records apart. The slow part of a case: do it once, then vary the workload.

    A calibration is used for the records of its machine.
    """
    samples: dict[tuple[str, str], list[Sample]] = {}
    storage: dict[str, list[StorageSample]] = {}
    refused: list[Refusal] = []
    used: list[str] = []
    for record in records:
        if not record.was_tried or record.procedure is not None:
            continue  # nothing is known of it, and nothing was refused
        if any(varied.name.startswith("option:") for varied in record.trial.varied):
            continue  # the engine was set otherwise than it is by default
        families = witnesses(record.engine.name)
        reason = _refusal(record, families)
        if reason is not None:
            refused.append(Refusal(record=record.id, engine=record.engine.name, reason=reason))
            continue
        used.append(record.id)
        calibration = next((c for c in calibrations if c.is_of(record.environment)), None)
        core = local_core(record.environment, calibration)
        together = None if calibration is None else calibration.all_core_share()
        for witness in families:
            for sample in _samples(record, witness, (core, together)):
                samples.setdefault((witness.family, sample.kind), []).append(sample)
            kept = _storage(record, witness)
            if kept is not None:
                storage.setdefault(witness.family, []).append(kept)
    return Measured(
        samples={key: tuple(found) for key, found in samples.items()},
        storage={key: tuple(kept) for key, kept in storage.items()},
        refused=tuple(refused),
        records=tuple(used),
        reference=reference,
    )


def _refusal(record: Record, families: tuple[Witness, ...]) -> str | None:
    if not families:
        return f"{record.engine.name} is evidence for no service"
    if record.outcome != "ok":
        return f"outcome {record.outcome}: {record.error or 'no error text'}"
    errors = [f"{f.code}: {f.message}" for f in record.findings if f.level == "error"]
    return "; ".join(errors) or None


@lru_cache(maxsize=256)
def _lengths(document: str) -> tuple[tuple[str, float], ...]:
    """(kind, rows) of each operation of a workload's canonical form; empty when unreadable."""
    try:
        operations = json.loads(document)["operations"]
        return tuple(
            (
                o["kind"],
                row_count(
                    o["kind"],
                    o.get("limit"),
                    bool(o.get("uniform_limit")),
                    o.get("atomic_with"),
                ),
            )
            for o in operations
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()


def row_count(kind: str, limit: float | None, uniform: bool, atomic_with: float | None) -> float:
    """Rows of one operation: mean length of a range or scan, or records of a transaction."""
    if kind in WRITE_KINDS:
        return float(atomic_with or 1)
    if kind in _LIMITED and limit:
        return (limit + 1) / 2 if uniform else float(limit)
    return 1.0


def _samples(
    record: Record, witness: Witness, machine: tuple[CoreSpeed, float | None]
) -> Iterator[Sample]:
    phase = record.trial.phase
    results = [o for o in record.operations if o.count > 0 and o.kind in KINDS]
    if phase in KINDS:
        results = [o for o in results if o.kind == phase]
    if not results:
        return
    lengths = _lengths(record.workload.document)
    shares = _shares(results)
    for kind in dict.fromkeys(o.kind for o in results):
        of_kind = [o for o in results if o.kind == kind]
        rows = next((n for k, n in lengths if k == kind), 1.0)
        share = 1.0 if phase == kind else shares[kind]
        yield _sample(record, (witness, *machine), of_kind, rows=rows, cpu_share=share)


def _shares(results: list[OperationResult]) -> dict[str, float]:
    """Kind -> CPU of one such operation, as a multiple of the mean of all: by service time."""
    times = {o.index: o.count * (o.service.mean_s or 0.0) for o in results}
    total, count = sum(times.values()), sum(o.count for o in results)
    shares: dict[str, float] = {}
    for kind in {o.kind for o in results}:
        of_kind = [o for o in results if o.kind == kind]
        part = sum(times[o.index] for o in of_kind) / total if total > 0 else 0.0
        shares[kind] = part * count / sum(o.count for o in of_kind) if total > 0 else 1.0
    return shares


def _sample(
    record: Record,
    how: tuple[Witness, CoreSpeed, float | None],
    results: list[OperationResult],
    *,
    rows: float,
    cpu_share: float,
) -> Sample:
    witness, core, together = how
    kind, used = results[0].kind, record.resources
    alone = record.trial.phase == kind
    # a figure per operation of the mix -> per operation that writes, by the records it changes
    written = 1.0 if alone else _written(record, kind, rows)

    def writes(value: float | None) -> float | None:
        return None if value is None else value * written

    means = [(o.service.mean_s, o.count) for o in results if o.service.mean_s is not None]
    tails = [o.service.p99_s for o in results if o.service.p99_s is not None]
    if (
        record.emulation is not None
    ):  # they hold what the advisor itself adds of storage and network
        means, tails = [], []
    return Sample(
        record=record.id,
        kind=kind,
        workload=record.workload.name,
        witness=witness,
        core=core,
        alone=alone,
        cpus=record.environment.cpus,
        clients=record.load.clients,
        records=record.trial.records,
        record_size_bytes=record.trial.record_size_bytes,
        rows=rows,
        cpu_s=_reference_cpu(record, (core, together), cpu_share),
        write_bytes=writes(used.write_bytes),
        write_ios=writes(used.write_ios),
        log_bytes=writes(used.log_bytes),
        commits=writes(used.commits),
        read_units=used.read_units if alone else None,
        write_units=used.write_units if alone else None,
        service_mean_s=sum(m * n for m, n in means) / sum(n for _, n in means) if means else None,
        service_p99_s=max(tails, default=None),
        fsync_s=record.environment.fsync_p50_s,
        about=(
            f"{record.engine.name} {record.engine.version}, phase {record.trial.phase}, "
            f"{record.environment.cpus} x {record.environment.cpu_model}"
        ),
    )


def _written(record: Record, kind: str, rows: float) -> float:
    """What one operation of a kind wrote, as a multiple of the mean over all operations."""
    if kind not in WRITE_KINDS:
        return 0.0
    lengths = dict(_lengths(record.workload.document))
    done = [o for o in record.operations if o.count > 0]
    changed = sum(o.count * lengths.get(o.kind, 1.0) for o in done if o.kind in WRITE_KINDS)
    return sum(o.count for o in done) * rows / changed if changed else 0.0


def _reference_cpu(
    record: Record, machine: tuple[CoreSpeed, float | None], share: float
) -> tuple[float, float, float] | None:
    """Local CPU seconds x speed of the core x what the second was worth: low, expected, high."""
    core, together = machine
    cpu_s = record.resources.cpu_s
    if cpu_s is None or cpu_s <= 0:
        return None
    client = record.client.cpu_s_per_operation or 0.0
    busy = record.throughput_per_s * (cpu_s + client) / max(record.environment.cpus, 1)
    low, mid, high = worth(busy, record.environment.hyper_threads, together)
    return (
        cpu_s * share * core.low * low,
        cpu_s * share * core.value * mid,
        cpu_s * share * core.high * high,
    )


def _storage(record: Record, witness: Witness) -> StorageSample | None:
    kept = record.storage
    if kept is None or record.trial.records <= 0:
        return None
    if not kept.stored_bytes:
        return None
    return StorageSample(
        record=record.id,
        workload=record.workload.name,
        witness=witness,
        record_size_bytes=record.trial.record_size_bytes,
        bytes_per_record=kept.stored_bytes / record.trial.records,
        bytes_after_per_record=(kept.stored_bytes_after or kept.stored_bytes)
        / record.trial.records,
    )
