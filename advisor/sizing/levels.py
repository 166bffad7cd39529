"""A family's load at the low, expected and high end of its demand, computed once per case."""

from __future__ import annotations

from msgspec import Struct, field

from advisor.case import Case
from advisor.sizing.latency import Tails, tails
from advisor.sizing.load import LEVELS, Load, Need, designs, load_of


class Loads(Struct, frozen=True, kw_only=True):
    """The three loads, and what predictions of response time rest on."""

    low: Load
    expected: Load
    high: Load
    tails: Tails
    _designs: dict[tuple[str, tuple[float, ...]], list[Need]] = field(default_factory=dict)

    def designs(self, level: str, memories_gib: tuple[float, ...]) -> list[Need]:
        """What a level of the load takes on each size of memory, the largest first."""
        found = self._designs.get((level, memories_gib))
        if found is None:
            found = self._designs[level, memories_gib] = designs(self.at(level), memories_gib)
        return found

    def at(self, level: str) -> Load:
        """The load at `low`, `value` (expected) or `high`."""
        return {"low": self.low, "value": self.expected, "high": self.high}[level]


def loads_of(case: Case, family: str) -> Loads:
    """The loads of a case on a family of servers. KeyError for a family without demand."""
    low, expected, high = (load_of(case, family, level) for level in LEVELS)
    return Loads(low=low, expected=expected, high=high, tails=tails(case.demand.of(family)))
