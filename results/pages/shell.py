"""The page around its parts: one file that needs no network and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from results.pages.markup import Markup, join, tag, text

_HERE = Path(__file__).parent


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    """The full bundle: the smaller ones are not part of the Python package."""
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script


@cache
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def page(title: str, *parts: str, contents: dict[str, str]) -> str:
    """The whole HTML document. `contents` are the navigation's targets and words.

    The content security policy names the two scripts by their digest, so that nothing else can
    run even if a text were to slip through unescaped, and forbids any connection.
    """
    scripts = (_plotly(), _asset("page.js"))
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    head = join(
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        Markup('<meta name="generator" content="storefit">'),
        Markup('<link rel="icon" href="data:,">'),
        tag("title", title),
        tag("style", Markup(_asset("page.css"))),
    )
    links = [
        tag("a", words, attributes={"href": f"#{target}"}) for target, words in contents.items()
    ]
    body = join(
        tag("nav", *links, attributes={"aria-label": "Contents"}) if links else Markup(""),
        tag("main", *parts),
        tag(
            "noscript",
            tag("p", "The figures need JavaScript. Each has its numbers beside it.", css="alert"),
        ),
        *(tag("script", Markup(script)) for script in scripts),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{tag("head", head)}{tag("body", body)}</html>\n'


def contents_of(parts: dict[str, tuple[str, Markup]]) -> tuple[dict[str, str], list[Markup]]:
    """Navigation words and content of the parts that have any: target -> (words, content)."""
    filled = {target: part for target, part in parts.items() if part[1]}
    return {t: text(words) for t, (words, _) in filled.items()}, [p for _, p in filled.values()]
