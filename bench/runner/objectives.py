"""Latency objectives as written on the command line: `p99<10ms`, `read_p99<10ms,write_p99<20ms`.

`p99<10ms` holds for the reading and for the writing operations of the mix apart, so that fast
reads cannot hide slow writes. `read_` and `write_` name one side, a kind (`range_p99<50ms`) the
operations of that kind. Response times count, from when a request was due.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.errors import InputError
from workloads.spec.model import KINDS, WRITE_KINDS
from workloads.spec.units import format_seconds, parse_seconds

if TYPE_CHECKING:
    from results.record import OperationResult
    from workloads.spec.model import Operation, Workload

SIDES = ("read", "write")
FORMS = "search:p99<10ms, search:read_p99<10ms,write_p99<20ms, or search alone"
_HINT = f"write {FORMS}"
_NAME = re.compile(r"(?:(?P<of>[a-z][a-z-]*)_)?p(?P<percent>[0-9]+(?:\.[0-9]+)?)")
_LOWEST_PERCENT, _HIGHEST_PERCENT = 50.0, 99.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """`percent` % of the answers `of` some operations within `limit_s`.

    `of` is `read`, `write` or an operation kind; None stands for reads and writes, each apart.
    """

    of: str | None
    percent: float
    limit_s: float

    @property
    def text(self) -> str:
        """As on the command line."""
        of = f"{self.of}_" if self.of else ""
        return f"{of}p{self.percent:g}<{format_seconds(self.limit_s).replace(' ', '')}"

    @property
    def allowed(self) -> float:
        """Largest share of late answers, 0..1."""
        return 1 - self.percent / 100

    def positions(self, operations: Sequence[Operation | OperationResult]) -> tuple[int, ...]:
        """Positions in a mix that it concerns."""
        return tuple(at for at, each in enumerate(operations) if self._concerns(each.kind))

    def _concerns(self, kind: str) -> bool:
        if self.of in SIDES:
            return (kind in WRITE_KINDS) == (self.of == "write")
        return self.of in (None, kind)


def parse(text: str, part: str) -> Objective:
    """The objective in `part` of the load `text`; InputError says what is wrong with it."""
    name, sign, limit = part.strip().partition("<")
    match = _NAME.fullmatch(name.strip())
    if match is None:
        raise InputError(f"load '{text}': '{part.strip()}' is not an objective", hint=_HINT)
    if not sign or not limit.strip("= "):
        raise InputError(f"load '{text}': '{part.strip()}' says no limit", hint=_HINT)
    percent = float(match["percent"])
    if percent == 999:  # as p99.9 is often written
        percent = 99.9
    if not _LOWEST_PERCENT <= percent <= _HIGHEST_PERCENT:
        raise InputError(
            f"load '{text}': p{match['percent']} is not a percentile "
            f"from p{_LOWEST_PERCENT:g} to p{_HIGHEST_PERCENT:g}",
            hint=_HINT,
        )
    try:
        limit_s = parse_seconds(limit.strip())
    except ValueError as error:
        raise InputError(f"load '{text}': {error}", hint=_HINT) from error
    if limit_s <= 0:
        raise InputError(f"load '{text}': the limit must be more than 0", hint=_HINT)
    return Objective(of=_subject(text, match["of"]), percent=percent, limit_s=limit_s)


def _subject(text: str, of: str | None) -> str | None:
    known = (*SIDES, *KINDS)
    if of is None or of in known:
        return of
    near = difflib.get_close_matches(of, known, n=1)
    guess = f"did you mean '{near[0]}'? " if near else ""
    raise InputError(
        f"load '{text}': there are no '{of}' operations",
        hint=f"{guess}objectives may name {', '.join(dict.fromkeys(known))}",
    )


def declared(workload: Workload) -> tuple[Objective, ...]:
    """The workload's own latency objectives."""
    latency = workload.latency
    found = (("read", latency.read_p99_s), ("write", latency.write_p99_s))
    return tuple(Objective(of=of, percent=99, limit_s=s) for of, s in found if s is not None)


def resolved(asked: Sequence[Objective], workload: Workload) -> tuple[Objective, ...]:
    """The objectives of a workload, each with operations that it concerns.

    Those asked for, else the workload's own. InputError when there are none, and when one that was
    asked for concerns no operation.
    """
    operations = [each for each in workload.operations if each.weight > 0]
    found: list[Objective] = []
    for objective in asked or declared(workload):
        sides = (objective.of,) if objective.of else SIDES
        parts = [
            Objective(of=side, percent=objective.percent, limit_s=objective.limit_s)
            for side in sides
        ]
        held = [part for part in parts if part.positions(operations)]
        if asked and not held:
            raise InputError(
                f"objective '{objective.text}' concerns no operation of '{workload.name}'",
                hint=f"it has {', '.join(dict.fromkeys(each.kind for each in operations))}",
            )
        found += held
    if not found:
        raise InputError(
            f"workload '{workload.name}' states no latency objective that its operations could meet",
            hint="add `latency: {read_p99: 10 ms}` to it, or say it here: search:p99<10ms",
        )
    return tuple(found)
