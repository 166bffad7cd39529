"""Names and colours by which a page tells engines and services apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Distinguishable with the common colour vision deficiencies (after Okabe and Ito, 2008), at
# least 3:1 against both the light and the dark background.
PALETTE = (
    "#3b82c4",
    "#d9822b",
    "#1c9a82",
    "#a06cc8",
    "#cf5a4a",
    "#8b8a2f",
    "#c2538f",
    "#6c7f95",
)
REST = "#8a94a3"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
# The same symbols as letters, for the legend.
GLYPHS = ("●", "■", "◆", "▲", "✚", "✖", "★", "⬢")


@cache
def _spelled() -> dict[str, str]:
    import yaml

    names: dict[str, str] = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text())
    return names


def spelled(identifier: str) -> str:
    """The name as its owner writes it, or the identifier."""
    return _spelled().get(identifier, identifier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one series looks; colour is never the only thing that tells it apart."""

    colour: str
    dash: str
    symbol: str
    glyph: str


def styles(names: Iterable[str]) -> dict[str, Style]:
    """A style for each name, by its place in the order given; beyond the palette all are grey."""
    return {
        name: Style(
            colour=PALETTE[at] if at < len(PALETTE) else REST,
            dash=DASHES[at % len(DASHES)],
            symbol=SYMBOLS[at % len(SYMBOLS)],
            glyph=GLYPHS[at % len(GLYPHS)],
        )
        for at, name in enumerate(dict.fromkeys(names))
    }
