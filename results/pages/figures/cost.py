"""Monthly cost of each service's best option, as a stack of what it is made of."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from results.display import usd
from results.pages.figures.figure import Figure, Key, plot
from results.pages.markup import Markup, table
from results.pages.names import REST, styles

_NAMED = 6
_OTHER = "other"
# Of options that came without their parts.
_WHOLE = "not itemised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One option: its name, its parts in USD (None: price unknown), and its total."""

    name: str
    parts: Sequence[tuple[str, float | None]]
    total_usd: float | None
    low_usd: float | None = None
    high_usd: float | None = None


def costs(bars: Sequence[Bar], *, budget_usd: float | None = None) -> Figure | None:
    """The figure, or None when no total is known."""
    known = [bar for bar in bars if bar.total_usd is not None]
    if not known:
        return None
    named = _largest_parts(known)
    shades = {name: style.colour for name, style in styles(named).items()} | {
        _OTHER: REST,
        _WHOLE: REST,
    }
    names = [*named, _OTHER, _WHOLE]
    drawn = [name for name in names if any(_amount(bar, name, named) for bar in known)]
    traces = [_trace(known, name, named, shades[name]) for name in drawn]
    top = max(max(bar.total_usd or 0.0, bar.high_usd or 0.0) for bar in known)
    traces += _totals(known)
    layout: dict[str, Any] = {
        "barmode": "stack",
        "bargap": 0.45,
        "xaxis": {
            "range": [0, top * 1.4 or 1.0],
            "tickprefix": "$",
            "tickformat": ",",
            "nticks": 6,
            "fixedrange": True,
            "automargin": True,
            "tickangle": 0,
            "title": {"text": "USD a month"},
        },
        "yaxis": {
            "autorange": "reversed",
            "fixedrange": True,
            "automargin": True,
            "showgrid": False,
            "type": "category",
            "ticklabelstandoff": 6,
        },
    }
    if budget_usd is not None:
        layout["shapes"] = [
            {
                "type": "line",
                "x0": budget_usd,
                "x1": budget_usd,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"dash": "dash", "width": 2, "color": REST},
            }
        ]
    return Figure(
        identifier="figure-cost",
        title="Monthly cost of the best option of each service",
        plot=plot(traces, layout),
        summary="; ".join(f"{bar.name}: {usd(bar.total_usd)}" for bar in known) + ".",
        height_px=64 + 58 * len(known),
        keys=tuple(Key(name=name, colour=shades[name], mark="■") for name in drawn),
        numbers=_numbers(bars),
    )


def _largest_parts(bars: Sequence[Bar]) -> list[str]:
    """Names of the parts that matter most over all options; the rest is drawn as one."""
    sums: dict[str, float] = {}
    for bar in bars:
        for name, amount in bar.parts:
            sums[name] = sums.get(name, 0.0) + (amount or 0.0)
    ranked = sorted((name for name in sums if sums[name] > 0), key=lambda name: -sums[name])
    return ranked[:_NAMED]


def _trace(bars: Sequence[Bar], name: str, named: Sequence[str], colour: str) -> Any:
    import plotly.graph_objects as go

    amounts = [_amount(bar, name, named) for bar in bars]
    label = html.escape(name, quote=False)
    return go.Bar(
        name=label,
        orientation="h",
        y=[_label(bar) for bar in bars],
        x=[round(amount, 4) for amount in amounts],
        marker={"color": colour},
        hovertext=[
            f"{_label(bar)}<br>{label}: {usd(amount)}"
            for bar, amount in zip(bars, amounts, strict=True)
        ],
        hoverinfo="text",
    )


def _amount(bar: Bar, name: str, named: Sequence[str]) -> float:
    if name == _WHOLE:
        return 0.0 if bar.parts else bar.total_usd or 0.0
    if name == _OTHER and not bar.parts:
        return 0.0
    if name != _OTHER:
        return sum(amount or 0.0 for part, amount in bar.parts if part == name)
    # what no named part explains
    explained = sum(amount or 0.0 for part, amount in bar.parts if part in named)
    rest = (bar.total_usd or 0.0) - explained
    return rest if rest > 0.005 else 0.0


def _totals(bars: Sequence[Bar]) -> list[Any]:
    """The total beside each bar, and its interval as a line where one is known."""
    import plotly.graph_objects as go

    ranged = [
        (bar, bar.total_usd or 0.0, bar.low_usd, bar.high_usd)
        for bar in bars
        if bar.low_usd is not None and bar.high_usd is not None
    ]
    return [
        go.Scatter(
            x=[total for _, total, _, _ in ranged],
            y=[_label(bar) for bar, *_ in ranged],
            mode="markers",
            marker={"size": 1, "opacity": 0},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [max(high - total, 0.0) for _, total, _, high in ranged],
                "arrayminus": [max(total - low, 0.0) for _, total, low, _ in ranged],
                "thickness": 2,
                "width": 6,
            },
            hoverinfo="skip",
            showlegend=False,
        ),
        go.Scatter(
            x=[max(bar.total_usd or 0.0, bar.high_usd or 0.0) for bar in bars],
            y=[_label(bar) for bar in bars],
            mode="text",
            text=[f"  <b>{usd(bar.total_usd)}</b>" for bar in bars],
            textposition="middle right",
            hoverinfo="skip",
            showlegend=False,
            cliponaxis=False,
        ),
    ]


def _label(bar: Bar) -> str:
    return html.escape(bar.name, quote=False)


def _numbers(bars: Sequence[Bar]) -> Markup:
    rows = []
    for bar in bars:
        rows += [[bar.name, part, usd(amount)] for part, amount in bar.parts]
        rows.append([bar.name, "total", usd(bar.total_usd)])
    return table(["Service", "Component", "USD a month"], rows, numeric="USD a month")
