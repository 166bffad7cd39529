"""Records as the rows people compare: one operation of one engine under one load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from results.distribution import of_histogram
from results.gates.seam import told
from results.histogram import Histogram
from results.likeness import OPTION, load_text, setting
from results.record import Distribution, OperationResult, Record
from results.statistics import Interval, mean_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One operation over all repetitions of one setting.

    `index` is its position in the mix. `throughput_per_s` is the mean of repetitions with its
    interval; `latency` is over all repetitions, merged exactly: of response time in open load
    (`measure` says so), of service time otherwise. `records` are the ids it rests on. `varied`:
    what a suite varied in it beside the load, and what was emulated.
    """

    workload: str
    engine: str
    version: str
    place: str
    phase: str
    load: str
    clients: int
    index: int
    kind: str
    measure: str
    throughput_per_s: Interval
    latency: Distribution
    errors: int
    records: tuple[str, ...]
    is_evidence: bool
    varied: str = ""


def rows(records: Iterable[Record]) -> tuple[Row, ...]:
    """Rows in the order of their first record; trials that measured nothing have none."""
    groups: dict[tuple[object, ...], list[tuple[Record, OperationResult]]] = {}
    for record in records:
        for operation in record.operations:
            key = (*setting(record), operation.index, operation.kind)
            groups.setdefault(key, []).append((record, operation))
    return tuple(_row(members) for members in groups.values())


def _row(members: Sequence[tuple[Record, OperationResult]]) -> Row:
    record, operation = members[0]
    return Row(
        workload=record.workload.name,
        engine=record.engine.name,
        version=record.engine.version,
        place=record.engine.place,
        phase=record.trial.phase,
        load=load_text(record.load),
        clients=record.load.clients,
        index=operation.index,
        kind=operation.kind,
        measure="response" if operation.response else "service",
        throughput_per_s=mean_interval([o.throughput_per_s for _, o in members]),
        latency=merged([told(o) for _, o in members]),
        errors=sum(o.errors for _, o in members),
        records=tuple(r.id for r, _ in members),
        is_evidence=all(r.is_evidence for r, _ in members),
        varied=variation(record),
    )


def variation(record: Record) -> str:
    """`data.records=20k, format=csv`: what a suite varied beside the load, and what was emulated."""
    parts = [
        f"{each.name.removeprefix(OPTION)}={each.value}"
        for each in record.trial.varied
        if each.name != "load"
    ]
    return ", ".join([*parts, *([record.trial.emulate] if record.trial.emulate else [])])


def merged(distributions: Sequence[Distribution]) -> Distribution:
    """One distribution of all values; ValueError when their histograms differ in layout."""
    if len(distributions) == 1:
        return distributions[0]
    return of_histogram(Histogram.merged(Histogram.from_base64(d.histogram) for d in distributions))
