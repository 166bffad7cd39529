"""Demand on an item store: read and write units by DynamoDB's published rules.

A read of up to 4 KiB strongly consistent is one unit, eventually consistent half; a write of up to
1 KiB is one unit; a Query or Scan pays for all it reads; each call rounds up. Reads are taken
eventually consistent, the default of the service, and strongly consistent where an update reads
first. Units measured on records of the same kind replace the rule, scaled by it to the record size.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

from msgspec import Struct

from advisor import facts
from advisor.demand import Basis, ItemDemand, ItemOperation, weakest
from advisor.estimates import rows_of
from advisor.evidence import Ledger
from advisor.facts.assumptions import assumption
from advisor.measured import Measured, Sample
from advisor.model import Evidence, Quantity
from advisor.transactions import length
from workloads.spec.model import ANALYTIC_KINDS, WRITE_KINDS, Operation, Workload

FAMILY = "key-value"
_EVENTUAL = 0.5
_SMALL_ITEM_BYTES = 200.0  # an item of the second table in a join


class _Rule(Struct, frozen=True, kw_only=True):
    """The units of one operation for an item of given bytes."""

    read: Callable[[float], float]
    write: Callable[[float], float]
    formula: str


def item_demand(workload: Workload, layers: tuple[Measured, ...], ledger: Ledger) -> ItemDemand:
    """Units per operation kind. ValueError when size or operations are unknown."""
    data = workload.data
    if data.records is None or data.record_size_bytes is None or not workload.operations:
        raise ValueError("demand needs records, record size and operations: fill the workload")
    size = data.record_size_bytes
    item = _item_bytes(size, ledger)
    total = sum(o.weight for o in workload.operations)
    operations = tuple(
        _operation(o, o.weight / total, (workload, item), layers, ledger)
        for o in workload.operations
        if o.weight > 0
    )
    return ItemDemand(
        basis=weakest([o.basis for o in operations]), item_bytes=item, operations=operations
    )


def _item_bytes(size: float, ledger: Ledger) -> Quantity:
    names = assumption("dynamodb.attribute_names")
    entry = Evidence(
        id=f"demand/{FAMILY}/item_bytes",
        kind="assumed",
        label="an item's values and attribute names",
        value=size + names.value,
        unit="bytes",
        source=names.why,
        date="",
        formula=f"record size + {names.low:g} to {names.high:g} B of names",
        inputs=(ledger.assumption(names.id),),
    )
    return Quantity(
        value=size + names.value,
        low=size + names.low,
        high=size + names.high,
        unit="bytes",
        evidence=(ledger.add(entry),),
    )


def read_blocks(size_bytes: float) -> float:
    """Blocks of one read unit in a call that reads so many bytes, at least one."""
    return max(1.0, math.ceil(size_bytes / facts.number("dynamodb.rcu")))


def write_blocks(size_bytes: float) -> float:
    """Blocks of one write unit in an item of so many bytes, at least one."""
    return max(1.0, math.ceil(size_bytes / facts.number("dynamodb.wcu")))


def _rule(operation: Operation, records: float) -> _Rule:
    rows = max(rows_of(operation, records), 1.0)
    if operation.reads_all:
        # read in pages of 1 MiB: rounding each one up adds less than half a percent
        return _Rule(
            read=lambda b: max(rows * b / facts.number("dynamodb.rcu"), 1.0) * _EVENTUAL,
            write=lambda _: 0.0,
            formula=f"{rows:g} items x bytes / 4 KiB / 2",
        )
    if operation.kind in (*ANALYTIC_KINDS, "range"):
        return _Rule(
            read=lambda b: read_blocks(rows * b) * _EVENTUAL,
            write=lambda _: 0.0,
            formula=f"ceil({rows:g} items x bytes / 4 KiB) / 2",
        )
    if operation.kind == "join":
        children = read_blocks((assumption("dynamodb.join_items").value - 1) * _SMALL_ITEM_BYTES)
        return _Rule(
            read=lambda b: (read_blocks(b) + children) * _EVENTUAL,
            write=lambda _: 0.0,
            formula="a Get and a Query, each ceil(bytes / 4 KiB) / 2",
        )
    if operation.kind == "read":
        return _Rule(
            read=lambda b: read_blocks(b) * _EVENTUAL,
            write=lambda _: 0.0,
            formula="ceil(bytes / 4 KiB) / 2",
        )
    if operation.kind == "transaction":
        return _transaction_rule(operation)
    reads = 1.0 if operation.kind == "read-modify-write" else 0.0
    double = 2.0 if rows > 1 else 1.0
    return _Rule(
        read=lambda b: reads * read_blocks(b),
        write=lambda b: rows * double * write_blocks(b),
        formula=f"{rows:g} x {double:g} x ceil(bytes / 1 KiB)",
    )


def _transaction_rule(operation: Operation) -> _Rule:
    """Reads and writes by key cost twice as much; a range is a strongly consistent Query beside."""
    gets = sum(r.weight for r in operation.requests if r.kind == "read")
    ranges = [(r.weight, length(r)) for r in operation.requests if r.kind == "range"]
    written = operation.records_written
    return _Rule(
        read=lambda b: 2.0 * gets * read_blocks(b) + sum(n * read_blocks(k * b) for n, k in ranges),
        write=lambda b: 2.0 * written * write_blocks(b),
        formula=f"2 x {gets:g} x ceil(bytes / 4 KiB), {sum(n for n, _ in ranges):g} Queries; "
        f"2 x {written} x ceil(bytes / 1 KiB)",
    )


def _operation(
    operation: Operation,
    share: float,
    about: tuple[Workload, Quantity],
    layers: tuple[Measured, ...],
    ledger: Ledger,
) -> ItemOperation:
    workload, item = about
    rule = _rule(operation, float(workload.data.records or 0))
    rows = rows_of(operation, float(workload.data.records or 0))
    samples, basis = _samples(operation.kind, workload, layers)
    names = assumption("dynamodb.attribute_names").value

    def units(name: str, by_rule: Callable[[float], float]) -> Quantity:
        found = [
            (value, by_rule(s.record_size_bytes + names) * s.rows / max(rows, 1.0), s)
            for s in samples
            if (value := getattr(s, name)) is not None and by_rule(item.value) > 0
        ]
        ratio = statistics.median(v / r for v, r, _ in found if r > 0) if found else 1.0
        entry = Evidence(
            id=f"demand/{FAMILY}/{operation.kind}/{name}",
            kind="measured" if found else "documented",
            label=f"{name} of one {operation.kind}",
            value=by_rule(item.value) * ratio,
            unit="units",
            source="consumed units in records" if found else facts.fact("dynamodb.rcu").source,
            date="" if found else facts.fact("dynamodb.rcu").date,
            formula=rule.formula + (" x measured / rule at the measured size" if found else ""),
            inputs=(*item.evidence, *(s.record for _, _, s in found)),
        )
        return Quantity(
            value=by_rule(item.value) * ratio,
            low=by_rule(item.low) * min(ratio, 1.0),
            high=by_rule(item.high) * max(ratio, 1.0),
            unit="units",
            evidence=(ledger.add(entry),),
        )

    return ItemOperation(
        kind=operation.kind,
        share=share,
        basis=basis,
        rows=rows,
        read_units=units("read_units", rule.read),
        write_units=units("write_units", rule.write),
        in_transaction=operation.kind == "transaction"
        or (operation.kind in WRITE_KINDS and rows > 1),
    )


def _samples(
    kind: str, workload: Workload, layers: tuple[Measured, ...]
) -> tuple[tuple[Sample, ...], Basis]:
    """Samples of one kind alone, of this workload: other data sets have other items."""
    for layer in layers:
        found = tuple(
            s
            for s in layer.samples.get((FAMILY, kind), ())
            if s.alone and s.workload == workload.name
        )
        if found:
            return found, "reference" if layer.reference else "measured"
    return (), "assumed"
