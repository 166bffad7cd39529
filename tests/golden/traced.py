"""Every number of every golden answer can be walked down to a record, a fact, the need or an assumption."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from advisor import decision
from advisor.model import Evidence, Recommendation
from advisor.stated import PREFIX

# Where a number stands in the answer -> the ids of which one has or says it; {S} is the service.
WHERE = (
    (r"confidence", ("confidence",)),
    (r"drivers\[\]\..*", ("{S}.driver.*",)),
    (r"option\..*", ("{S}.size",)),
    (r"monthly_cost_usd\.components\[\]\..*", ("{S}.cost.*",)),
    (r"monthly_cost_usd\..*", ("{S}.cost", "{S}.cost_at_least", "confidence")),
    (r"total_cost_usd\[\]\..*", ("{S}.cost.*-months", "{S}.cost")),
    (r"commitments\[\]\..*", ("{S}.cost.*-months-*",)),
    (r"utilisation\[\]\..*", ("{S}.use.*",)),
    (r"latency\..*", ("{S}.read_p99_s", "{S}.write_p99_s")),
    (r"ranking\[\]\.option\..*", ("{S}.size",)),
    (r"ranking\[\]\.components\[\]\..*", ("{S}.cost.*",)),
    (r"ranking\[\]\.utilisation\[\]\..*", ("{S}.use.*",)),
    (r"ranking\[\]\.committed\..*", ("{S}.cost.*-months-*",)),
    (r"ranking\[\]\..*", ("{S}.cost", "{S}.cost_at_least")),
)


def numbers(value: Any, path: str, service: str) -> Iterator[tuple[str, str, float]]:
    """(path, service it is of, number) of everything below; lists without their place."""
    if isinstance(value, dict):
        service = str(value.get("service", service)) if path.endswith("ranking[]") else service
        for key, below in value.items():
            yield from numbers(below, f"{path}.{key}" if path else str(key), service)
    elif isinstance(value, list):
        for below in value:
            yield from numbers(below, f"{path}[]", service)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, service, float(value)


def printed(entry: Evidence) -> list[float]:
    """The value of a figure, and the numbers that its formula and id print."""
    text = f"{entry.formula} {entry.id}"
    found = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*\.?\d*(?:e[+-]?\d+)?", text)]
    return [*found, float(entry.value)] if isinstance(entry.value, int | float) else found


def says(known: list[float], number: float) -> bool:
    """Whether one of the numbers is that number, to the digits that are printed."""
    return any(abs(k - number) <= 2e-3 * max(abs(number), 0.01) for k in known)


def grounded(name: str, by_id: dict[str, Evidence], seen: dict[str, bool]) -> bool:
    """Whether every end of the chain below is a record, a dated fact, the need or an assumption."""
    if name not in seen:
        seen[name] = True  # a circle has no end of its own
        entry = by_id.get(name)
        if entry is None:
            seen[name] = False
        elif entry.inputs:
            seen[name] = all(grounded(below, by_id, seen) for below in entry.inputs)
        else:
            known = entry.value == "record" or entry.date or entry.id.startswith(PREFIX)
            seen[name] = entry.value is not None and bool(known or entry.kind == "assumed")
    return seen[name]


def untraced(rec: Recommendation) -> list[tuple[str, str, float]]:
    """Numbers of an answer that no figure has or says, or whose chain ends in nothing."""
    document = decision.to_json(rec)
    by_id = {e.id: e for e in rec.evidence}
    for beside in ("schema", "evidence", "facts_age"):
        document.pop(beside, None)
    told = {e.id: printed(e) for e in rec.evidence}
    seen: dict[str, bool] = {}
    lost = []
    for path, service, number in numbers(document, "", rec.service):
        wanted = next((ids for pattern, ids in WHERE if re.fullmatch(pattern, path)), ())
        found = (i for i in told if matches(i, wanted, service) and says(told[i], number))
        if number and not any(grounded(i, by_id, seen) for i in found):
            lost.append((path, service, number))
    return lost


@cache
def pattern_of(wanted: tuple[str, ...], service: str) -> re.Pattern[str]:
    each = (re.escape(p.replace("{S}", service)).replace(r"\*", ".+") for p in wanted)
    return re.compile("|".join(each) or r"(?!)")


def matches(ident: str, wanted: tuple[str, ...], service: str) -> bool:
    """Whether an id is one of those, where `*` stands for anything."""
    return bool(pattern_of(wanted, service).fullmatch(ident))
