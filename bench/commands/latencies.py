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

    from bench.commands.columns import Column, Columns

    heads = tuple(Column(title=title, role="head") for title in ("engine", "workload"))
    times = Columns(
        columns=(
            *heads,
            Column(title="load", role="head"),
            Column(title="operation", role="name"),
            *(
                Column(title=title, drop=drop)
                for title, drop in (("p50", 3), ("p90", 2), ("p99", None), ("p99.9", 1), ("max", 4))
            ),
        )
    )
    held = Columns(
        columns=(
            *heads,
            Column(title="objective", role="name"),
            Column(title="one client", drop=1),
            Column(title="planned", drop=2),
            Column(title="holds up to"),
            Column(title="fails from", drop=3),
        )
    )
    for entry in found:
        for where, kinds in (("one client", entry.one_client), (_planned(entry), entry.planned)):
            for kind in kinds:
                times.add(entry.target, entry.workload, where, *_times(kind))
        for each in entry.held:
            held.add(entry.target, entry.workload, *_held(each))
    return Group(*(table for table in (times, held) if table.rows))


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
