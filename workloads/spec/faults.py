"""Faults of a workload file: what was found, what is allowed, and the nearest spelling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workloads.errors import WorkloadFaults

SHOWN_CHARACTERS = 60
SHOWN_FAULTS = 50


class Refused(ValueError):
    """A value is not what its key allows.

    `found` says what was found (its absence too), `allowed` what may stand there, `near` is the
    text that was probably meant, if one is near enough.
    """

    def __init__(self, found: str, allowed: str, near: str | None = None) -> None:
        super().__init__(sentence(found, allowed, near))
        self.found = found
        self.allowed = allowed
        self.near = near


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of one file; `line` counts from 1, 0 where there is no line."""

    line: int
    key: str
    found: str
    allowed: str = ""
    near: str | None = None

    def text(self, path: str) -> str:
        """One line: `path:line: key: what was found; what is allowed; did you mean …`."""
        place = f"{path}:{self.line}" if self.line else path
        return f"{place}: {self.key}: {sentence(self.found, self.allowed, self.near)}"


def sentence(found: str, allowed: str, near: str | None) -> str:
    """The three parts of a fault, those that there are."""
    parts = [found]
    if allowed:
        parts.append(allowed)
    if near:
        parts.append(f"did you mean {shown(near)}?")
    return "; ".join(parts)


def shown(text: str) -> str:
    """Foreign text in quotes, short and without control characters."""
    short = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    return f"'{printable(short)}'"


def printable(text: str) -> str:
    """The text in one line: control characters and the like as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nearest(word: str, words: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The word that was probably meant; None when none is as like (0..1) as asked."""
    if not word or len(word) > SHOWN_CHARACTERS:
        return None
    folded = {w.lower(): w for w in words}
    key = word.strip().lower().replace("-", "_")
    for candidate in (word.strip().lower(), key, key.replace("_", "-"), key.replace(" ", "_")):
        if candidate in folded:
            return folded[candidate]
    import difflib

    near = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=likeness)
    return folded[near[0]] if near else None


def as_error(faults: Iterable[Fault], *, path: str, hint: str = "") -> WorkloadFaults:
    """One error that holds all the faults, in the order of their lines."""
    ordered = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    lines = [fault.text(path) for fault in ordered[:SHOWN_FAULTS]]
    if len(ordered) > SHOWN_FAULTS:
        lines.append(f"{path}: {len(ordered) - SHOWN_FAULTS} more faults are not shown")
    return WorkloadFaults(tuple(lines), hint=hint)
