"""Predicting each published point from demand, and how far off that is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from msgspec import Struct

from advisor import facts
from advisor.backtest import benchmarks
from advisor.backtest.benchmarks import BENCHMARKS, Benchmark
from advisor.case import Case, prepare
from advisor.facts.assumptions import assumption
from advisor.measured import Measured, measure
from advisor.sizing.closed import Circuit, Throughput, throughput
from advisor.sizing.load import CACHED, GIB, Load, load_of
from advisor.sizing.popularity import distinct_per_s, found_in
from results import literature
from results.literature import PublishedResult
from results.reader import records_of
from results.record import Record
from workloads import spec
from workloads.errors import InputError
from workloads.spec.model import Traffic

DEMAND = Path(literature.__file__).parent / "published" / "demand"
TARGET = 0.15  # of the median error
_ANY_RATE = 100.0  # demand is per operation: the rate of the case does not matter


class Point(Struct, frozen=True, kw_only=True):
    """One published point, what is predicted for it, and from what.

    `low_per_s` and `high_per_s` are predictions at the ends of the interval of CPU demand and of
    the scores of the class. `basis` is what the demand rests on.
    """

    published: PublishedResult
    predicted: Throughput
    low_per_s: float
    high_per_s: float
    basis: str

    @property
    def error(self) -> float:
        """Predicted over actual, less 1."""
        return self.predicted.per_s / self.published.throughput_per_s - 1.0


class CaseResult(Struct, frozen=True, kw_only=True):
    """The points of one case. `named` is the bottleneck predicted, `actual` what its author found."""

    case: str
    points: tuple[Point, ...]
    median_error: float
    named: str | None
    actual: str | None


class Backtest(Struct, frozen=True, kw_only=True):
    """All cases, and the median of the absolute errors of all their points."""

    cases: tuple[CaseResult, ...]
    median_error: float
    bias: float
    refused: tuple[str, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """Every point."""
        return tuple(point for case in self.cases for point in case.points)

    @property
    def bottlenecks(self) -> tuple[int, int]:
        """How many bottlenecks are named right, of how many that authors found."""
        known = [case for case in self.cases if case.actual is not None]
        return sum(case.named == case.actual for case in known), len(known)


def run(records: Sequence[Record] | None = None) -> Backtest:
    """Predict every published point; `records` stand before the shipped ones.

    A benchmark that the records say nothing of is predicted from the shipped ones. Raises InputError
    where those say nothing either.
    """
    layers = [measure(list(records))] if records else []
    layers.append(measure(shipped()))
    by_case: dict[str, list[Point]] = {}
    for published in literature.published():
        benchmark = BENCHMARKS.get(published.benchmark)
        if benchmark is None or published.records is None or published.clients is None:
            continue
        witness = _witness(published.engine, benchmark, layers)
        by_case.setdefault(published.case, []).append(_point(published, benchmark, witness))
    cases = tuple(_case(name, tuple(points)) for name, points in by_case.items())
    every = [point.error for case in cases for point in case.points]
    return Backtest(
        cases=cases,
        median_error=statistics.median(abs(error) for error in every),
        bias=statistics.median(every),
        refused=tuple(f"{r.record}: {r.reason}" for layer in layers for r in layer.refused),
    )


def _witness(engine: str, benchmark: Benchmark, layers: Sequence[Measured]) -> Measured:
    """The first layer with records of the benchmark's workload on the engine itself."""
    for layer in layers:
        samples = layer.samples.get((engine, "transaction"), ())
        if any(s.workload == benchmark.workload and s.witness.direct for s in samples):
            return layer
    raise InputError(
        f"no record of {benchmark.workload} on {engine} is evidence",
        hint=f"`bench run {benchmark.workload} --engine {engine} --load closed:8 --results DIR`",
    )


def shipped() -> list[Record]:
    """Records of the benchmarks' workloads that come with storefit."""
    return [r for file in sorted(DEMAND.glob("*.ndjson")) for r in records_of(file)]


def _case(name: str, points: tuple[Point, ...]) -> CaseResult:
    named = [point.predicted.bottleneck for point in points]
    full = [resource for resource in named if resource is not None]
    return CaseResult(
        case=name,
        points=points,
        median_error=statistics.median(abs(point.error) for point in points),
        named=full[0] if full else None,
        actual=points[0].published.bottleneck,
    )


def _point(published: PublishedResult, benchmark: Benchmark, measured: Measured) -> Point:
    family = published.engine
    case = _sized(benchmark, published, measured)
    demand = case.demand.of(family)
    cpu = demand.mix.cpu_s
    load = load_of(case, family)
    clients = published.clients or 1
    ends = [
        throughput(_circuit(published, benchmark, load, (cpu_s, end)), clients)
        for cpu_s, end in ((cpu.value, 1), (cpu.high, 0), (cpu.low, 2))
    ]
    return Point(
        published=published,
        predicted=ends[0],
        low_per_s=ends[1].per_s,
        high_per_s=ends[2].per_s,
        basis=demand.mix.basis,
    )


def _sized(benchmark: Benchmark, published: PublishedResult, measured: Measured) -> Case:
    """The benchmark's workload with the rows of the point, as long as they were measured."""
    workload = spec.load(benchmark.workload)
    size_bytes = next(
        (
            sample.record_size_bytes
            for sample in measured.storage.get(published.engine, ())
            if sample.workload == workload.name
        ),
        workload.data.record_size_bytes,
    )
    workload = replace(
        workload,
        data=replace(
            workload.data,
            records=published.records,
            record_size_bytes=size_bytes,
            growth_per_month=0.0,
        ),
        traffic=Traffic(mean_per_s=_ANY_RATE, peak_per_s=_ANY_RATE, shape="steady"),
        needs=replace(workload.needs, connections=None),
    )
    return prepare(workload, measured, region=facts.REGIONS[0])


def _circuit(
    published: PublishedResult, benchmark: Benchmark, load: Load, how: tuple[float, int]
) -> Circuit:
    """One transaction on the class; `how`: its CPU seconds, and which end of the class's cores."""
    cpu_s, end = how
    found = facts.classes(
        service="rds", engine=published.engine, region=facts.REGIONS[0], deployment="single-az"
    )
    cls = next(c for c in found if c.name == published.instance_class)
    cores = cls.cores[end]
    cls = _with_cores(cls, cores)
    storage = published.storage.split()[0]
    pages = load.data_bytes_end / load.family.page_bytes
    hit = found_in(benchmark.popularity, _held(load, cls.memory_gib, published.clients or 0))
    hit = 1.0 if hit >= CACHED else hit
    looked = load.pages_per_s / load.peak_per_s if benchmark.pages is None else benchmark.pages
    reads = looked * (1.0 - hit)
    return Circuit(
        cls=cls,
        cpu_s=cpu_s + reads * assumption("cpu.per_read_io").value * 1e-6,
        delay_s=benchmark.statements * benchmarks.ROUND_TRIP_S,
        reads=reads,
        read_s=benchmarks.READ_S[storage],
        commit_s=benchmarks.FLUSH_S[storage],
        written_per_s=partial(_written, benchmark, pages),
        volume_iops=float(published.storage_iops or 0),
    )


def _with_cores(cls: facts.InstanceClass, cores: float) -> facts.InstanceClass:
    from msgspec.structs import replace as changed

    single = cls.single * cores / cls.cores[1]
    return changed(cls, cores=(cores, cores, cores), single=single)


def _held(load: Load, memory_gib: float, clients: int) -> float:
    """Fraction of the data's pages that memory holds beside connections and system."""
    outside = clients * load.family.memory_per_connection_mib / 1024
    cache_gib = memory_gib - outside - assumption("memory.system_gib").value
    return max(cache_gib, 0.0) * GIB * load.family.cache_share / load.data_bytes_end


def _written(benchmark: Benchmark, pages: float, rate: float) -> float:
    return distinct_per_s(
        benchmark.popularity, rate * benchmark.changed, pages, benchmarks.CHECKPOINT_EVERY_S
    )
