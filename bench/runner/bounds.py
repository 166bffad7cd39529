"""What each engine of a run may use: asked for on the command line, or its suite's own bound.

Who asks gets it or an error. A suite bounds the memory of engines that leave it to the system to
keep what they read; where that cannot be done a note says so, and the run goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.engines.atrest import Cached
from bench.targets import memory_group
from bench.targets.limits import Limits
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from bench.runner.request import Request
    from bench.runner.target import Target

_CONTAINERS = frozenset({"container"})
# Places on this machine whose processes storefit starts itself.
_OURS = frozenset({"embedded", "local", "in-process"})


def limits_of(request: Request, target: Target) -> Limits | None:
    """What a target may use; None: the machine."""
    asked, kind = request.limits(), target.place.kind
    if asked is not None:
        return asked
    memory_bytes = request.suite().memory_bytes
    if memory_bytes is None or not isinstance(target.engine, Cached):
        return None
    held = kind in _CONTAINERS or (kind in _OURS and _why_not(request, target) is None)
    return Limits(memory_bytes=memory_bytes) if held else None


def bound_bytes(request: Request, target: Target) -> int | None:
    """The memory that a control group of ours holds a target to; None: there is none."""
    found = limits_of(request, target)
    return found.memory_bytes if found and target.place.kind in _OURS else None


def check(request: Request, targets: Sequence[Target], notes: list[str]) -> None:
    """InputError or PlaceError for limits that nobody can keep; a note for the suite's own."""
    asked = request.limits()
    if asked is None:
        notes += _unbounded(request, targets)
        return
    places = _CONTAINERS if asked.cpus is not None else _CONTAINERS | _OURS
    free = [target for target in targets if target.place.kind not in places]
    if free:
        what = "--memory is a limit of engines that storefit starts"
        if asked.cpus is not None:
            what = "--shape and --cpus are limits of containers"
        able = [t.engine.name for t in free if _CONTAINERS & set(t.engine.places)]
        raise InputError(
            f"{what}; {free[0].text} is none"
            if asked.cpus is None
            else f"{what}; {free[0].text} runs in none",
            hint=f"--engine {able[0]}@container" if able else "leave it out with --engine",
        )
    for target in targets:
        missing = _why_not(request, target) if target.place.kind in _OURS else None
        if missing is not None:
            raise PlaceError(
                f"--memory: {target.text} cannot be held to it: {missing}", hint=memory_group.HINT
            )


def _unbounded(request: Request, targets: Sequence[Target]) -> list[str]:
    """What the suite would bound, and nobody can here."""
    if request.suite().memory_bytes is None:
        return []
    free = [t for t in targets if isinstance(t.engine, Cached) and limits_of(request, t) is None]
    return [
        f"{target.text}: the system's page cache is not bounded here"
        f" ({_why_not(request, target) or 'storefit does not start it'}), so what does not fit into"
        " the engine's own memory is read from there"
        for target in free
    ]


def _why_not(request: Request, target: Target) -> str | None:
    """Why memory cannot be bounded with a control group of ours; None: it can."""
    if request.cluster is not None and target.engine.in_process:
        return "it runs in the workers of a cluster"
    return memory_group.why_not()
