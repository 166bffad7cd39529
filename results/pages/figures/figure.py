"""What a figure is: a plot, a sentence that says what it shows, and the same numbers as a table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from results.pages.markup import Markup, data_script, details, join, tag

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as Plot

FONT_SIZE = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One entry of a legend: the name, its colour, and the glyph or line that goes with it.

    `mark` is a letter such as `●`, or the name of a dash (`solid`, `dash`, `dot`, …).
    """

    name: str
    colour: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One plot. `summary` is read out instead of it; `numbers` is a table or nothing.

    `said` is shown above it: one sentence that says what it shows; `note` below it. Narrower than `least_width_px`
    it is scrolled, not squeezed. `is_one_of_many`: other figures of the page have further names,
    so that a single one must be told.
    """

    identifier: str
    title: str
    plot: Plot
    summary: str
    height_px: int
    keys: tuple[Key, ...] = ()
    numbers: Markup = field(default_factory=Markup)
    said: str = ""
    note: str = ""
    least_width_px: int | None = None
    is_one_of_many: bool = False


def render(figure: Figure) -> Markup:
    """The figure with its legend as HTML; a script draws it in the page's own colours."""
    return _bare(figure, legend(figure.keys, is_one_of_many=figure.is_one_of_many))


def grid(*figures: Figure, css: str = "grid") -> Markup:
    """Figures side by side where the screen is wide enough, under one legend for all.

    `css` is `grid` for figures of one height, `packed` for different heights.
    """
    if len(figures) == 1:
        return render(figures[0])
    keys: dict[str, Key] = {}
    for key in (key for figure in figures for key in figure.keys):
        keys.setdefault(key.name, key)
    several = any(figure.is_one_of_many for figure in figures)
    shown = legend(tuple(keys.values()), is_one_of_many=several)
    return join(shown, tag("div", *map(_bare, figures), css=css))


def apart(*figures: Figure) -> Markup:
    """Figures side by side, each with a legend of its own, as they tell different things apart."""
    return tag("div", *(tag("div", render(figure)) for figure in figures), css="grid")


def legend(keys: tuple[Key, ...], *, is_one_of_many: bool = False) -> Markup:
    """Names beside their marks; nothing when there is only one, and never another on the page."""
    if len(keys) < (1 if is_one_of_many else 2):
        return Markup("")
    return tag("ul", *map(_entry, keys), css="legend")


def _entry(key: Key) -> Markup:
    is_line = len(key.mark) > 1
    mark = tag(
        "span",
        "" if is_line else key.mark,
        css=f"line {key.mark}" if is_line else "glyph",
        attributes={"style": f"color:{key.colour}", "aria-hidden": "true"},
    )
    return tag("li", mark, key.name)


def _bare(figure: Figure, between: str = "") -> Markup:
    least = f";min-width:{figure.least_width_px}px" if figure.least_width_px else ""
    area = tag(
        "div",
        css="plot",
        attributes={
            "id": figure.identifier,
            "role": "img",
            "aria-label": f"{figure.title}. {figure.summary}",
            "style": f"height:{figure.height_px}px{least}",
        },
    )
    return tag(
        "figure",
        tag("figcaption", figure.title),
        tag("p", figure.said, css="said") if figure.said else "",
        between,
        tag("div", area, css="wide") if least else area,
        tag("p", figure.note, css="said") if figure.note else "",
        data_script(json.loads(figure.plot.to_json(engine="json")), "spec"),
        details("The numbers", figure.numbers) if figure.numbers else "",
    )


def plot(traces: list[Any], layout: dict[str, Any]) -> Plot:
    """A plot without colours for text, lines and background: the page sets those by its theme."""
    import plotly.graph_objects as go

    base = {
        "template": go.layout.Template(),
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "font": {"size": FONT_SIZE},
        "hoverlabel": {"align": "left"},
        "dragmode": False,
        "showlegend": False,
    }
    return go.Figure(data=traces, layout=base | layout)
