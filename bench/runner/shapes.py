"""Open load whose rate changes by plan: `ramp(100/s..2000/s)`, `steps(100/s,500/s,2000/s)`.

A shape fills the measured window, however long that is; the warm-up before it runs at the
shape's first rate. A further shape is one more entry here, made of stretches of constant or
steadily changing rate (`workloads.arrivals.profile`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workloads.errors import InputError
from workloads.spec.units import format_rate, parse_rate

if TYPE_CHECKING:
    from workloads.arrivals.profile import Profile, Stretch

FORMS = "open:ramp(100/s..2000/s), open:steps(100/s,500/s,2000/s)"
_CALL = re.compile(r"(?P<kind>[a-z]+)\((?P<rates>[^()]*)\)")
_MOST_STEPS = 1_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A ramp between two rates, or steps of equal length at some rates."""

    kind: Literal["ramp", "steps"]
    rates_per_s: tuple[float, ...]

    @property
    def text(self) -> str:
        """The form that `parse` reads as this shape."""
        between = ".." if self.kind == "ramp" else ","
        return f"{self.kind}({between.join(map(format_rate, self.rates_per_s))})"

    @property
    def mean_per_s(self) -> float:
        """The mean rate over the window."""
        return sum(self.rates_per_s) / len(self.rates_per_s)

    @property
    def peak_per_s(self) -> float:
        return max(self.rates_per_s)

    def profile(self, *, window_s: float, lead_s: float) -> Profile:
        """The rates over a lead at the first rate and the window after it."""
        from workloads.arrivals.profile import Stretch, profile

        first = self.rates_per_s[0]
        lead = [Stretch(duration_s=lead_s, from_per_s=first, to_per_s=first)] if lead_s else []
        return profile([*lead, *self._stretches(window_s)])

    def _stretches(self, window_s: float) -> Sequence[Stretch]:
        from workloads.arrivals.profile import Stretch

        if self.kind == "ramp":
            first, last = self.rates_per_s
            return [Stretch(duration_s=window_s, from_per_s=first, to_per_s=last)]
        each_s = window_s / len(self.rates_per_s)
        return [Stretch(duration_s=each_s, from_per_s=r, to_per_s=r) for r in self.rates_per_s]


def is_shape(text: str) -> bool:
    """Whether a rate is written as a shape."""
    return "(" in text


def parse(load: str, text: str) -> Shape:
    """The shape `text` of the load `load`; InputError says what is wrong."""
    match = _CALL.fullmatch(text.strip())
    kind = match["kind"] if match else ""
    if match is None or kind not in ("ramp", "steps"):
        raise InputError(f"load '{load}': there is no shape '{text}'", hint=f"write {FORMS}")
    parts = match["rates"].split(".." if kind == "ramp" else ",")
    try:
        rates = tuple(parse_rate(part.strip()) for part in parts)
    except ValueError as error:
        raise InputError(f"load '{load}': {error}", hint=f"write {FORMS}") from error
    wanted = 2 if kind == "ramp" else min(max(len(rates), 2), _MOST_STEPS)
    if len(rates) != wanted or max(rates) <= 0:
        allowed = "two rates" if kind == "ramp" else f"2 to {_MOST_STEPS} rates"
        raise InputError(
            f"load '{load}': {kind} takes {allowed}, at least one of them above 0",
            hint=f"write {FORMS}",
        )
    return Shape("ramp" if kind == "ramp" else "steps", rates)
