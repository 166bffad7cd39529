"""Services that were not chosen, and the ledger of every figure."""

from __future__ import annotations

from results.display import number, seconds, share, size, usd
from results.pages.markup import Markup, details, section, table, tag
from results.pages.names import spelled
from results.pages.view import Answer, Evidence, option_words

_KINDS = ("measured", "published", "documented", "assumed")


def others_section(answer: Answer) -> Markup:
    """Why not the others: an excuse, or what they would cost more."""
    chosen = answer.monthly_cost_usd.expected if answer.monthly_cost_usd else None
    rows = []
    for ranked in answer.ranking:
        if ranked.service == answer.service:
            continue
        if ranked.excuse:
            reason = ranked.excuse
        elif ranked.usd is None:
            reason = "its total is unknown, because a price is missing"
        elif chosen is None:
            reason = f"{usd(ranked.usd)} a month"
        elif ranked.usd >= chosen:
            reason = f"holds the workload, for {usd(ranked.usd - chosen)} a month more"
        else:
            reason = f"cheaper by {usd(chosen - ranked.usd)} a month, but a rule decided otherwise"
        rows.append([spelled(ranked.service), reason, ", ".join(option_words(ranked.option))])
    if not rows:
        return Markup("")
    return section("others", "Why not the others", table(["Service", "Why", "Option"], rows))


def evidence_section(answer: Answer) -> Markup:
    """Every figure with its id, kind, value, source and date; closed at first, as it is long."""
    if not answer.evidence:
        return Markup("")
    parts = []
    for kind in _KINDS:
        entries = [entry for entry in answer.evidence if entry.kind == kind]
        if entries:
            rows = [_entry(entry) for entry in entries]
            listed = table(["Id", "What", "Value", "Source", "Date"], rows, numeric="Value")
            parts.append(details(f"{len(entries)} {kind}", listed))
    return section(
        "evidence",
        "Evidence",
        *parts,
        lead="Every figure of this page that is not arithmetic. "
        "`advisor explain ID` walks one down to its records and facts.",
    )


def _entry(entry: Evidence) -> list[str]:
    what = entry.label
    if entry.formula:
        what = f"{what}: {entry.formula}" if what else entry.formula
    return [
        tag("span", entry.id, css="code", attributes={"id": f"evidence-{entry.id}"}),
        what,
        shown(entry.value, entry.unit),
        entry.source,
        entry.date,
    ]


def shown(value: float | str | bool | None, unit: str) -> str:
    """A value in the unit that reads best; an unknown unit is left as it is."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"{value} {unit}".strip()
    if unit == "s":
        return seconds(value)
    if unit in ("bytes", "B"):
        return size(value)
    if unit == "fraction":
        return share(value)
    if unit == "USD":
        return usd(value)
    return f"{number(value, digits=4)} {unit}".strip()
