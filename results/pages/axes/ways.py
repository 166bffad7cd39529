"""Ways of a procedure side by side: a dot for each engine in the row of its way."""

from __future__ import annotations

from collections.abc import Sequence

from results.display import number, share
from results.pages.axes.part import Measured
from results.pages.figures.axes import Display
from results.pages.figures.dots import Dots, dots
from results.pages.figures.figure import Figure
from results.procedures import Done


def by_way(
    measured: Measured,
    found: Sequence[tuple[Done, float | None]],
    about: tuple[str, str, str],
    display: Display,
    *,
    binary: bool = False,
) -> Figure | None:
    """The figure, or None; `about` is identifier, title and what it says."""
    identifier, title, said = about
    values: dict[str, dict[str, float]] = {}
    refused = []
    for each, value in found:
        if value is None:
            continue
        label = measured.labels.of_record(each.first)
        values.setdefault(label, {}).setdefault(_row(each), value)
        if each.refused:
            refused.append((label, _row(each)))
    return dots(
        Dots(
            identifier=identifier,
            title=title,
            values=values,
            order=measured.labels.order,
            display=display,
            binary=binary,
            row_title="Way",
            said=said,
            refused=refused,
        )
    )


def _row(each: Done) -> str:
    return f"{each.way} ({each.varied})" if each.varied else each.way


def kept(value: float | None) -> str:
    """Of the workload's usual throughput, what it kept."""
    return f"{share(value)} of usual" if value is not None else "–"


def times(value: float | None) -> str:
    """`×4`."""
    return f"×{number(value)}" if value is not None else "–"
