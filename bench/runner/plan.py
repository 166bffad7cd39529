"""What a run will do: an immutable list of trials, in the order of execution.

One trial is one workload x engine x load x repetition x phase. The phase `mix` runs the
operations that the engine serves at their weights; each kind is also measured alone, under the
first load, because that is what tells what one such operation costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.runner import bounds, emulate, listing, loads, quests, selection
from bench.runner.order import MIX as MIX
from bench.runner.served import Served as Served
from bench.runner.served import dataset_of
from bench.runner.served import served as served
from bench.runner.target import Target as Target
from bench.runner.target import target_of as target_of
from results.manifest import NO_LOAD
from results.record import WorkloadRef
from workloads import datasets
from workloads.datasets.recipes.generated import Generated
from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.runner.request import Request
    from bench.suites import Pace
    from results.manifest import PlannedTrial
    from workloads.spec.model import Operation, Workload

# Where nobody said how many records there are.
_UNDECLARED_RECORDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What is loaded: rows, and which fraction of the declared number that is.

    `format` is the data format that the workload declares.
    """

    dataset: datasets.Dataset
    records: int
    scale: float
    record_size_bytes: float
    format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All trials, and what they refer to. `notes` say what was left out, and why."""

    trials: tuple[PlannedTrial, ...]
    workloads: dict[str, Workload]  # by digest
    targets: dict[str, Target]  # by text
    notes: tuple[str, ...]

    def refs(self) -> tuple[WorkloadRef, ...]:
        """The workloads as a manifest keeps them."""
        return tuple(reference(workload) for workload in self.workloads.values())


def make(request: Request, *, cpus: int) -> Plan:
    """The plan of a request. InputError or PlaceError when any of it cannot be meant or done."""
    from workloads import spec

    notes: list[str] = []
    found = selection.targets(request, notes)
    selection.check_options(request, found)
    bounds.check(request, (*found, *selection.others(request, found)), notes)
    emulate.require(request, found)
    workloads: dict[str, Workload] = {}
    trials: list[PlannedTrial] = []
    for workload, of_suite in listing.named(request, note=notes):
        require_operations(workload)
        require_size(workload)
        parts = listing.parts(request, workload, found, of_suite=of_suite)
        for part in parts:
            workloads[spec.digest(part.variant.workload)] = part.variant.workload
            for load in part.variant.loads:
                if load != NO_LOAD:  # what is missing is found before anything is started
                    _require(request, load, part.variant.workload, cpus=cpus)
        trials += listing.trials(request, parts, notes, cpus=cpus, first=len(trials) + 1)
    if not trials:
        raise InputError("nothing to measure", hint="; ".join(notes))
    return Plan(
        trials=tuple(trials),
        workloads=workloads,
        targets={target.text: target for target in (*found, *selection.others(request, found))},
        notes=tuple(dict.fromkeys(notes)),
    )


def _require(request: Request, load: str, workload: Workload, *, cpus: int) -> None:
    """InputError for a load that cannot be offered."""
    offered, pace = quests.read(load, cpus=cpus), request.pace()
    offered.require(workload)
    if isinstance(offered, loads.Offer):
        seconds = pace.warmup_max_s + max(pace.duration_s, pace.alone_s)
        loads.require_possible(offered, seconds=seconds, cpus=cpus)


def require_operations(workload: Workload) -> None:
    """InputError for a workload that asks nothing."""
    if not any(operation.weight > 0 for operation in workload.operations):
        raise InputError(
            f"workload '{workload.name}' has no operations to run",
            hint="add `operations: [{kind: read, weight: 1}]`",
        )


def require_size(workload: Workload) -> None:
    """InputError for a record size that the dataset's generator cannot make."""
    dataset = dataset_of(workload)
    if isinstance(dataset, Generated):
        dataset.sized(dataset.parts[0].name, workload.data.record_size_bytes)


def data(workload: Workload, pace: Pace, scale: float | None) -> Data:
    """How many records are loaded: the declared number, scaled as asked or held to the pace."""
    dataset = dataset_of(workload)
    own = workload.data.file is not None  # its records have the size that they have
    declared_size = None if own else workload.data.record_size_bytes
    size = declared_size or dataset.default_record_size_bytes()
    declared = workload.data.records
    if scale is not None:
        records = round((declared or _UNDECLARED_RECORDS) * scale)
    else:
        most = min(pace.records, int(pace.logical_bytes / size))
        records = min(declared or _UNDECLARED_RECORDS, most)
    records = max(1, records)
    return Data(
        dataset=dataset,
        records=records,
        scale=records / declared if declared else 1.0,
        record_size_bytes=size,
        format=workload.data.format,
    )


def reference(workload: Workload) -> WorkloadRef:
    """A workload as a record keeps it."""
    from workloads import spec

    return WorkloadRef(
        name=workload.name,
        digest=spec.digest(workload),
        document=spec.canonical_json(workload),
    )


def phase_workload(workload: Workload, operations: tuple[Operation, ...]) -> Workload:
    """The workload with only these operations."""
    return replace(workload, operations=operations)
