"""What one operation costs each engine: processor time, bytes, capacity units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from results.display import number, seconds, size
from results.pages.figures.axes import Display
from results.pages.figures.dots import Dots, dots
from results.pages.figures.figure import grid
from results.pages.markup import Markup, section
from results.pages.selection import MIX, Labels
from results.record import Record, Resources
from workloads.spec.model import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One resource: how it is called, read and shown."""

    key: str
    title: str
    read: Callable[[Resources], float | None]
    display: Display
    binary: bool = False


MEASURES = (
    Measure(key="cpu", title="Processor time", read=lambda r: r.cpu_s, display=seconds),
    Measure(
        key="written",
        title="Bytes written to storage",
        read=lambda r: r.write_bytes,
        display=size,
        binary=True,
    ),
    Measure(key="log", title="Log bytes", read=lambda r: r.log_bytes, display=size, binary=True),
    Measure(
        key="read",
        title="Bytes read from storage",
        read=lambda r: r.read_bytes,
        display=size,
        binary=True,
    ),
    Measure(
        key="read-units", title="Read capacity units", read=lambda r: r.read_units, display=number
    ),
    Measure(
        key="write-units",
        title="Write capacity units",
        read=lambda r: r.write_units,
        display=number,
    ),
)


def resources_section(records: Sequence[Record], labels: Labels) -> Markup:
    """A dot plot a resource; engines under the lightest load, each kind alone where it was."""
    chosen = _lightest(records, labels)
    figures = [
        figure
        for measure in MEASURES
        if (figure := dots(_dots(measure, chosen, labels.order))) is not None
    ]
    if not figures:
        return Markup("")
    return section(
        "resources",
        "What one operation costs the engine",
        grid(*figures, css="packed"),
        lead="Per completed operation, over the steady window, idle use subtracted. "
        "The axes are logarithmic; zero and not measured are in the numbers only.",
    )


def _lightest(records: Sequence[Record], labels: Labels) -> dict[tuple[str, str], list[Record]]:
    """By engine and phase: all repetitions at the lightest load, evidence if there is any."""
    groups: dict[tuple[str, str], dict[tuple[bool, bool, int], list[Record]]] = {}
    for record in records:
        if not record.operations_done:
            continue
        weight = (not record.is_evidence, record.load.kind == "open", record.load.clients)
        group = groups.setdefault((labels.of_record(record), record.trial.phase), {})
        group.setdefault(weight, []).append(record)
    return {key: loads[min(loads)] for key, loads in groups.items()}


def _dots(
    measure: Measure, chosen: dict[tuple[str, str], list[Record]], engines: Sequence[str]
) -> Dots:
    order = {phase: at for at, phase in enumerate((*KINDS, MIX))}
    values: dict[str, dict[str, float]] = {}
    for (label, phase), records in sorted(
        chosen.items(), key=lambda item: order.get(item[0][1], len(order))
    ):
        read = [measure.read(record.resources) for record in records]
        known = [value for value in read if value is not None]
        if known:
            values.setdefault(label, {})[phase] = sum(known) / len(known)
    return Dots(
        identifier=f"figure-resource-{measure.key}",
        title=f"{measure.title} per operation",
        values=values,
        order=engines,
        display=measure.display,
        binary=measure.binary,
    )
