"""A dot plot: one row a kind of operation, one dot a series, on a logarithmic axis.

Dots instead of bars, because the values span many powers of ten and a bar has no honest
beginning on such an axis. Every dot carries its value.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from results.pages.figures.axes import Display, logarithmic
from results.pages.figures.figure import Figure, Key, plot
from results.pages.markup import Markup, table
from results.pages.names import Style, styles

_DOT_PX = 22
# Between the last dot of a row and the first of the next, in heights of a dot.
_GAP = 0.7
_LONG_WORD = 8
# What the marks below the axis leave a row with.
_LEAST_PX = 104


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """What is drawn: values[series][row], missing where not measured. Zero is only in the table.

    `order` names every series of the page, so that each looks the same in all figures.
    `refused`: series and row of what a gate refused as evidence; hollow. `compact`: the dots of a
    row on one line, values in the table only.
    """

    identifier: str
    title: str
    values: Mapping[str, Mapping[str, float]]
    order: Sequence[str]
    display: Display
    binary: bool = False
    row_title: str = "Operation"
    said: str = ""
    refused: Collection[tuple[str, str]] = ()
    compact: bool = False


def dots(given: Dots) -> Figure | None:
    """The figure, or None when nothing is above zero."""
    series = [name for name in given.order if any(_positive(given, name).values())]
    rows = [
        row
        for row in dict.fromkeys(row for points in given.values.values() for row in points)
        if any(row in _positive(given, name) for name in series)
    ]
    if not rows:
        return None
    looks = styles(given.order)
    places, middles, bottom = _places(given, series, rows)
    values = [value for name in series for value in _positive(given, name).values()]
    # long words under the axis leave room for fewer of them
    long = max(len(given.display(value)) for value in values) > _LONG_WORD
    axis = logarithmic(
        values, given.display, room=0.15, binary=given.binary, most_marks=3 if long else 4
    )
    # the value stands to the right of its dot
    if not given.compact:
        axis["range"][1] += 0.4 * (axis["range"][1] - axis["range"][0])
    layout: dict[str, Any] = {
        "xaxis": axis,
        "yaxis": {
            "tickvals": middles,
            "ticktext": [html.escape(row, quote=False) for row in rows],
            "ticklabelstandoff": 6,
            "range": [bottom, -0.5 - _GAP / 2],
            "fixedrange": True,
            "automargin": True,
            "zeroline": False,
        },
    }
    return Figure(
        identifier=given.identifier,
        title=given.title,
        said=given.said,
        plot=plot(
            [_trace(given, name, places[name], looks[name]) for name in series],
            layout,
        ),
        summary=_summary(given, rows),
        height_px=max(48 + round(_DOT_PX * (bottom + 0.5 + _GAP / 2)), _LEAST_PX),
        keys=tuple(
            Key(name=name, colour=looks[name].colour, mark=looks[name].glyph) for name in series
        ),
        numbers=_numbers(given),
        is_one_of_many=len(given.order) > 1,
    )


def _positive(given: Dots, name: str) -> dict[str, float]:
    return {row: value for row, value in given.values.get(name, {}).items() if value > 0}


def _places(
    given: Dots, series: Sequence[str], rows: Sequence[str]
) -> tuple[dict[str, dict[str, float]], list[float], float]:
    """Height of every dot by series and row, the middle of each row, and the lower end.

    The dots of a row lie below one another, so that their values can be read.
    """
    places: dict[str, dict[str, float]] = {name: {} for name in series}
    middles, at = [], 0.0
    for row in rows:
        present = [name for name in series if row in _positive(given, name)]
        for number, name in enumerate(present):
            places[name][row] = at if given.compact else at + number
        high = 1 if given.compact else len(present)
        middles.append(at + (high - 1) / 2)
        at += high + (0.0 if given.compact else _GAP)
    return places, middles, at - (0.5 if given.compact else 0.5 + _GAP / 2)


def _trace(given: Dots, name: str, places: Mapping[str, float], style: Style) -> Any:
    import plotly.graph_objects as go

    points = _positive(given, name)
    label = html.escape(name, quote=False)
    hollow = {row for row in points if (name, row) in given.refused}
    symbols = [f"{style.symbol}-open" if row in hollow else style.symbol for row in places]
    return go.Scatter(
        name=label,
        mode="markers" if given.compact else "markers+text",
        x=[points[row] for row in places],
        y=list(places.values()),
        text=[f" {given.display(points[row])}" for row in places],
        textposition="middle right",
        marker={"color": style.colour, "size": 11, "symbol": symbols},
        hovertext=[
            f"{label}, {html.escape(row, quote=False)}: {given.display(points[row])}"
            + (" (not evidence)" if row in hollow else "")
            for row in places
        ],
        hoverinfo="text",
        cliponaxis=False,
    )


def _summary(given: Dots, rows: Sequence[str]) -> str:
    said = [
        f"{row}: "
        + ", ".join(
            f"{name} {given.display(points[row])}"
            for name, points in given.values.items()
            if row in points
        )
        for row in rows
    ]
    return " ".join(filter(None, [given.said, "; ".join(said) + "."]))


def _numbers(given: Dots) -> Markup:
    series = [name for name in given.order if name in given.values]
    rows = dict.fromkeys(row for points in given.values.values() for row in points)
    return table(
        [given.row_title, *series],
        [[row, *(_cell(given, name, row) for name in series)] for row in rows],
        numeric="|".join(series),
    )


def _cell(given: Dots, name: str, row: str) -> str:
    doubt = " (not evidence)" if (name, row) in given.refused else ""
    return given.display(given.values[name].get(row)) + doubt
