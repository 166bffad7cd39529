"""Names of columns by what can be asked of them, and the parts of the SQL that list them."""

from __future__ import annotations

from functools import cache

from workloads.datasets.recipes.shape import Nullable
from workloads.queries.events.columns import columns


@cache
def measured() -> tuple[str, ...]:
    """Numbers that are summed: timings and measures."""
    return tuple(
        name for name, _ in columns() if name.endswith("_ms") or name.startswith("measure_")
    )


@cache
def booleans() -> tuple[str, ...]:
    """Flags."""
    return tuple(name for name, recipe in columns() if recipe.kind == "bool")


@cache
def others() -> tuple[str, ...]:
    """Everything but flags."""
    return tuple(name for name, recipe in columns() if recipe.kind != "bool")


@cache
def nullable() -> tuple[str, ...]:
    """Columns with unknown values."""
    return tuple(name for name, recipe in columns() if isinstance(recipe, Nullable))


def lists() -> dict[str, str]:
    """What stands for `{sums}`, `{highest}` and `{unknown}` in the queries."""
    sums = (f"sum({name} + {n}) AS {name}_{n}" for name in measured() for n in range(3))
    highest = (f"max({name}) AS {name}" for name in others())
    flagged = (f"sum(CASE WHEN {name} THEN 1 ELSE 0 END) AS {name}" for name in booleans())
    unknown = (f"sum(CASE WHEN {name} IS NULL THEN 1 ELSE 0 END) AS {name}" for name in nullable())
    return {
        "sums": ", ".join(sums),
        "highest": ", ".join((*highest, *flagged)),
        "unknown": ", ".join(unknown),
    }
