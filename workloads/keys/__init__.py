"""Key choosers: each module in this folder is one distribution, found by its name.

A distribution module bears the distribution's name (with _ for -) and defines `choose(parameters,
records) -> Chooser`, which raises InputError for parameters out of range.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from workloads.errors import InputError

if TYPE_CHECKING:
    from workloads.keys.seam import Chooser
    from workloads.spec.model import KeyDistribution

__all__ = ["chooser", "names"]

NOT_DISTRIBUTIONS = frozenset({"seam"})


def names() -> tuple[str, ...]:
    """Names of all distributions, sorted; imports none of them."""
    found = (m.name for m in pkgutil.iter_modules(__path__) if not m.ispkg)
    return tuple(sorted(n.replace("_", "-") for n in found if n not in NOT_DISTRIBUTIONS))


def chooser(distribution: KeyDistribution, records: int) -> Chooser:
    """The chooser of a distribution over `records` loaded records (at least one)."""
    if distribution.kind not in names():
        raise InputError(
            f"there is no key distribution '{distribution.kind}'",
            hint=f"distributions: {', '.join(names())}",
        )
    if records < 1:
        raise InputError(f"keys cannot be chosen among {records} records", hint="load at least one")
    module = importlib.import_module(f"{__name__}.{distribution.kind.replace('-', '_')}")
    made: Chooser = module.choose(distribution.parameters, records)
    return made


def parameters_of(
    name: str, given: tuple[float, ...], defaults: tuple[float, ...]
) -> tuple[float, ...]:
    """The parameters given, completed by the defaults; InputError when there are too many."""
    if len(given) > len(defaults):
        takes = f"takes at most {len(defaults)}" if defaults else "takes none"
        raise InputError(f"key distribution '{name}' {takes} of {len(given)} parameters")
    return (*given, *defaults[len(given) :])
