"""What a run will do: an immutable list of trials, in the order of execution.

One trial is one workload x engine x load x repetition x phase. The phase `mix` runs the
operations that the engine serves at their weights; each kind is also measured alone, under the
first load, because that is what tells what one such operation costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench import engines, procedures, suites
from bench.engines.seam import Baseline, Bounded
from bench.runner import emulate, interleave, order, quests
from bench.runner.order import MIX
from bench.runner.request import Request, is_suite
from bench.suites import Pace
from results.manifest import NO_LOAD, PlannedTrial, without_passwords
from results.record import NameValue, WorkloadRef
from workloads import datasets
from workloads.errors import InputError, PlaceError
from workloads.spec.model import Operation, Workload

if TYPE_CHECKING:
    from bench.engines.seam import Engine, Place
    from bench.runner.loads import Offer

# Places where a server can be held to limits.
_LIMITED_PLACES = frozenset({"container"})
# Where nobody said how many records there are.
_UNDECLARED_RECORDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """An engine at a place; `text` as it may be shown (without a password)."""

    text: str
    engine: Engine
    place: Place


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

    pace = request.pace()
    notes: list[str] = []
    found = targets(request, notes)
    _check_options(request, found)
    _check_limits(request, found)
    emulate.require(request, found)
    offers = tuple(quests.read(text, cpus=cpus) for text in loads(request) if text != NO_LOAD)
    names = procedure_names(request)
    workloads: dict[str, Workload] = {}
    for name in workload_names(request):
        workload = spec.load(name, note=notes.append)
        require_operations(workload)
        for offer in offers:
            offer.require(workload)  # what is missing is found before anything is started
        workloads[spec.digest(workload)] = workload
    trials: list[PlannedTrial] = []
    for digest, workload in workloads.items():
        for turn in _turns(request, workload, found, offers, notes):
            if not turn.offer.concerns(workload, served(workload, turn.target.engine).operations):
                notes.append(f"{turn.target.text} serves no operation with an objective")
                continue
            trials.append(
                PlannedTrial(
                    number=len(trials) + 1,
                    workload=digest,
                    target=turn.target.text,
                    phase=turn.phase,
                    load=turn.offer.text,
                    repetition=turn.repetition,
                    planned_duration_s=pace.duration_s if turn.phase == MIX else pace.alone_s,
                    variant=turn.variant,
                )
            )
        for phase, target, repetition in _procedural(request, names, workload, found):
            trials.append(
                PlannedTrial(
                    number=len(trials) + 1,
                    workload=digest,
                    target=target.text,
                    phase=phase,
                    load=NO_LOAD,
                    repetition=repetition,
                    planned_duration_s=pace.duration_s,
                )
            )
    if not trials:
        raise InputError("nothing to measure", hint="; ".join(notes))
    return Plan(
        trials=tuple(trials),
        workloads=workloads,
        targets={target.text: target for target in (*found, *_others(request, found))},
        notes=tuple(dict.fromkeys(notes)),
    )


def _turns(
    request: Request,
    workload: Workload,
    found: Sequence[Target],
    offers: Sequence[Offer | quests.Quest],
    notes: list[str],
) -> Iterator[order.Turn]:
    """The trials under load of one workload, in their order; `notes` gets what is left out."""
    serving = [target for target in found if served(workload, target.engine).operations]
    notes += [
        f"{target.text} serves no operation of {workload.name}"
        for target in found
        if target not in serving
    ]
    serve = [_serving(workload, target) for target in serving]
    if request.versus:
        facing = [_serving(workload, target) for target in _others(request, serving)]
        pairs = list(zip(serve, facing, strict=False))  # without a first side, no pair
        notes += [
            f"{a.target.text} and {b.target.text} serve different operations: no mix"
            for a, b in pairs
            if set(a.kinds) != set(b.kinds)
        ]
        yield from order.two_sided(pairs, offers, request)
    else:
        yield from order.one_sided(serve, offers, request.pace().repetitions)


def workload_names(request: Request) -> tuple[str, ...]:
    """Workloads of the request, those of a suite in its place."""
    names: list[str] = []
    for name in request.names:
        names += suites.get(name).workloads if is_suite(name) else [name]
    return tuple(dict.fromkeys(names))


def loads(request: Request) -> tuple[str, ...]:
    """The loads that were asked for, else the suite's."""
    if request.load is not None:
        return (request.load,)
    named = [name for name in request.names if is_suite(name)]
    return suites.get(named[0]).loads if named else ("default",)


def procedure_names(request: Request) -> tuple[str, ...]:
    """The procedures that were asked for, else the suite's: each `NAME` or `NAME:WAY`."""
    return request.procedures


def _procedural(
    request: Request, names: Sequence[str], workload: Workload, found: Sequence[Target]
) -> Iterator[tuple[str, Target, int]]:
    """Phase, target and repetition of every procedure; repetitions interleave the targets."""
    for repetition in range(1, request.pace().repetitions + 1):
        for target in found:
            options = request.options_of(target.engine.name)
            for text in names:
                procedure, way = procedures.asked(text)
                known = procedure.ways(target, workload, options)
                for each in known if way is None else (way,):
                    yield f"{procedure.name}:{each}", target, repetition


def targets(request: Request, notes: list[str]) -> tuple[Target, ...]:
    """The engines to run on. An engine that was asked for and cannot run is a PlaceError."""
    named = [name for name in request.names if is_suite(name)]
    listed = request.engines or (suites.get(named[0]).engines if named else None)
    suite = request.suite()
    found: dict[str, Target] = {}
    if listed is None:
        for target in map(target_of, engines.names()):
            if not target.engine.evidence_for:
                continue
            if isinstance(target.engine, Baseline):
                notes.append(
                    f"{target.text}, the baseline of {target.engine.baseline_of}, is left out: ask "
                    f"with --engine {target.text}"
                )
                continue
            if suite.places is not None and target.place.kind not in suite.places:
                notes.append(
                    f"{target.text} is left out of '{suite.name}': ask with --engine {target.text}"
                )
                continue
            missing = target.engine.available(target.place)
            if missing is None and request.emulate is not None:
                missing = emulate.why_not(target)
            if missing is None:
                found[target.text] = target
            else:
                notes.append(f"{target.text} is left out: {missing}")
    for text in listed or ():
        target = target_of(text)
        missing = target.engine.available(target.place)
        if missing is not None:
            raise PlaceError(f"{target.text} cannot run here", hint=missing)
        found[target.text] = target
    if not found:
        raise PlaceError("no engine can run here", hint="`bench engines` says what is missing")
    return tuple(found.values())


def target_of(text: str) -> Target:
    """Read a target; its shown text has no password."""
    engine, place = engines.parse_target(text)
    return Target(without_passwords((text.strip(),))[0], engine, place)


def require_operations(workload: Workload) -> None:
    """InputError for a workload that asks nothing."""
    if not any(operation.weight > 0 for operation in workload.operations):
        raise InputError(
            f"workload '{workload.name}' has no operations to run",
            hint="add `operations: [{kind: read, weight: 1}]`",
        )


@dataclass(frozen=True, slots=True)
class Served:
    """The operations of a workload that an engine serves, and why it does not serve the others."""

    operations: tuple[Operation, ...]
    unsupported: tuple[NameValue, ...]

    def phase(self, phase: str) -> tuple[Operation, ...]:
        """The operations of a phase."""
        return tuple(o for o in self.operations if phase in (MIX, o.kind))


def served(workload: Workload, engine: Engine) -> Served:
    """Which operations can be measured on this engine."""
    dataset = dataset_of(workload)
    kept: list[Operation] = []
    left: dict[str, str] = {}
    for operation in workload.operations:
        kind = operation.kind
        if operation.weight <= 0:
            continue
        if kind not in engine.kinds:
            left[kind] = engine.unsupported.get(kind, "not served")
        elif isinstance(engine, Bounded) and operation.records_written > engine.most_in_transaction:
            left[kind] = (
                f"{operation.records_written:,} records in a transaction, which holds at most "
                f"{engine.most_in_transaction}"
            )
        elif kind == "join" and dataset.roles.child_table is None:
            left[kind] = f"dataset {dataset.name} has no second table"
        else:
            kept.append(operation)
    return Served(tuple(kept), tuple(NameValue(name=kind, value=why) for kind, why in left.items()))


def dataset_of(workload: Workload) -> datasets.Dataset:
    """The generator of the workload's rows."""
    return datasets.get(workload.data.dataset or datasets.DEFAULT)


def data(workload: Workload, pace: Pace, scale: float | None) -> Data:
    """How many records are loaded: the declared number, scaled as asked or held to the pace."""
    dataset = dataset_of(workload)
    size = workload.data.record_size_bytes or dataset.default_record_size_bytes()
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


def _serving(workload: Workload, target: Target) -> order.Serving:
    operations = served(workload, target.engine).operations
    return order.Serving(target, tuple(dict.fromkeys(o.kind for o in operations)))


def _check_options(request: Request, found: Sequence[Target]) -> None:
    """InputError for an option that an engine does not have; those of engines left out too."""
    sides = [(request, found)]
    if request.versus:
        sides.append((interleave.second(request), _others(request, found)))
    for side, chosen in sides:
        asked = {target.engine.name: target.engine for target in chosen}
        asked |= {name: engines.get(name) for name in side.owners_of_options()}
        for name, engine in asked.items():
            engine.check(side.options_of(name))


def _check_limits(request: Request, found: Sequence[Target]) -> None:
    """InputError when limits are asked for where nobody keeps them."""
    if request.limits() is None:
        return
    free = [t for t in (*found, *_others(request, found)) if t.place.kind not in _LIMITED_PLACES]
    if not free:
        return
    others = [t.engine.name for t in free if _LIMITED_PLACES & set(t.engine.places)]
    raise InputError(
        f"--shape, --cpus and --memory are limits of containers; {free[0].text} runs in none",
        hint=f"--engine {others[0]}@container" if others else "leave it out with --engine",
    )


def _others(request: Request, found: Sequence[Target]) -> Sequence[Target]:
    """The second side of each target; none when there is one side only."""
    if not request.versus:
        return ()
    side = interleave.second(request)
    return found if side.engines == request.engines else targets(side, [])
