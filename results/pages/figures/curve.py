"""Throughput and the 99th percentile against the number of clients."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from results.display import number
from results.pages.figures.axes import Display, logarithmic
from results.pages.figures.figure import Figure, Key, plot
from results.pages.markup import table
from results.pages.names import styles


def against_clients(
    identifier: str,
    title: str,
    series: Mapping[str, Sequence[tuple[int, float]]],
    *,
    order: Sequence[str],
    display: Display,
) -> Figure | None:
    """Lines over (clients, value); None when no series has two points.

    `order` names every engine of the page.
    """
    import plotly.graph_objects as go

    drawn = {name: sorted(points) for name, points in series.items() if len(points) > 1}
    if not drawn:
        return None
    looks = styles(order)
    traces = [
        go.Scatter(
            name=html.escape(name, quote=False),
            x=[clients for clients, _ in points],
            y=[value for _, value in points],
            mode="lines+markers",
            line={"color": looks[name].colour, "width": 2.5, "dash": looks[name].dash},
            marker={"size": 9, "symbol": looks[name].symbol},
            hovertext=[
                f"{html.escape(name, quote=False)}, {clients} clients: {display(value)}"
                for clients, value in points
            ],
            hoverinfo="text",
        )
        for name, points in drawn.items()
    ]
    levels = sorted({clients for points in drawn.values() for clients, _ in points})
    layout: dict[str, Any] = {
        "xaxis": {
            **logarithmic(levels, number, room=0.05),
            "tickvals": levels,
            "ticktext": [str(level) for level in levels],
            "title": {"text": "clients"},
        },
        "yaxis": logarithmic([v for points in drawn.values() for _, v in points], display),
    }
    return Figure(
        identifier=identifier,
        title=title,
        plot=plot(traces, layout),
        summary="; ".join(
            f"{name}: {display(points[0][1])} at {points[0][0]} clients, "
            f"{display(points[-1][1])} at {points[-1][0]}"
            for name, points in drawn.items()
        )
        + ".",
        height_px=300,
        keys=tuple(
            Key(name=name, colour=looks[name].colour, mark=looks[name].dash) for name in drawn
        ),
        numbers=table(
            ["Engine", "Clients", title],
            [[name, str(c), display(v)] for name, points in drawn.items() for c, v in points],
            numeric=f"Clients|{title}",
        ),
    )
