"""What would change the answer: the nearest flips, and the inputs that were assumed."""

from __future__ import annotations

from results.display import number
from results.pages.markup import Markup, details, section, table, tag
from results.pages.names import spelled
from results.pages.view import Answer


def changes_section(answer: Answer) -> Markup:
    """The nearest changes that lead to another service, and the inputs nobody gave."""
    flips = [
        [flip.input, _plain(flip.now), _plain(flip.at), spelled(flip.service)]
        for flip in answer.flips
    ]
    nearest = (
        table(["Input", "Now", "Changes at", "Then"], flips)
        if flips
        else tag("p", "No single input was found that changes the service.")
    )
    return section(
        "changes",
        "What would change the answer",
        nearest,
        _assumed(answer),
        lead="The nearest change of one input that leads to another service, nearest first."
        if flips
        else "",
    )


def _assumed(answer: Answer) -> Markup:
    if not answer.assumed:
        return Markup("")
    words = {True: "yes", False: "no", None: "not known"}
    ordered = sorted(answer.assumed, key=lambda a: (a.matters is not True, a.matters is False))
    rows = [[a.input, _plain(a.value), words[a.matters], a.why] for a in ordered]
    deciding = sum(a.matters is True for a in answer.assumed)
    count = len(answer.assumed)
    summary = f"{count} input{'s' if count != 1 else ''} that nobody gave, with the value assumed"
    if deciding:
        summary += f"; {deciding} would change the answer"
    listed = table(["Input", "Assumed", "Would another value matter?", "Why this value"], rows)
    return details(summary, listed)


def _plain(value: str | float | None) -> str:
    if isinstance(value, str):
        return value
    return "unknown" if value is None else number(value)
