"""Latency by percentile: how long all but the slowest requests took.

The horizontal axis stretches towards the slow end (1 / (1 - share), logarithmic), as in
HdrHistogram's plots, because that is where engines differ and where objectives lie. A curve ends
where the sample stops supporting it: ten values must lie beyond its last point.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from results.display import number, seconds
from results.histogram import Histogram
from results.pages.figures.axes import logarithmic
from results.pages.figures.figure import Figure, Key, plot
from results.pages.markup import Markup, table
from results.pages.names import REST, Style, styles
from results.record import Distribution

_BEYOND = 10
_MOST_POINTS = 120
_MARKS = ((0.5, "50 %"), (0.9, "90 %"), (0.99, "99 %"), (0.999, "99.9 %"), (0.9999, "99.99 %"))
_HEIGHT_PX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One plot: the distributions of one kind of operation, by engine.

    `objective_s` is the declared 99th percentile, None where nobody declared one. `note` says
    under which load each was measured.
    """

    identifier: str
    title: str
    series: Mapping[str, Distribution]
    objective_s: float | None = None
    notes: Mapping[str, str] | None = None


def panels(given: Sequence[Panel], order: Sequence[str]) -> list[Figure]:
    """The plots, all on one scale of time and one set of styles, so that they compare.

    `order` names every engine of the page.
    """
    curves = [{name: _curve(d) for name, d in panel.series.items()} for panel in given]
    times = [y for panel in curves for _, ys in panel.values() for y in ys]
    # room above an objective for its words
    times += [1.8 * panel.objective_s for panel in given if panel.objective_s]
    reach = max((x for panel in curves for xs, _ in panel.values() for x in xs), default=10.0)
    axes = {"xaxis": _shares(reach), "yaxis": logarithmic(times, seconds)}
    looks = styles(order)
    return [
        _figure(panel, curve, axes=axes, looks=looks)
        for panel, curve in zip(given, curves, strict=True)
        if any(xs for xs, _ in curve.values())
    ]


def _shares(reach: float) -> dict[str, Any]:
    """The axis of 1 / (1 - share), from a tenth of the requests to the last supported share."""
    marks = [(1 / (1 - p), words) for p, words in _MARKS if 1 / (1 - p) <= reach * 1.05]
    return {
        "type": "log",
        "range": [float(np.log10(1.1)), float(np.log10(max(reach, 10.0) * 1.2))],
        "tickvals": [x for x, _ in marks],
        "ticktext": [words for _, words in marks],
        "tickangle": 0,
        "title": {"text": "share of requests, fastest first"},
        "fixedrange": True,
        "automargin": True,
    }


def _curve(distribution: Distribution) -> tuple[list[float], list[float]]:
    """1 / (1 - share) and seconds; empty when fewer than ten values were recorded."""
    histogram = Histogram.from_base64(distribution.histogram)
    values, counts = histogram.steps()
    if not len(values):
        return [], []
    beyond = int(counts.sum()) - np.cumsum(counts)
    supported = beyond >= _BEYOND
    values, beyond = values[supported], beyond[supported]
    if not len(values):
        return [], []
    stretched = counts.sum() / beyond
    # evenly spaced on the stretched axis, the first and the last always kept
    wanted = np.geomspace(stretched[0], stretched[-1], _MOST_POINTS)
    kept = np.unique(np.clip(np.searchsorted(stretched, wanted), 0, len(values) - 1))
    times = values[kept] * distribution.histogram_unit_s
    return [float(f"{x:.5g}") for x in stretched[kept]], [float(f"{y:.4g}") for y in times]


def _figure(
    panel: Panel,
    curves: Mapping[str, tuple[list[float], list[float]]],
    *,
    axes: dict[str, Any],
    looks: Mapping[str, Style],
) -> Figure:
    traces = [_line(name, xs, ys, looks[name]) for name, (xs, ys) in curves.items() if xs]
    if panel.objective_s:
        traces.append(_objective(panel.objective_s, axes["xaxis"]["range"]))
    return Figure(
        identifier=panel.identifier,
        title=panel.title,
        plot=plot(traces, axes),
        summary=_summary(panel),
        height_px=_HEIGHT_PX,
        keys=tuple(
            Key(name=name, colour=looks[name].colour, mark=looks[name].dash)
            for name, (xs, _) in curves.items()
            if xs
        ),
        numbers=_numbers(panel),
    )


def _line(name: str, xs: Sequence[float], ys: Sequence[float], style: Style) -> Any:
    import plotly.graph_objects as go

    label = html.escape(name, quote=False)
    return go.Scatter(
        name=label,
        x=list(xs),
        y=list(ys),
        mode="lines",
        line={"color": style.colour, "width": 2.5, "dash": style.dash},
        hovertext=[
            f"{label}: {_percent(x)} within {seconds(y)}" for x, y in zip(xs, ys, strict=True)
        ],
        hoverinfo="text",
    )


def _objective(objective_s: float, span: Sequence[float]) -> Any:
    """A line at the objective with a diamond at 99 %: curves below the diamond meet it."""
    import plotly.graph_objects as go

    left, right = 10 ** span[0], 10 ** span[1]
    at = min(100.0, right)
    said = f"objective: 99 % within {seconds(objective_s)}"
    label = f" objective {seconds(objective_s)}"
    return go.Scatter(
        name="objective",
        x=[left, at, right],
        y=[objective_s] * 3,
        mode="lines+markers+text",
        text=[label, "", ""],
        textposition="top right",
        textfont={"size": 12, "color": REST},
        line={"color": REST, "width": 1.2, "dash": "dot"},
        marker={
            "symbol": "diamond-open",
            "size": [0, 11, 0],
            "color": REST,
            "line": {"width": [0, 2, 0]},
        },
        hovertext=[said] * 3,
        hoverinfo="text",
    )


def _percent(stretched: float) -> str:
    percent = 100 * (1 - 1 / stretched)
    return f"{percent:.3f}".rstrip("0").rstrip(".") + " %"


def _summary(panel: Panel) -> str:
    said = [
        f"{name}: half within {seconds(d.p50_s)}, 99 % within {seconds(d.p99_s)}"
        for name, d in panel.series.items()
    ]
    return "; ".join(said) + "."


def _numbers(panel: Panel) -> Markup:
    notes = panel.notes or {}
    return table(
        ["Engine", "Measured", "Values", "Mean", "50 %", "95 %", "99 %", "99.9 %", "Longest"],
        [
            [
                name,
                notes.get(name, ""),
                number(d.count),
                *(seconds(t) for t in (d.mean_s, d.p50_s, d.p95_s, d.p99_s, d.p999_s, d.max_s)),
            ]
            for name, d in panel.series.items()
        ],
        numeric="Values|Mean|50 %|95 %|99 %|99.9 %|Longest",
    )
