"""Latency of each engine, alone and at the planned utilisation, and the objectives it can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from results.display import rate, seconds, share

if TYPE_CHECKING:
    from rich.console import RenderableType

    from results.answers import Answer
    from results.latencies import EngineLatency, Held, KindLatency
    from results.record import Record

_WORDS = {True: "holds", False: "fails", None: "–"}


def document(records: Sequence[Record], answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """What the records and answers of a run tell, as plain JSON values."""
    from results.latencies import latencies

    return [asdict(entry) for entry in latencies(records, answers)]


def views(records: Sequence[Record], answers: Sequence[Answer]) -> list[RenderableType]:
    """The same for a terminal; nothing where no search and no planned utilisation was asked for."""
    from results.latencies import latencies

    found = latencies(records, answers)
    return [view(found)] if found else []


def view(found: Sequence[EngineLatency]) -> RenderableType:
    """Two tables for a terminal: times by kind, and objectives."""
    from rich.console import Group
    from rich.table import Table

    times = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for title in ("engine", "workload", "load", "operation"):
        times.add_column(title)
    for title in ("p50", "p90", "p99", "p99.9", "max"):
        times.add_column(title, justify="right")
    held = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for title in ("engine", "workload", "objective", "one client", "planned"):
        held.add_column(title)
    held.add_column("holds up to", justify="right")
    held.add_column("fails from", justify="right")
    for entry in found:
        for where, kinds in (("one client", entry.one_client), (_planned(entry), entry.planned)):
            for kind in kinds:
                times.add_row(entry.target, entry.workload, where, *_times(kind))
        for each in entry.held:
            held.add_row(entry.target, entry.workload, *_held(each))
    shown = [times] if times.row_count else []
    return Group(*shown, *([held] if held.row_count else []))


def _planned(entry: EngineLatency) -> str:
    of = "" if entry.share is None else f" ({share(entry.share)} of the largest)"
    return f"{rate(entry.planned_per_s)}{of}"


def _times(kind: KindLatency) -> list[str]:
    figures = (kind.p50_s, kind.p90_s, kind.p99_s, kind.p999_s, kind.max_s)
    return [kind.kind, *(seconds(figure) for figure in figures)]


def _held(each: Held) -> list[str]:
    searched = each.limited_by is not None
    above = "client was the limit" if each.limited_by == "client" else "not shown"
    low = rate(each.low_per_s) if each.low_per_s is not None else "not shown"
    high = rate(each.high_per_s) if each.high_per_s is not None else above
    return [
        each.objective,
        _WORDS[each.at_one_client],
        _WORDS[each.at_planned],
        low if searched else "–",
        high if searched else "–",
    ]
