"""Figures of one operation kind in one family: from samples where there are some, else assumed.

Samples are taken in this order, the first group that has any wins: records of the engine itself
before another engine's; the user's before the shipped ones; one kind alone before a mix; this
workload before others. Figures are medians; the interval spans the samples, widened by the noise
of ordinary instances (coefficient of variation 5-7 % in memory) and by what is not the same.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from msgspec import Struct

from advisor.demand import Basis
from advisor.evidence import Ledger
from advisor.facts.assumptions import AssumedOperation
from advisor.measured import Measured, Sample
from advisor.model import Evidence, EvidenceKind, Quantity
from workloads.spec.model import ANALYTIC_KINDS, WRITE_KINDS

OTHER_WORKLOAD = 1.3  # another data set or mix
_NOISE = 0.07  # three repetitions or more
_NOISE_FEW = 0.15
_FIXED_ROWS = 10.0  # rows whose cost equals the fixed cost of a range or a transaction
_FIXED_BYTES = 200.0  # of a log record or a page entry, whatever the row holds
_CPU_DOUBLES_BYTES = 8192.0  # a row this long costs twice the CPU of an empty one
# p99 of an unmeasured operation: scheduling and lock waits on top of a multiple of its CPU
_TAIL_FACTOR, _TAIL_S = 4.0, 0.2e-3


class Shape(Struct, frozen=True, kw_only=True):
    """What an operation of the workload is about: rows, records in all, bytes per record."""

    kind: str
    rows: float
    records: float
    record_size_bytes: float


class Chosen(Struct, frozen=True, kw_only=True):
    """The samples an estimate rests on, and how far they are from the case."""

    samples: tuple[Sample, ...]
    basis: Basis
    low: float
    high: float


def choose(family: str, kind: str, workload: str, layers: tuple[Measured, ...]) -> Chosen | None:
    best: tuple[tuple[bool, int, bool, bool], list[Sample]] | None = None
    for position, layer in enumerate(layers):
        for sample in layer.samples.get((family, kind), ()):
            if kind == "transaction" and sample.workload != workload:
                continue  # another workload's transaction has other steps
            rank = (
                not sample.witness.direct,
                position + layer.reference,
                not sample.alone,
                sample.workload != workload,
            )
            if best is None or rank < best[0]:
                best = (rank, [sample])
            elif rank == best[0]:
                best[1].append(sample)
    if best is None:
        return None
    (indirect, layer_rank, _, other), samples = best
    spread = _NOISE if len(samples) >= 3 else _NOISE_FEW
    wider = OTHER_WORKLOAD if other else 1.0
    basis: Basis = "proxy" if indirect else ("reference" if layer_rank else "measured")
    return Chosen(
        samples=tuple(samples),
        basis=basis,
        low=(1 - spread) / wider * min(s.witness.low for s in samples),
        high=(1 + spread) * wider * max(s.witness.high for s in samples),
    )


class Figures:
    """Quantities of one operation kind in one family, each with its entry in the ledger."""

    def __init__(
        self,
        family: str,
        shape: Shape,
        assumed: AssumedOperation,
        chosen: Chosen | None,
        ledger: Ledger,
    ) -> None:
        self.prefix = f"demand/{family}/{shape.kind}"
        self.shape, self.assumed, self.chosen, self.ledger = shape, assumed, chosen, ledger

    def of(
        self,
        name: str,
        unit: str,
        look: Callable[[Sample], tuple[float, float, float] | None],
        expected: float,
        scale: Callable[[Shape, Sample], float],
    ) -> Quantity:
        """The figure from the samples that have it, scaled to this workload; else `expected`."""
        found = [
            (triple, scale(self.shape, sample), sample)
            for sample in (self.chosen.samples if self.chosen else ())
            if (triple := look(sample)) is not None
        ]
        if not found or self.chosen is None:
            return self._assume(name, unit, expected)
        middle = statistics.median(t[1] * k for t, k, _ in found)
        low = min(t[0] * k for t, k, _ in found) * self.chosen.low
        high = max(t[2] * k for t, k, _ in found) * self.chosen.high
        return self._keep(name, (low, middle, high), unit, [s for _, _, s in found])

    def writes(self, name: str, unit: str, expected: float) -> Quantity:
        """A figure of writing, by its name in the sample; 0 for kinds that only read."""
        if self.shape.kind not in WRITE_KINDS:
            return Quantity(value=0.0, low=0.0, high=0.0, unit=unit)

        def look(sample: Sample) -> tuple[float, float, float] | None:
            value: float | None = getattr(sample, name)
            return None if value is None else (value, value, value)

        return self.of(name, unit, look, expected, _write_scale)

    def commits(self) -> Quantity:
        """One commit for an operation that writes, whatever it changes; reads need none."""
        one = 1.0 if self.shape.kind in WRITE_KINDS else 0.0
        return Quantity(value=one, low=one, high=one, unit="commits")

    def latency(self, cpu: Quantity, *, tail: bool) -> Quantity:
        """Service time on the reference core at the fewest clients, without the local flush."""
        timed = [s for s in self.chosen.samples if s.service_mean_s] if self.chosen else []
        fewest = min((s.clients for s in timed), default=0)

        def look(sample: Sample) -> tuple[float, float, float] | None:
            time_s = sample.service_p99_s if tail else sample.service_mean_s
            if time_s is None or sample.clients != fewest:
                return None
            if sample.kind in WRITE_KINDS:
                time_s = max(time_s - (sample.fsync_s or 0.0), time_s * 0.1)
            core = sample.core
            return time_s * core.low, time_s * core.value, time_s * core.high

        name = "service_p99_s" if tail else "service_time_s"
        expected = cpu.value * _TAIL_FACTOR + _TAIL_S if tail else cpu.value * 1.3
        return self.of(name, "s", look, expected, cpu_scale)

    def _assume(self, name: str, unit: str, expected: float) -> Quantity:
        entry = Evidence(
            id=f"{self.prefix}/{name}",
            kind="assumed",
            label=f"{name} of one {self.shape.kind}: {self.assumed.why}",
            value=expected,
            unit=unit,
            source="assumption: typical of this kind of server",
            date="",
            formula=f"{self.assumed.low:g} to {self.assumed.high:g} times the expected value",
        )
        return Quantity(
            value=expected,
            low=expected * self.assumed.low,
            high=expected * self.assumed.high,
            unit=unit,
            evidence=(self.ledger.add(entry),),
        )

    def _keep(
        self, name: str, values: tuple[float, float, float], unit: str, samples: Sequence[Sample]
    ) -> Quantity:
        assert self.chosen is not None
        low, middle, high = values
        core = samples[0].core
        core_id = self.ledger.add(
            Evidence(
                id=core.id,
                kind=core.kind,
                label=f"speed of a core: {core.label}",
                value=core.value,
                unit="reference cores (m5 = 1)",
                source=core.source,
                date=core.date,
                formula=f"{core.low:.2f} to {core.high:.2f} over the tests",
            )
        )
        entry = Evidence(
            id=f"{self.prefix}/{name}",
            kind=_KIND[self.chosen.basis],
            label=f"{name} of one {self.shape.kind} ({_SAID[self.chosen.basis]})",
            value=middle,
            unit=unit,
            source=f"{len(samples)} record(s): {samples[0].witness.why}",
            date="",
            formula=_FORMULA.get(name, "median over the records, scaled to rows and record size"),
            inputs=(*dict.fromkeys(s.record for s in samples), core_id),
        )
        return Quantity(
            value=middle, low=low, high=high, unit=unit, evidence=(self.ledger.add(entry),)
        )


_KIND: dict[Basis, EvidenceKind] = {
    "measured": "measured",
    "reference": "measured",
    "proxy": "assumed",
    "assumed": "assumed",
}
_SAID: dict[Basis, str] = {
    "measured": "measured here",
    "reference": "measured on the reference machine",
    "proxy": "assumed from another engine's records",
    "assumed": "assumed",
}
_FORMULA = {
    "cpu_s": "CPU s x core speed x worth of a second beside a busy sibling; median over the records",
    "service_time_s": "mean service time x core speed, less the local flush for writes",
    "service_p99_s": "p99 of service time at the fewest clients x core speed, less the local flush",
}


def extra_rows(shape: Shape) -> float:
    return shape.rows if shape.kind in ANALYTIC_KINDS or shape.kind == "range" else 0.0


def writes(shape: Shape) -> float:
    return max(shape.rows, 1.0) if shape.kind in WRITE_KINDS else 0.0


def bulk(shape: Shape) -> float:
    """CPU of long rows, and of several rows in one transaction."""
    several = (_FIXED_ROWS + writes(shape)) / (_FIXED_ROWS + 1) if writes(shape) > 1 else 1.0
    return (1 + shape.record_size_bytes / _CPU_DOUBLES_BYTES) * several


def cpu_scale(shape: Shape, sample: Sample) -> float:
    size = (1 + shape.record_size_bytes / _CPU_DOUBLES_BYTES) / (
        1 + sample.record_size_bytes / _CPU_DOUBLES_BYTES
    )
    if shape.kind in ANALYTIC_KINDS:
        whole = sample.rows <= 1
        return size * shape.rows / max(sample.records if whole else sample.rows, 1.0)
    return size * (_FIXED_ROWS + shape.rows) / (_FIXED_ROWS + sample.rows)


def _write_scale(shape: Shape, sample: Sample) -> float:
    size = (_FIXED_BYTES + shape.record_size_bytes) / (_FIXED_BYTES + sample.record_size_bytes)
    return size * max(shape.rows, 1.0) / max(sample.rows, 1.0)
