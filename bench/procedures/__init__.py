"""The procedures, found by looking: each module or package here that defines `PROCEDURE`.

    names() -> their names          get(name) -> Procedure
    asked("backup:copy") -> (Procedure, "copy")     one way of it; `backup` alone: every way

As with engines, a module that defines `PROCEDURE` imports nothing heavy at its top.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from bench.procedures.seam import WithParameters
from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.procedures.seam import Procedure

_NO_PROCEDURES = frozenset({"seam", "context"})


def names() -> tuple[str, ...]:
    """Every procedure, in alphabetical order."""
    return tuple(sorted(_found()))


def get(name: str) -> Procedure:
    """The procedure of that name; InputError with the nearest spelling when there is none."""
    found = _found().get(name)
    if found is None:
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise InputError(
            f"there is no procedure '{name}'", hint=f"{hint}procedures: {', '.join(names())}"
        )
    return found


def asked(text: str) -> tuple[Procedure, str | None]:
    """Read `NAME` or `NAME:WAY`; the way None: every one there is."""
    name, colon, way = text.partition(":")
    if colon and not way:
        raise InputError(f"procedure '{text}': nothing follows the colon", hint=f"write {name}")
    found = get(name)
    if way and isinstance(found, WithParameters):
        found.check(way)
    return found, way or None


@cache
def _found() -> dict[str, Procedure]:
    """Procedures by name."""
    found: dict[str, Procedure] = {}
    for entry in pkgutil.iter_modules(__path__):
        if entry.name in _NO_PROCEDURES or entry.name.startswith("_"):
            continue
        module = importlib.import_module(f"{__name__}.{entry.name}")
        if hasattr(module, "PROCEDURE"):
            procedure: Procedure = module.PROCEDURE
            found[procedure.name] = procedure
    return found
