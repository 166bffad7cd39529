"""Latency of every kind of operation on every engine that served it."""

from __future__ import annotations

from collections.abc import Sequence

from results.pages.figures.figure import grid
from results.pages.figures.latency import panels
from results.pages.markup import Markup, details, section
from results.pages.selection import Labels, latency_panels
from results.summary import Row
from workloads.spec.model import Workload


def latency_section(rows: Sequence[Row], labels: Labels, *, workload: Workload | None) -> Markup:
    """One plot a kind of operation, each engine under the lightest load it was measured at."""
    figures = panels(
        latency_panels(rows, labels, workload=workload, prefix="figure-latency"), labels.order
    )
    if not figures:
        return Markup("")
    return section(
        "latency",
        "How long each operation takes",
        grid(*figures),
        lead="Read it from left to right: how long the fastest half took, how long all but the "
        "slowest 1\u00a0% took. Each engine is shown under the lightest load it was measured at, on "
        "the machine named below; a lower curve is faster.",
    )


def latency_by_load(rows: Sequence[Row], labels: Labels) -> Markup:
    """The same for every load, lightest first; all but the first are closed at the beginning."""
    loads: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row.measure == "response", row.clients)):
        loads.setdefault(row.load, []).append(row)
    parts: list[Markup] = []
    first = ""
    for number, (load, members) in enumerate(loads.items()):
        figures = panels(
            latency_panels(members, labels, workload=None, prefix=f"figure-latency-{number}"),
            labels.order,
        )
        if not figures:
            continue
        measure = f"{members[0].measure} time, {load}"
        parts.append(grid(*figures) if not parts else details(measure, grid(*figures)))
        first = first or measure
    if not parts:
        return Markup("")
    return section(
        "latency",
        "How long each operation takes",
        *parts,
        lead=f"Shown first: {first}. Read it from left to right: how long the fastest half took, "
        "how long all but the slowest 1\u00a0% took. A lower curve is faster.",
    )
