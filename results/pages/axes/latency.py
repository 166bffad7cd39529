"""Data access speed: whole distributions alone and at the planned load, and who holds what."""

from __future__ import annotations

from collections.abc import Sequence

from results.display import rate, seconds, share
from results.distribution import of_histogram
from results.gates.seam import told
from results.histogram import Histogram
from results.latencies import EngineLatency, Held, KindLatency, latencies
from results.likeness import load_text
from results.pages.axes.part import Measured, Part, capital, figures, under
from results.pages.figures.dots import Dots, dots
from results.pages.figures.figure import Figure, grid
from results.pages.figures.latency import Panel, panels
from results.pages.markup import Markup, join, table, tag
from results.record import Distribution, Record
from results.summary import merged, variation
from workloads.spec.model import WRITE_KINDS

_WORDS = {True: "holds", False: "fails", None: "–"}


def latency(measured: Measured) -> Part | None:
    """Distributions and objectives; None where neither they nor several loads were asked for."""
    found = latencies(measured.records, measured.answers)
    by_load = _by_load(measured)
    if not found and by_load is None:
        return None
    return Part(
        identifier="speed",
        words="Access speed",
        title="How fast the data is there, and who holds which objective",
        sentence=_sentence(measured, found),
        content=[
            part
            for part in (
                figures(by_load, _largest(measured, found)),
                _distributions(measured, found),
                _objectives(measured, found),
            )
            if part
        ],
    )


def _name(measured: Measured, entry: EngineLatency) -> str:
    emulated = f" ({entry.emulate})" if entry.emulate else ""
    return f"{measured.labels.of_target(entry.target)}{emulated}"


def _sentence(measured: Measured, found: Sequence[EngineLatency]) -> str:
    """What each search showed, or else who holds its objectives at the planned load."""
    parts = []
    for entry in found:
        who = measured.who(_name(measured, entry), entry.workload)
        searched = [each for each in entry.held if each.limited_by is not None]
        for each in searched[:1]:
            shown = each.low_per_s is not None
            parts.append(
                f"{who} holds {each.objective} up to {rate(each.low_per_s)}"
                if shown
                else f"{who} was not shown to hold {each.objective} at any rate"
            )
        if not searched:
            kept = [each.objective for each in entry.held if each.at_planned]
            missed = [each.objective for each in entry.held if each.at_planned is False]
            at = rate(entry.planned_per_s)
            if kept:
                parts.append(f"{who} holds {' and '.join(kept)} at {at}")
            if missed:
                parts.append(f"{who} misses {' and '.join(missed)} at {at}")
    if not parts:
        return "The 99th percentile under every load that was measured."
    return "; ".join(parts) + "."


def _by_load(measured: Measured) -> Figure | None:
    """99th percentile of the mix for each load; None where there was only one load."""
    order: dict[str, tuple[bool, float]] = {}
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in measured.records:
        if record.trial.axis != "latency" and not _is_base(record):
            continue
        if record.trial.phase != "mix" or not record.operations or variation(record):
            continue
        load = measured.of(under(load_text(record.load)), record.workload.name)
        order[load] = (record.load.kind == "open", record.load.rate_per_s or record.load.clients)
        groups.setdefault((measured.labels.of_record(record), load), []).append(record)
    asked = any(record.trial.axis == "latency" for record in measured.records)
    if not asked or len(order) < 2:
        return None
    values: dict[str, dict[str, float]] = {}
    refused = []
    for label, load in sorted(groups, key=lambda key: order[key[1]]):
        some = groups[label, load]
        good = [record for record in some if record.is_evidence]
        whole = merged([told(o) for record in good or some for o in record.operations])
        if whole.p99_s is not None:
            values.setdefault(label, {})[load] = whole.p99_s
            if not good:
                refused.append((label, load))
    return dots(
        Dots(
            identifier="figure-speed-loads",
            title="99 % of the mix within, by load",
            values=values,
            order=measured.labels.order,
            display=seconds,
            row_title="Load",
            said="Service time in closed load, response time, waiting included, in open load. "
            "Hollow: not evidence.",
            refused=refused,
        )
    )


def _is_base(record: Record) -> bool:
    return record.trial.axis is None and record.procedure is None and record.load.kind == "closed"


def _distributions(measured: Measured, found: Sequence[EngineLatency]) -> Markup:
    """For each kind one panel with one client and one at the planned load, on one scale."""
    made: list[Panel] = []
    for at, (workload, entries) in enumerate(_by_workload(found).items()):
        kinds = dict.fromkeys(k.kind for e in entries for k in (*e.one_client, *e.planned))
        for kind in kinds:
            for when in ("one client", "planned load"):
                series, notes = _series(measured, entries, kind, when)
                if series:
                    made.append(
                        Panel(
                            identifier=f"figure-speed-{at}-{when.split()[0]}-{len(made)}",
                            title=measured.of(f"{capital(kind)}, {when}", workload),
                            series=series,
                            objective_s=_objective(entries, kind),
                            notes=notes,
                        )
                    )
    if not made:
        return Markup("")
    names = [_name(measured, entry) for entry in found]
    order = [*measured.labels.order, *(n for n in names if n not in measured.labels.order)]
    return join(
        tag("h3", "Every kind of operation, alone and at the planned load"),
        tag(
            "p",
            "Left one client, right the planned share of the largest rate; a lower curve is faster, "
            "below the diamond it holds the objective.",
            css="said",
        ),
        grid(*panels(made, order)),
    )


def _by_workload(found: Sequence[EngineLatency]) -> dict[str, list[EngineLatency]]:
    groups: dict[str, list[EngineLatency]] = {}
    for entry in found:
        groups.setdefault(entry.workload, []).append(entry)
    return groups


def _series(
    measured: Measured, entries: Sequence[EngineLatency], kind: str, when: str
) -> tuple[dict[str, Distribution], dict[str, str]]:
    series, notes = {}, {}
    for entry in entries:
        for each in entry.one_client if when == "one client" else entry.planned:
            if each.kind == kind:
                name = _name(measured, entry)
                series[name] = _distribution(each)
                notes[name] = when if when == "one client" else rate(entry.planned_per_s)
    return series, notes


def _distribution(kind: KindLatency) -> Distribution:
    return of_histogram(Histogram.from_base64(kind.histogram))


def _objective(entries: Sequence[EngineLatency], kind: str) -> float | None:
    """The declared 99th percentile of reads or of writes."""
    side = "write_p99" if kind in WRITE_KINDS else "read_p99"
    limits = [h.limit_s for e in entries for h in e.held if h.objective.startswith(side)]
    return next((limit for limit in limits if limit is not None), None)


def _largest(measured: Measured, found: Sequence[EngineLatency]) -> Figure | None:
    """The largest rate that a search showed to hold, by objective."""
    values: dict[str, dict[str, float]] = {}
    for entry in found:
        for each in entry.held:
            if each.low_per_s is not None:
                row = measured.of(each.objective, entry.workload)
                values.setdefault(_name(measured, entry), {})[row] = each.low_per_s
    return dots(
        Dots(
            identifier="figure-speed-largest",
            title="The largest rate that holds the objective",
            values=values,
            order=list(dict.fromkeys((*measured.labels.order, *values))),
            display=rate,
            row_title="Objective",
            said="Found by searching: higher rates failed, or the load generator was the limit.",
        )
    )


def _objectives(measured: Measured, found: Sequence[EngineLatency]) -> Markup:
    rows = []
    for entry in found:
        of = "" if entry.share is None else f", {share(entry.share)} of the largest"
        for each in entry.held:
            planned = "–"
            if entry.planned_per_s is not None:
                planned = f"{_WORDS[each.at_planned]} ({rate(entry.planned_per_s)}{of})"
            rows.append(
                [
                    _name(measured, entry),
                    entry.workload,
                    each.objective,
                    _WORDS[each.at_one_client],
                    planned,
                    *_span(each),
                ]
            )
    if not rows:
        return Markup("")
    headings = [
        "Engine", "Workload", "Objective", "One client", "At the planned load", "Holds up to",
        "Fails from",
    ]  # fmt: skip
    return join(
        tag("h3", "Who holds what, up to which rate"),
        table(headings, rows, numeric="Holds up to|Fails from"),
    )


def _span(each: Held) -> tuple[str, str]:
    if each.limited_by is None:
        return "–", "–"
    low = rate(each.low_per_s) if each.low_per_s is not None else "not shown"
    above = "client was the limit" if each.limited_by == "client" else "not shown"
    return low, rate(each.high_per_s) if each.high_per_s is not None else above
