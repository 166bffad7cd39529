"""Every trial and procedure of a run, in the order in which they are made.

Variants that need the same data come one after the other, so that it is loaded once; procedures
follow the loads, as some leave other data behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import procedures, suites
from bench.runner import order, quests
from bench.runner.loads import Offer
from bench.runner.order import MIX
from bench.runner.request import Request, is_suite
from bench.runner.selection import others
from bench.runner.served import served
from bench.runner.variants import Variant, plain, variants
from results.manifest import NO_LOAD, PlannedTrial
from workloads import spec
from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.runner.target import Target
    from workloads.spec.model import Workload

DEFAULT_LOAD = "default"


@dataclass(frozen=True, slots=True)
class Part:
    """A variant and the targets it is run on."""

    variant: Variant
    targets: tuple[Target, ...]

    @property
    def data(self) -> tuple[str, tuple[str, ...]]:
        """Parts with the same are run on the same loaded data."""
        return spec.digest(self.variant.workload), self.variant.options


def named(request: Request, *, note: list[str] | None = None) -> list[tuple[Workload, bool]]:
    """Workloads of the request, those of a suite in its place; whether a suite names it."""
    names: dict[str, bool] = {}
    for name in request.names:
        if is_suite(name):
            names |= dict.fromkeys(request.suite().workloads, True)
        else:
            names.setdefault(name, False)
    notes = [] if note is None else note
    return [(spec.load(name, note=notes.append), of_suite) for name, of_suite in names.items()]


def loads(request: Request) -> tuple[str, ...]:
    """The loads that were asked for, else the suite's."""
    if request.load is not None:
        return (request.load,)
    if any(is_suite(name) for name in request.names):
        return request.suite().loads
    return (DEFAULT_LOAD,)


def parts(
    request: Request, workload: Workload, found: Sequence[Target], *, of_suite: bool
) -> list[Part]:
    """The variants of a workload, those on the same data together."""
    if not of_suite:
        return [Part(plain(workload, loads(request), request.procedures), tuple(found))]
    suite = request.suite()
    if request.versus and suite.vary:
        raise InputError(
            f"--versus does not go with suite '{suite.name}', which varies something itself",
            hint="name a workload instead",
        )
    targets: dict[Variant, list[Target]] = {}
    for target in found:
        for variant in variants(suite, workload, target.engine.name, load=request.load):
            targets.setdefault(variant, []).append(target)
    made = [Part(variant, tuple(on)) for variant, on in targets.items()]
    if request.procedures:
        made[0] = _with_procedures(made[0], request.procedures)
    first = list(dict.fromkeys(part.data for part in made))
    return sorted(made, key=lambda part: first.index(part.data))


def trials(
    request: Request, found: Sequence[Part], notes: list[str], *, cpus: int, first: int
) -> Iterator[PlannedTrial]:
    """The trials of one workload's parts, numbered from `first`; `notes` gets what is left out."""
    number = first
    for position, part in enumerate(found):
        for turn in _turns(request, part, notes, cpus=cpus):
            yield _trial(request, part.variant, turn, number)
            number += 1
        rest = found[position + 1 :]
        if rest and rest[0].data == part.data:
            continue
        for done in (each for each in found[: position + 1] if each.data == part.data):
            for made in _procedures(request, done, number):
                yield made
                number += 1


def _trial(request: Request, variant: Variant, turn: order.Turn, number: int) -> PlannedTrial:
    pace = request.pace()
    return PlannedTrial(
        number=number,
        workload=spec.digest(variant.workload),
        target=turn.target.text,
        phase=turn.phase,
        load=turn.offer.text,
        repetition=turn.repetition,
        planned_duration_s=pace.duration_s if turn.phase == MIX else pace.alone_s,
        variant=turn.variant,
        axis=variant.axis,
        varied=variant.varied,
        options=variant.options,
    )


def _turns(request: Request, part: Part, notes: list[str], *, cpus: int) -> Iterator[order.Turn]:
    """The trials under load of one variant, in their order; `notes` gets what is left out."""
    workload = part.variant.workload
    offers = [quests.read(text, cpus=cpus) for text in part.variant.loads if text != NO_LOAD]
    if not offers:
        return
    serving = [target for target in part.targets if served(workload, target.engine).operations]
    notes += [
        f"{target.text} serves no operation of {workload.name}"
        for target in part.targets
        if target not in serving
    ]
    serve = [_serving(workload, target) for target in serving]
    if request.versus:
        facing = [_serving(workload, target) for target in others(request, serving)]
        pairs = list(zip(serve, facing, strict=False))  # without a first side, no pair
        notes += [
            f"{a.target.text} and {b.target.text} serve different operations: no mix"
            for a, b in pairs
            if set(a.kinds) != set(b.kinds)
        ]
        turns = order.two_sided(pairs, offers, request)
    else:
        turns = order.one_sided(
            serve, offers, request.pace().repetitions, alone=not part.variant.is_mix_only
        )
    for turn in turns:
        if not isinstance(turn.offer, Offer) and turn.repetition > 1 and request.repeat is None:
            continue  # its answer has an interval of its own
        if turn.offer.concerns(workload, served(workload, turn.target.engine).operations):
            yield turn
        else:
            notes.append(f"{turn.target.text} serves no operation with an objective")


def _procedures(request: Request, part: Part, first: int) -> Iterator[PlannedTrial]:
    """Every procedure of a variant; repetitions interleave the targets."""
    variant, pace = part.variant, request.pace()
    number = first
    _require_ways(request, part)
    for repetition in range(1, pace.repetitions + 1):
        for target in part.targets:
            options = request.with_options(variant.options).options_of(target.engine.name)
            for text in variant.procedures:
                procedure, way = procedures.asked(text)
                known = procedure.ways(target, variant.workload, options)
                for each in known if way is None else (way,):
                    yield PlannedTrial(
                        number=number,
                        workload=spec.digest(variant.workload),
                        target=target.text,
                        phase=f"{procedure.name}:{each}",
                        load=NO_LOAD,
                        repetition=repetition,
                        planned_duration_s=pace.duration_s,
                        axis=variant.axis or (procedure.axis if _is_of_suite(request) else None),
                        varied=variant.varied,
                        options=variant.options,
                    )
                    number += 1


def _require_ways(request: Request, part: Part) -> None:
    """InputError for a way that a procedure has on none of the targets."""
    variant = part.variant
    for text in variant.procedures:
        procedure, way = procedures.asked(text)
        known: dict[str, None] = {}
        for target in part.targets:
            options = request.with_options(variant.options).options_of(target.engine.name)
            ways = procedure.ways(target, variant.workload, options)
            if way is None or way in ways:
                break
            known |= dict.fromkeys(ways)
        else:
            raise InputError(
                f"procedure '{procedure.name}' has no way '{way}' on "
                f"{', '.join(target.text for target in part.targets)}",
                hint=f"ways: {', '.join(known)}" if known else f"it has none on them: {text}",
            )


def _is_of_suite(request: Request) -> bool:
    return any(suites.get(name).procedures for name in request.names if is_suite(name))


def _with_procedures(part: Part, names: tuple[str, ...]) -> Part:
    from dataclasses import replace

    variant = part.variant
    whole = tuple(dict.fromkeys((*variant.procedures, *names)))
    return Part(replace(variant, procedures=whole), part.targets)


def _serving(workload: Workload, target: Target) -> order.Serving:
    operations = served(workload, target.engine).operations
    return order.Serving(target, tuple(dict.fromkeys(o.kind for o in operations)))
