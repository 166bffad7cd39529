"""Estimates for the families of servers: each operation kind, their mean, and bytes at rest."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from advisor.demand import FamilyDemand, OperationDemand, weakest
from advisor.evidence import Ledger
from advisor.facts.assumptions import (
    AssumedOperation,
    ServerFamily,
    server_families,
)
from advisor.figures import (
    OTHER_WORKLOAD,
    Chosen,
    Figures,
    Shape,
    bulk,
    choose,
    cpu_scale,
    extra_rows,
    writes,
)
from advisor.measured import Measured, StorageSample, row_count
from advisor.model import Evidence, Quantity
from advisor.transactions import assumed_of
from workloads.spec.model import Operation, Workload


def servers(
    workload: Workload, layers: tuple[Measured, ...], ledger: Ledger
) -> dict[str, FamilyDemand]:
    """Demand on every family of servers. ValueError when size or operations are unknown."""
    data = workload.data
    if data.records is None or data.record_size_bytes is None or not workload.operations:
        raise ValueError("demand needs records, record size and operations: fill the workload")
    return {
        name: _family(family, workload, layers, ledger)
        for name, family in server_families().items()
    }


def _family(
    family: ServerFamily, workload: Workload, layers: tuple[Measured, ...], ledger: Ledger
) -> FamilyDemand:
    records, size = float(workload.data.records or 0), workload.data.record_size_bytes or 0.0
    stored = _stored(family, workload, layers, ledger)
    total = sum(o.weight for o in workload.operations)
    operations: list[OperationDemand] = []
    machines: list[int] = []
    for operation in workload.operations:
        if operation.weight <= 0:
            continue
        shape = Shape(
            kind=operation.kind,
            rows=rows_of(operation, records),
            records=records,
            record_size_bytes=size,
        )
        chosen = choose(family.name, operation.kind, workload.name, layers)
        assumed = assumed_of(family.name, operation)
        machines += [sample.cpus for sample in chosen.samples] if chosen else []
        about = (family, shape, assumed, operation.weight / total)
        operations.append(_operation(about, chosen, stored=stored, ledger=ledger))
    return FamilyDemand(
        family=family.name,
        basis=weakest([o.basis for o in operations]),
        operations=tuple(operations),
        mix=mixed(operations),
        stored_bytes_per_record=stored,
        measured_on=statistics.mode(machines) if machines else None,
    )


def rows_of(operation: Operation, records: float) -> float:
    """Rows one operation touches; all of them for a scan without limit or an aggregate."""
    if operation.reads_all:
        return records
    return row_count(
        operation.kind, operation.limit, operation.uniform_limit, operation.atomic_with
    )


def _operation(
    about: tuple[ServerFamily, Shape, AssumedOperation, float],
    chosen: Chosen | None,
    *,
    stored: Quantity,
    ledger: Ledger,
) -> OperationDemand:
    family, shape, assumed, share = about
    figures = Figures(family.name, shape, assumed, chosen, ledger)
    cpu = figures.of(
        "cpu_s",
        "reference core s",
        lambda s: s.cpu_s,
        (assumed.cpu_us + assumed.cpu_us_per_row * extra_rows(shape)) * 1e-6 * bulk(shape),
        cpu_scale,
    )
    log = assumed.log_bytes + assumed.log_per_record_byte * shape.record_size_bytes
    pages = _pages(family, shape, assumed, stored)
    written = log + assumed.write_pages * family.page_bytes
    per_row = writes(shape)
    return OperationDemand(
        kind=shape.kind,
        share=share,
        basis=chosen.basis if chosen else "assumed",
        rows=shape.rows,
        cpu_s=cpu,
        pages=pages,
        write_bytes=figures.writes("write_bytes", "bytes", written * per_row),
        write_ios=figures.writes(
            "write_ios", "I/Os", assumed.write_ios * (1 + 0.5 * (per_row - 1))
        ),
        log_bytes=figures.writes("log_bytes", "bytes", log * per_row),
        commits=figures.commits(),
        service_time_s=figures.latency(cpu, tail=False),
        service_p99_s=figures.latency(cpu, tail=True),
    )


def _pages(
    family: ServerFamily, shape: Shape, assumed: AssumedOperation, stored: Quantity
) -> Quantity:
    """Pages looked at: the path through the index, then the pages that hold the rows."""
    following = extra_rows(shape) + max(writes(shape) - 1, 0.0)

    def count(bytes_per_row: float) -> float:
        return assumed.pages + following * bytes_per_row / family.page_bytes

    return Quantity(
        value=count(stored.value),
        low=count(stored.low),
        high=count(stored.high),
        unit="pages",
        evidence=stored.evidence,
    )


def _stored(
    family: ServerFamily, workload: Workload, layers: tuple[Measured, ...], ledger: Ledger
) -> Quantity:
    """Bytes at rest per record: measured, scaled to the record size; else overhead and fill."""
    size = workload.data.record_size_bytes or 0.0
    found: list[StorageSample] = []
    for other in (False, True):
        for layer in layers:
            found = found or [
                s
                for s in layer.storage.get(family.name, ())
                if s.witness.direct and (s.workload != workload.name) == other
            ]
    overhead = family.row_overhead_bytes
    identity = f"demand/{family.name}/stored_bytes_per_record"
    if not found:
        value = (size + overhead) / family.fill
        entry = Evidence(
            id=identity,
            kind="assumed",
            label=family.why,
            value=value,
            unit="bytes",
            source="assumption: layout of the engine",
            date="",
            formula=f"(record size + {overhead:g} B) / {family.fill:g}",
        )
        return Quantity(
            value=value,
            low=value * 0.7,
            high=value * 1.6,
            unit="bytes",
            evidence=(ledger.add(entry),),
        )

    def scaled(sample: StorageSample, bytes_per_record: float) -> float:
        return bytes_per_record * (size + overhead) / (sample.record_size_bytes + overhead)

    wider = OTHER_WORKLOAD if found[0].workload != workload.name else 1.0
    value = statistics.median(scaled(s, s.bytes_per_record) for s in found)
    entry = Evidence(
        id=identity,
        kind="measured",
        label="bytes at rest per record, everything that belongs to it included",
        value=value,
        unit="bytes",
        source=f"{len(found)} record(s)",
        date="",
        formula="bytes after loading / records of the main table, scaled to the record size",
        inputs=tuple(dict.fromkeys(s.record for s in found)),
    )
    return Quantity(
        value=value,
        low=min(scaled(s, s.bytes_per_record) for s in found) * 0.95 / wider,
        high=max(scaled(s, s.bytes_after_per_record) for s in found) * 1.05 * wider,
        unit="bytes",
        evidence=(ledger.add(entry),),
    )


def mixed(operations: Sequence[OperationDemand]) -> OperationDemand:
    """The mean operation of a mix."""

    def mean(name: str) -> Quantity:
        parts: list[tuple[float, Quantity]] = [(o.share, getattr(o, name)) for o in operations]
        return Quantity(
            value=sum(share * q.value for share, q in parts),
            low=sum(share * q.low for share, q in parts),
            high=sum(share * q.high for share, q in parts),
            unit=parts[0][1].unit,
            evidence=tuple(dict.fromkeys(e for _, q in parts for e in q.evidence)),
        )

    return OperationDemand(
        kind="mix",
        share=1.0,
        basis=weakest([o.basis for o in operations]),
        rows=sum(o.share * o.rows for o in operations),
        cpu_s=mean("cpu_s"),
        pages=mean("pages"),
        write_bytes=mean("write_bytes"),
        write_ios=mean("write_ios"),
        log_bytes=mean("log_bytes"),
        commits=mean("commits"),
        service_time_s=mean("service_time_s"),
        service_p99_s=mean("service_p99_s"),
    )
