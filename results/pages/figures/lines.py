"""Lines over a number: what a measure becomes as sizes, rates or months grow."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from results.pages.figures.axes import Display, linear, logarithmic
from results.pages.figures.figure import Figure, Key, plot
from results.pages.markup import Markup, table
from results.pages.names import REST, Style

_HEIGHT_PX = 300
# Below a line's own colour, so that both the line and the grid stay visible.
_BAND_OPACITY = 0.14


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One point. `refused`: a gate refused it as evidence, so it is drawn hollow."""

    x: float
    y: float
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of the horizontal axis that matters, or a place where both ends are equal."""

    low: float
    high: float
    words: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One axis: its title, how its numbers are written, and whether it is logarithmic.

    `marks` are the only places that are marked; without them round numbers are.
    """

    title: str
    display: Display
    is_log: bool = True
    binary: bool = False
    marks: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What is drawn: spots by name of the line, each with its style."""

    identifier: str
    title: str
    said: str
    spots: Mapping[str, Sequence[Spot]]
    looks: Mapping[str, Style]
    x: Scale
    y: Scale
    bands: Sequence[Band] = ()
    # a level that is wanted: its height and its words
    level: tuple[float, str] | None = None
    with_dots: bool = True
    height_px: int = field(default=_HEIGHT_PX)


def lines(given: Lines) -> Figure | None:
    """The figure, or None when there is nothing to draw.

    What is not above 0 on a logarithmic axis is in the table only.
    """
    drawn = {
        name: kept
        for name, spots in given.spots.items()
        if (kept := [spot for spot in sorted(spots, key=lambda s: s.x) if _fits(given, spot)])
    }
    if not drawn:
        return None
    # what has no height here keeps its place, so that figures side by side have one axis
    xs = [spot.x for spots in given.spots.values() for spot in spots]
    xs += given.x.marks
    xs += [end for band in given.bands for end in (band.low, band.high)]
    ys = [spot.y for spots in drawn.values() for spot in spots]
    if given.level is not None:
        ys.append(given.level[0])
    layout: dict[str, Any] = {
        "margin": {"l": 8, "r": 26, "t": 8, "b": 8},
        "xaxis": _axis(given.x, xs, room=0.08),
        "yaxis": _axis(given.y, ys, room=0.12),
        "shapes": [_shape(band) for band in given.bands] + _level_shape(given),
        "annotations": [
            _label(band, given.x, line) for line, band in enumerate(given.bands) if band.words
        ]
        + _level_label(given),
    }
    if given.bands:  # room above the lines for the words of the bands
        low, high = layout["yaxis"]["range"]
        layout["yaxis"]["range"] = [low, high + (0.08 * len(given.bands)) * (high - low)]
    return Figure(
        identifier=given.identifier,
        title=given.title,
        said=given.said,
        note=_absent(given, drawn),
        plot=plot([_trace(given, name, spots) for name, spots in drawn.items()], layout),
        summary=_summary(given, drawn),
        height_px=given.height_px,
        keys=tuple(
            Key(name=name, colour=given.looks[name].colour, mark=given.looks[name].dash)
            for name in drawn
        ),
        numbers=_numbers(given),
        is_one_of_many=len(given.looks) > 1 or len(given.spots) == 1,
    )


def _absent(given: Lines, drawn: Mapping[str, Sequence[Spot]]) -> str:
    names = [name for name in given.spots if name not in drawn]
    return f"Too few values of {', '.join(names)}." if names else ""


def _fits(given: Lines, spot: Spot) -> bool:
    return (spot.x > 0 or not given.x.is_log) and (spot.y > 0 or not given.y.is_log)


def _axis(scale: Scale, values: Sequence[float], *, room: float) -> dict[str, Any]:
    if scale.is_log:
        made = logarithmic(values, scale.display, room=room, binary=scale.binary, most_marks=5)
    else:
        made = linear(values, scale.display, binary=scale.binary)
    made["ticklabeloverflow"] = "allow"
    if scale.marks:
        marks = _apart(sorted(set(scale.marks)), is_log=scale.is_log)
        made |= {"tickvals": marks, "ticktext": [scale.display(mark) for mark in marks]}
    return made | {"title": {"text": html.escape(scale.title, quote=False)}}


def _apart(marks: Sequence[float], *, is_log: bool) -> list[float]:
    """Those that leave each other room for their words; the last is always there."""
    if len(marks) < 2:
        return list(marks)
    span = marks[-1] / marks[0] if is_log and marks[0] > 0 else marks[-1] - marks[0]
    kept = [marks[-1]]
    for mark in reversed(marks[:-1]):
        near = (kept[0] / mark) ** 7 < span if is_log and mark > 0 else (kept[0] - mark) * 8 < span
        if not near:
            kept.insert(0, mark)
    return kept


def _trace(given: Lines, name: str, spots: Sequence[Spot]) -> Any:
    import plotly.graph_objects as go

    style, label = given.looks[name], html.escape(name, quote=False)
    refused = [spot.refused for spot in spots]
    symbols = [f"{style.symbol}-open" if no else style.symbol for no in refused]
    return go.Scatter(
        name=label,
        x=[float(f"{spot.x:.6g}") for spot in spots],
        y=[float(f"{spot.y:.6g}") for spot in spots],
        mode="lines+markers" if given.with_dots or len(spots) == 1 else "lines",
        line={"color": style.colour, "width": 2.5, "dash": style.dash},
        marker={"size": 9, "symbol": symbols, "color": style.colour},
        hovertext=[
            f"{label}, {given.x.display(spot.x)}: {given.y.display(spot.y)}"
            + (" (not evidence)" if spot.refused else "")
            for spot in spots
        ],
        hoverinfo="text",
        cliponaxis=False,
    )


def _shape(band: Band) -> dict[str, Any]:
    """Plotly wants shapes in the axis' own numbers, also where it is logarithmic."""
    made: dict[str, Any] = {
        "xref": "x",
        "yref": "paper",
        "x0": band.low,
        "x1": band.high,
        "y0": 0,
        "y1": 1,
        "layer": "below",
    }
    if band.low == band.high:
        return made | {
            "type": "line",
            "line": {"color": band.colour, "width": 1.5, "dash": "dash"},
        }
    return made | {
        "type": "rect",
        "fillcolor": band.colour,
        "opacity": _BAND_OPACITY,
        "line": {"width": 0},
    }


def _label(band: Band, x: Scale, line: int) -> dict[str, Any]:
    from math import log10

    middle = (band.low * band.high) ** 0.5 if x.is_log else (band.low + band.high) / 2
    return {
        "xref": "x",
        "yref": "paper",
        # an annotation on a logarithmic axis is placed by its power of ten
        "x": log10(middle) if x.is_log else middle,
        "y": 1 - 0.075 * line,
        "xanchor": "center",
        "yanchor": "top",
        "text": html.escape(band.words, quote=False),
        "showarrow": False,
        "font": {"color": band.colour, "size": 12},
    }


def _level_shape(given: Lines) -> list[dict[str, Any]]:
    if given.level is None:
        return []
    line = {"color": REST, "width": 1.2, "dash": "dot"}
    at = given.level[0]
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at, "line": line}]


def _level_label(given: Lines) -> list[dict[str, Any]]:
    from math import log10

    if given.level is None:
        return []
    at, words = given.level
    return [
        {
            "xref": "paper",
            "x": 0.995,
            "xanchor": "right",
            "y": log10(at) if given.y.is_log else at,
            "yanchor": "top",
            "text": html.escape(words, quote=False),
            "showarrow": False,
            "font": {"color": REST, "size": 12},
        }
    ]


def _summary(given: Lines, drawn: Mapping[str, Sequence[Spot]]) -> str:
    said = [
        f"{name}: {given.y.display(spots[0].y)} at {given.x.display(spots[0].x)}"
        + (
            f", {given.y.display(spots[-1].y)} at {given.x.display(spots[-1].x)}"
            if len(spots) > 1
            else ""
        )
        for name, spots in drawn.items()
    ]
    return " ".join(filter(None, [given.said, "; ".join(said) + "."]))


def _numbers(given: Lines) -> Markup:
    """One row for each place on the horizontal axis, one column for each line."""
    names = [name for name, spots in given.spots.items() if spots]
    cells = {
        (name, spot.x): given.y.display(spot.y) + (" (not evidence)" if spot.refused else "")
        for name in names
        for spot in given.spots[name]
    }
    places = sorted({x for _, x in cells})
    headings = [given.x.title[:1].upper() + given.x.title[1:], *names]
    rows = [[given.x.display(x), *(cells.get((name, x), "–") for name in names)] for x in places]
    return table(headings, rows, numeric="|".join(headings))
