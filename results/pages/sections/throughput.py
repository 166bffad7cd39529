"""How many operations a second, by kind, and how that grows with clients."""

from __future__ import annotations

from collections.abc import Sequence

from results.display import rate, seconds
from results.pages.figures.curve import against_clients
from results.pages.figures.dots import Dots, dots
from results.pages.figures.figure import grid
from results.pages.markup import Markup, section
from results.pages.selection import MIX, Labels
from results.record import Record
from results.summary import Row
from workloads.spec.model import KINDS


def throughput_section(records: Sequence[Record], rows: Sequence[Row], labels: Labels) -> Markup:
    """The most that each engine reached, then the curves where several loads were measured."""
    best = dots(
        Dots(
            identifier="figure-throughput",
            title="Most operations a second",
            values=_best(records, labels),
            order=labels.order,
            display=rate,
            row_title="Phase",
        )
    )
    curves = [
        against_clients(
            "figure-curve-throughput",
            "Operations a second of the mix",
            _by_clients(records, labels),
            order=labels.order,
            display=rate,
        ),
        against_clients(
            "figure-curve-latency",
            "99 % of reads within",
            _p99_by_clients(rows, labels),
            order=labels.order,
            display=seconds,
        ),
    ]
    figures = [figure for figure in (best, *curves) if figure is not None]
    if not figures:
        return Markup("")
    return section(
        "throughput",
        "How much each engine does",
        grid(*figures, css="packed"),
        lead="Completed without error, over the measured window, the best load of each phase.",
    )


def _best(records: Sequence[Record], labels: Labels) -> dict[str, dict[str, float]]:
    order = {phase: at for at, phase in enumerate((*KINDS, MIX))}
    means: dict[tuple[str, str], dict[tuple[str, int], list[float]]] = {}
    for record in records:
        if record.outcome == "ok" and record.procedure is None:
            group = means.setdefault((labels.of_record(record), record.trial.phase), {})
            load = (record.load.kind, record.load.clients)
            group.setdefault(load, []).append(record.throughput_per_s)
    values: dict[str, dict[str, float]] = {label: {} for label, _ in means}
    for label, phase in sorted(means, key=lambda key: order.get(key[1], len(order))):
        loads = means[label, phase].values()
        values[label][phase] = max(sum(load) / len(load) for load in loads)
    return values


def _by_clients(records: Sequence[Record], labels: Labels) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, dict[int, list[float]]] = {}
    for record in records:
        if record.load.kind == "closed" and record.trial.phase == MIX and record.outcome == "ok":
            levels = found.setdefault(labels.of_record(record), {})
            levels.setdefault(record.load.clients, []).append(record.throughput_per_s)
    return {
        label: [(clients, sum(values) / len(values)) for clients, values in levels.items()]
        for label, levels in found.items()
    }


def _p99_by_clients(rows: Sequence[Row], labels: Labels) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        fits = row.kind == "read" and row.phase == MIX and row.measure == "service"
        if fits and row.latency.p99_s is not None:
            found.setdefault(labels.of_row(row), []).append((row.clients, row.latency.p99_s))
    return found
