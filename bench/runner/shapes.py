"""Open load whose rate changes by plan: `ramp(100/s..2000/s)`, `steps(100/s,500/s,2000/s)`.

daily(100/s..2000/s)    a day: least at 4 in the morning, most at 4 in the afternoon
spiky(100/s..2000/s)    a day at the lower rate, with a quarter of an hour at the higher one every 6 h
intermittent(500/s)     a day with nothing but from 9 to 17 o'clock

A day is compressed into the window: as many times faster as the window is shorter than a day, which
the record says (`load.compression`). Rates stay what they are, so that queues form as they would;
what depends on hours (vacuum, credits, caches that age) does not happen in seconds.

A shape fills the measured window, however long that is; the warm-up before it runs at the
shape's first rate. A further shape is one more entry here, made of stretches of constant or
steadily changing rate (`workloads.arrivals.profile`).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workloads.errors import InputError
from workloads.spec.units import format_rate, parse_rate

if TYPE_CHECKING:
    from workloads.arrivals.profile import Profile, Stretch

FORMS = (
    "open:ramp(100/s..2000/s), open:steps(100/s,500/s,2000/s), open:daily(100/s..2000/s), "
    "open:spiky(100/s..2000/s), open:intermittent(500/s)"
)
DAY_S = 86_400.0
# Points of a day's curve: between them the rate changes steadily.
_POINTS = 48
_LOWEST_AT_H = 4.0
# A spike lasts a quarter of an hour and comes every six.
_SPIKES, _SPIKE_SHARE = 4, 1 / 96
# Work from 9 to 17 o'clock.
_FROM_SHARE, _TO_SHARE = 9 / 24, 17 / 24
_CALL = re.compile(r"(?P<kind>[a-z]+)\((?P<rates>[^()]*)\)")
_MOST_STEPS = 1_000
_STEPS = f"2 to {_MOST_STEPS} rates"

Kind = Literal["ramp", "steps", "daily", "spiky", "intermittent"]
_KINDS: dict[str, Kind] = {
    "ramp": "ramp",
    "steps": "steps",
    "daily": "daily",
    "spiky": "spiky",
    "intermittent": "intermittent",
}
# How many rates a shape takes; steps take any number.
_RATES = {"ramp": 2, "daily": 2, "spiky": 2, "intermittent": 1}


@dataclass(frozen=True, slots=True)
class Shape:
    """A ramp between two rates, steps of equal length at some rates, or a day of some kind."""

    kind: Kind
    rates_per_s: tuple[float, ...]

    @property
    def text(self) -> str:
        """The form that `parse` reads as this shape."""
        between = "," if self.kind == "steps" else ".."
        return f"{self.kind}({between.join(map(format_rate, self.rates_per_s))})"

    @property
    def mean_per_s(self) -> float:
        """The mean rate over the window."""
        least, most = self.rates_per_s[0], self.rates_per_s[-1]
        if self.kind == "spiky":
            return least + (most - least) * _SPIKES * _SPIKE_SHARE
        if self.kind == "intermittent":
            return most * (_TO_SHARE - _FROM_SHARE)
        return sum(self.rates_per_s) / len(self.rates_per_s)

    def compression(self, window_s: float) -> float | None:
        """So many seconds of the shape pass in one of the window; None: it has no time of its own.

        None as well where no time was measured: a trial that failed has a window of 0 s.
        """
        return None if self.kind in ("ramp", "steps") or window_s <= 0 else DAY_S / window_s

    @property
    def peak_per_s(self) -> float:
        return max(self.rates_per_s)

    def profile(self, *, window_s: float, lead_s: float) -> Profile:
        """The rates over a lead at the first rate and the window after it."""
        from workloads.arrivals.profile import Stretch, profile

        made = self._stretches(window_s)
        first = made[0].from_per_s
        lead = [Stretch(duration_s=lead_s, from_per_s=first, to_per_s=first)] if lead_s else []
        return profile([*lead, *made])

    def _stretches(self, window_s: float) -> Sequence[Stretch]:
        from workloads.arrivals.profile import Stretch

        if self.kind == "ramp":
            first, last = self.rates_per_s
            return [Stretch(duration_s=window_s, from_per_s=first, to_per_s=last)]
        if self.kind == "daily":
            points = [self._of_day(24.0 * n / _POINTS) for n in range(_POINTS + 1)]
            part_s = window_s / _POINTS
            return [
                Stretch(duration_s=part_s, from_per_s=a, to_per_s=b)
                for a, b in itertools.pairwise(points)
            ]
        if self.kind in ("spiky", "intermittent"):
            return [
                Stretch(duration_s=share * window_s, from_per_s=rate, to_per_s=rate)
                for share, rate in self._parts()
            ]
        each_s = window_s / len(self.rates_per_s)
        return [Stretch(duration_s=each_s, from_per_s=r, to_per_s=r) for r in self.rates_per_s]

    def _of_day(self, hour: float) -> float:
        """The rate at an hour of the day."""
        least, most = self.rates_per_s
        return least + (most - least) * (1 - math.cos((hour - _LOWEST_AT_H) * math.pi / 12)) / 2

    def _parts(self) -> list[tuple[float, float]]:
        """Parts of a day as shares of it, each with its rate."""
        if self.kind == "intermittent":
            (rate,) = self.rates_per_s
            return [
                (_FROM_SHARE, 0.0),
                (_TO_SHARE - _FROM_SHARE, rate),
                (1 - _TO_SHARE, 0.0),
            ]
        least, most = self.rates_per_s
        calm = (1 / _SPIKES - _SPIKE_SHARE) / 2
        return [(calm, least), (_SPIKE_SHARE, most), (calm, least)] * _SPIKES


def is_shape(text: str) -> bool:
    """Whether a rate is written as a shape."""
    return "(" in text


def parse(load: str, text: str) -> Shape:
    """The shape `text` of the load `load`; InputError says what is wrong."""
    match = _CALL.fullmatch(text.strip())
    kind = match["kind"] if match else ""
    if match is None or kind not in _KINDS:
        raise InputError(f"load '{load}': there is no shape '{text}'", hint=f"write {FORMS}")
    parts = match["rates"].split("," if kind == "steps" else "..")
    try:
        rates = tuple(parse_rate(part.strip()) for part in parts)
    except ValueError as error:
        raise InputError(f"load '{load}': {error}", hint=f"write {FORMS}") from error
    wanted = _RATES.get(kind, min(max(len(rates), 2), _MOST_STEPS))
    if len(rates) != wanted or max(rates) <= 0:
        allowed = {1: "one rate", 2: "two rates"}[_RATES[kind]] if kind in _RATES else _STEPS
        raise InputError(
            f"load '{load}': {kind} takes {allowed}, at least one of them above 0",
            hint=f"write {FORMS}",
        )
    return Shape(_KINDS[kind], rates)
