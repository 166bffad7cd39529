"""On which engines a run is made, and whether they have what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench import engines
from bench.engines.seam import Baseline
from bench.runner import emulate, interleave
from bench.runner.target import Target, target_of
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.runner.request import Request
    from bench.suites import Suite


def targets(request: Request, notes: list[str]) -> tuple[Target, ...]:
    """The engines to run on. An engine that was asked for and cannot run is a PlaceError."""
    suite = request.suite()
    found: list[Target] = []
    if request.engines:
        found = [_available(target_of(text)) for text in request.engines]
    elif suite.engines is not None:
        found = [_listed(text, suite.places) for text in suite.engines]
    else:
        for name in engines.names():
            target = _offered(name, suite, request, notes)
            if target is not None:
                found.append(target)
    if not found:
        raise PlaceError("no engine can run here", hint="`bench engines` says what is missing")
    return tuple({target.text: target for target in found}.values())


def _available(target: Target) -> Target:
    missing = target.engine.available(target.place)
    if missing is not None:
        raise PlaceError(f"{target.text} cannot run here", hint=missing)
    return target


def _listed(text: str, places: tuple[str, ...] | None) -> Target:
    """An engine that a suite lists; without a place of its own, at the first that is available."""
    target = target_of(text)
    if places is None or target.text != target.engine.name:
        return _available(target)
    return _available(_placed(target, places) or target)


def _offered(name: str, suite: Suite, request: Request, notes: list[str]) -> Target | None:
    """An engine that nobody named, where it is evidence and runs; else a note says why not."""
    target: Target | None = target_of(name)
    if target is None or not target.engine.evidence_for:
        return None
    if isinstance(target.engine, Baseline):
        notes.append(
            f"{name}, the baseline of {target.engine.baseline_of}, is left out: ask "
            f"with --engine {name}"
        )
        return None
    if suite.places is not None:
        target = _placed(target, suite.places)
    if target is None:
        notes.append(f"{name} is left out of '{suite.name}': ask with --engine {name}")
        return None
    missing = target.engine.available(target.place)
    if missing is None and request.emulate is not None:
        missing = emulate.why_not(target)
    if missing is not None:
        notes.append(f"{target.text} is left out: {missing}")
        return None
    return target


def _placed(target: Target, places: tuple[str, ...]) -> Target | None:
    """The engine at the first of these places where it is available.

    Where it is available at none of them, at the first it could be; None: it runs at none.
    """
    name, own = target.engine.name, target.engine.places
    possible = [
        target if place == own[0] else target_of(f"{name}@{place}")
        for place in places
        if place in own
    ]
    for each in possible:
        if each.engine.available(each.place) is None:
            return each
    return possible[0] if possible else None


def check_options(request: Request, found: Sequence[Target]) -> None:
    """InputError for an option that an engine does not have; those of engines left out too."""
    sides = [(request, found)]
    if request.versus:
        sides.append((interleave.second(request), others(request, found)))
    for side, chosen in sides:
        asked = {target.engine.name: target.engine for target in chosen}
        asked |= {name: engines.get(name) for name in side.owners_of_options()}
        for name, engine in asked.items():
            engine.check(side.options_of(name))


def others(request: Request, found: Sequence[Target]) -> Sequence[Target]:
    """The second side of each target; none when there is one side only."""
    if not request.versus:
        return ()
    side = interleave.second(request)
    return found if side.engines == request.engines else targets(side, [])
