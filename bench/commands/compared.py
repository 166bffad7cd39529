"""Verdicts for a terminal: one row for each figure that could be compared, and why others not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.commands.measured import duration, number
from results.comparison import ALL, Comparison, Verdict

if TYPE_CHECKING:
    from rich.console import RenderableType

    from results.comparison import Side

_STYLES: dict[Verdict, str] = {"faster": "green", "slower": "bold red"}
# Reasons that the interval says already.
_PLAIN = ("the interval includes no change", "the interval excludes no change")
_FIGURES = {"throughput": "op/s", "cpu": "CPU/op"}
_ORDER: tuple[Verdict, ...] = ("slower", "faster", "no difference shown", "not comparable")


def document(compared: Sequence[Comparison]) -> list[dict[str, Any]]:
    """The comparisons as plain JSON values, in base units."""
    return [asdict(each) for each in compared]


def table(compared: Sequence[Comparison]) -> RenderableType:
    """What was compared, what was not, and how many of each verdict."""
    from rich.console import Group
    from rich.text import Text

    from bench.commands.columns import Column, Columns

    shown = Columns(
        columns=(
            Column(title="engine", role="head"),
            Column(title="operation", role="name"),
            Column(title="figure", role="name"),
            Column(title="before", drop=2),
            Column(title="after", drop=3),
            Column(title="change"),
            Column(title="95 % interval", drop=4),
            Column(title="n", drop=1),
            Column(title="verdict", role="remark"),
        )
    )
    last: tuple[str, ...] = ()
    for each in compared:
        if each.verdict == "not comparable":
            continue
        head = (each.workload, each.engine, each.load, each.phase)
        if last and head[:3] != last[:3]:
            shown.add()
        shown.add(
            _engine(each) if head[:3] != last[:3] else "",
            operation(each),
            _FIGURES.get(each.metric, each.metric),
            *(_value(side, each.unit) for side in (each.before, each.after)),
            percent(each.effect),
            f"{percent(each.low)} .. {percent(each.high)}",
            str(each.n),
            Text(_said(each), style=_STYLES.get(each.verdict, "")),
        )
        last = head
    refused = [Text(line, style="dim", overflow="fold") for line in _notes(compared)]
    parts: list[RenderableType] = [shown] if last else []
    return Group(*parts, *([Text("")] if last and refused else []), *refused, "", summary(compared))


def summary(compared: Sequence[Comparison]) -> str:
    """How many of each verdict: `1 slower, 11 no difference shown`."""
    counts = Counter(each.verdict for each in compared)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in _ORDER if counts[verdict])


def operation(each: Comparison) -> str:
    """`read` alone, `mix` as a whole, `mix: read` for one of its operations."""
    if each.operation in (ALL, each.phase):
        return each.phase
    return f"{each.phase}: {each.operation}"


def percent(change: float | None) -> str:
    """A relative change with its sign: `+12.3%`, `-0.4%`; from a thousand percent on a factor."""
    if change is None:
        return "–"
    if math.isinf(change) or change >= 10:
        return f"x{number(1 + change)}"
    return f"{change:+.1%}"


def _engine(each: Comparison) -> str:
    """The engine, and the load where both sides have the same."""
    return f"{each.engine} {each.load}"


def _value(side: Side | None, unit: str) -> str:
    if side is None or side.value is None:
        return "–"
    return duration(side.value) if unit == "s" else number(side.value)


def _said(each: Comparison) -> str:
    return each.verdict if each.reason in _PLAIN else f"{each.verdict}: {each.reason}"


def _notes(compared: Sequence[Comparison]) -> list[str]:
    """One line for each reason not to compare or to leave trials out, with all it concerns."""
    refused: dict[tuple[str, str], list[str]] = {}
    partly: dict[str, None] = {}
    for each in compared:
        if each.verdict == "not comparable":
            where = f"{operation(each)} {_FIGURES.get(each.metric, each.metric)}"
            refused.setdefault((_engine(each), each.reason), []).append(where)
        elif each.remark:
            partly[f"{_engine(each)}: {each.phase}: {each.remark}"] = None
    return [
        *partly,
        *(
            f"not comparable: {engine}: {_listed(places)}: {reason}"
            for (engine, reason), places in refused.items()
        ),
    ]


def _listed(places: Sequence[str]) -> str:
    few = 4
    more = f" and {len(places) - few} more" if len(places) > few + 1 else ""
    return ", ".join(places[:few] if more else places) + more
