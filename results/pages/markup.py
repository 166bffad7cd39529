"""Small pieces of HTML. Plain text is escaped when it becomes Markup; only Markup is trusted."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_CODE = re.compile(r"`([^`<>]+)`")


class Markup(str):
    """Text that is HTML already. Everything else is escaped where it is used."""

    __slots__ = ()


def text(value: str) -> Markup:
    """The text as HTML: Markup stays, anything else is escaped, quotes included."""
    return value if isinstance(value, Markup) else Markup(html.escape(value, quote=True))


def prose(value: str) -> Markup:
    """Words as HTML, in which what stands between backticks is code; escaped like any text."""
    return Markup(_CODE.sub(r"<code>\1</code>", text(value)))


def join(*parts: str) -> Markup:
    """Several pieces, one after the other."""
    return Markup("".join(text(part) for part in parts))


def tag(
    name: str, *children: str, css: str = "", attributes: Mapping[str, str] | None = None
) -> Markup:
    """An element; `css` is its class, attribute values are escaped."""
    given = ({"class": css} if css else {}) | dict(attributes or {})
    opened = "".join(f' {key}="{html.escape(value, quote=True)}"' for key, value in given.items())
    return Markup(f"<{name}{opened}>{join(*children)}</{name}>")


def section(identifier: str, title: str, *children: str, lead: str = "") -> Markup:
    """A part of the page with a heading that the navigation can point to."""
    return tag(
        "section",
        tag("h2", title, attributes={"id": f"{identifier}-title"}),
        tag("p", lead, css="lead") if lead else "",
        *children,
        attributes={"id": identifier, "aria-labelledby": f"{identifier}-title"},
    )


def details(summary: str, *children: str, is_open: bool = False) -> Markup:
    """Something that opens on a click; printing opens all, a narrow screen closes all at first."""
    return tag(
        "details",
        tag("summary", summary),
        tag("div", *children, css="inside"),
        attributes={"open": ""} if is_open else {},
    )


def bullets(items: Sequence[str], css: str = "") -> Markup:
    return tag("ul", *(tag("li", item) for item in items), css=css) if items else Markup("")


def chips(items: Sequence[str]) -> Markup:
    """Short words in a row that wraps."""
    return bullets(items, css="chips")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: str = "") -> Markup:
    """A table that becomes a list of cards on a narrow screen.

    `numeric` names the headings, separated by `|`, of columns that are set flush right.
    """
    right = set(numeric.split("|"))
    head = tag(
        "tr",
        *(
            tag("th", h, css="n" if h in right else "", attributes={"scope": "col"})
            for h in headings
        ),
    )
    body = (
        tag(
            "tr",
            *(
                tag("td", cell, css="n" if h in right else "", attributes={"data-label": h})
                for h, cell in zip(headings, row, strict=True)
            ),
        )
        for row in rows
    )
    return tag("table", tag("thead", head), tag("tbody", *body))


def data_script(value: Any, css: str) -> Markup:
    """JSON for a script to read; no text in it can end the element or start another."""
    encoded = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for letter, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        encoded = encoded.replace(letter, code)
    return Markup(f'<script type="application/json" class="{css}">{encoded}</script>')
