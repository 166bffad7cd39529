"""Sets of queries over tables of their own, found by looking: each package here that defines `SET`.

A set says what is asked, in two forms: SQL, and lazy polars queries. What is right is what both
forms answer on engines that have nothing in common (`answers`).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from workloads.errors import InputError

if TYPE_CHECKING:
    from workloads.queries.seam import QuerySet


@cache
def names() -> tuple[str, ...]:
    """Names of the sets, sorted; imports none of them."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg))


def get(name: str) -> QuerySet:
    """The set of this name; InputError names the nearest when there is none."""
    if name not in names():
        import difflib

        near = difflib.get_close_matches(name, names(), n=1)
        guess = f"did you mean '{near[0]}'? " if near else ""
        raise InputError(
            f"there is no query set '{name}'", hint=f"{guess}query sets: {', '.join(names())}"
        )
    found: QuerySet = importlib.import_module(f"{__name__}.{name}").SET
    return found
