"""A matrix: a row for each candidate, a column for each question, coloured by the ratio to the best.

Every cell carries its value and how many times worse than the best of its column that is; colour only
repeats it.
"""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from results.pages.figures.figure import Figure, Key, plot
from results.pages.markup import table
from results.pages.names import Style

_ROW_PX = 42
_HEAD_PX = 76
_COLUMN_PX = 84
_LINE = 13  # letters
_NAMES_PX = 170
# From the best to a hundred times worse and beyond. Light enough for dark words on both themes.
_SHADES = (
    (0.0, "#74c7b2"),
    (0.25, "#cfe3cf"),
    (0.5, "#f2dfb0"),
    (0.75, "#eebb86"),
    (1.0, "#e0937a"),
)
_WORDS = "#10151b"
_MOST_DECADES = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """One cell: the words in it, and the ratio to the best (None: no value)."""

    words: str
    ratio: float | None = None
    told: str = ""

    @property
    def factor(self) -> str:
        """How many times worse than the best; nothing where there is no value."""
        if self.ratio is None:
            return ""
        return "best" if self.ratio == 1.0 else times(self.ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """What is drawn. `rows` are names and their styles, `squares` go by rows."""

    identifier: str
    title: str
    said: str
    row_title: str
    rows: Sequence[tuple[str, Style]]
    columns: Sequence[str]
    squares: Sequence[Sequence[Square]]


def times(ratio: float) -> str:
    """`×1.2`, `×340`."""
    return f"×{ratio:.2g}" if ratio < 9.5 else f"×{ratio:,.0f}"


def heat(given: Heat) -> Figure | None:
    """The figure, or None when no cell is compared with a best one."""
    if not any(square.ratio for row in given.squares for square in row):
        return None
    count = len(given.rows)
    layout: dict[str, Any] = {
        "xaxis": {
            "side": "top",
            "tickvals": list(range(len(given.columns))),
            "ticktext": ["<br>".join(map(_safe, _wrapped(c))) for c in given.columns],
            "range": [-0.5, len(given.columns) - 0.5],
            "tickangle": 0,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
        },
        "yaxis": {
            "tickvals": list(range(count)),
            "ticktext": [
                f'<span style="color:{style.colour}">{style.glyph}</span> {_safe(name)}'
                for name, style in given.rows
            ],
            "range": [count - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 6,
        },
    }
    return Figure(
        identifier=given.identifier,
        title=given.title,
        said=given.said,
        plot=plot(_traces(given), layout),
        summary=given.said,
        height_px=_HEAD_PX + _ROW_PX * count,
        keys=tuple(
            Key(name=words, colour=_SHADES[at][1], mark="■")
            for at, words in ((0, "best"), (2, "10 times worse"), (4, "100 times worse or more"))
        ),
        numbers=table(
            [given.row_title, *given.columns],
            [
                [name, *(f"{s.words} ({s.factor})" if s.factor else s.words for s in squares)]
                for (name, _), squares in zip(given.rows, given.squares, strict=True)
            ],
            numeric="|".join(given.columns),
        ),
        least_width_px=_NAMES_PX + _COLUMN_PX * len(given.columns),
    )


def _traces(given: Heat) -> list[Any]:
    import plotly.graph_objects as go

    depth = [
        [None if s.ratio is None else min(math.log10(s.ratio), _MOST_DECADES) for s in row]
        for row in given.squares
    ]
    hover = [
        [
            ": ".join(filter(None, (f"{_safe(name)}, {_safe(column)}", _safe(s.told or s.words))))
            for column, s in zip(given.columns, squares, strict=True)
        ]
        for (name, _), squares in zip(given.rows, given.squares, strict=True)
    ]
    ground = go.Heatmap(
        z=depth,
        zmin=0.0,
        zmax=_MOST_DECADES,
        colorscale=[list(shade) for shade in _SHADES],
        showscale=False,
        xgap=3,
        ygap=3,
        hovertext=hover,
        hoverinfo="text",
        hoverongaps=True,
    )
    return [ground, _words(given, filled=True), _words(given, filled=False)]


def _words(given: Heat, *, filled: bool) -> Any:
    """The text of the cells; on a coloured ground dark, else in the colour of the page."""
    import plotly.graph_objects as go

    places = [
        (column, row, square)
        for row, squares in enumerate(given.squares)
        for column, square in enumerate(squares)
        if (square.ratio is not None) == filled
    ]
    font: dict[str, Any] = {"size": 12} | ({"color": _WORDS} if filled else {})
    return go.Scatter(
        mode="text",
        x=[column for column, _, _ in places],
        y=[row for _, row, _ in places],
        text=[
            "<br>".join(filter(None, (_safe(s.words), f"<b>{s.factor}</b>" if s.factor else "")))
            for _, _, s in places
        ],
        textfont=font,
        hoverinfo="skip",
        cliponaxis=False,
    )


def _wrapped(words: str) -> list[str]:
    """In lines that fit a column; a path is cut after its dots."""
    pieces = words.replace(".", ". ").split(" ")
    made = textwrap.wrap(" ".join(pieces), _LINE)
    return [line.replace(". ", ".") for line in made]


def _safe(words: str) -> str:
    return html.escape(words, quote=False)
