"""Flips: the nearest change of one input that changes the chosen service.

Numbers are tried at growing factors in both directions, up to 1,000 times more or less; where
the service changes between two factors, the value is bisected geometrically. Words and switches
are tried one by one; `None` (unknown) counts as a value of a switch that is set.

A cold recommendation asks the inputs that most often decide, up to 10 times more or less, and
sizes a fixed number of cases at most, so that its time is bounded; `every` asks all inputs, with
finer steps and further.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log, log10, sqrt
from typing import Any

from msgspec import Struct

from advisor.contest import by_assumed_connections
from advisor.judgement import Judgement
from advisor.model import Flip
from advisor.variations import Variations, candidates, is_number, natural
from workloads import spec
from workloads.spec.variation import Input

FURTHEST = 1000.0
# A declared switch that is turned is a bigger step than an input that nobody gave: it stands
# behind numbers that change by less than this factor.
DECLARED_SWITCH = log(3.0)

# Those that only rules read come first: they cost next to nothing.
FIRST = (
    "needs.sql",
    "needs.joins",
    "data.format",
    "needs.transactions",
    "needs.ad_hoc_queries",
    "needs.administration",
    "needs.managed",
    "needs.failover",
    "needs.lowest_cost",
    "needs.flexible_schema",
    "traffic.peak",
    "data.records",
)
CONNECTIONS = "needs.connections"
# A limit that nobody gave is searched only on request: some strict enough value always flips.
LIMITS = frozenset({"time", "availability", "money"})
NEVER = frozenset(
    {"name", "description", "data.dataset", "data.file", "data.key", "region", "traffic.trace"}
)


class Effort(Struct, frozen=True, kw_only=True):
    """How hard to look: factors tried each way, precision of bisection, most cases sized.

    A variation that only rules read is not sized and does not count.
    """

    factors: tuple[float, ...]
    precision: float
    evaluations: int


COLD = Effort(factors=(10.0,), precision=1.3, evaluations=7)
THOROUGH = Effort(
    factors=(2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, FURTHEST),
    precision=1.02,
    evaluations=100_000,
)


class Found(Struct, frozen=True, kw_only=True):
    """Flips, nearest first; for each input searched to its end, whether it changes the answer."""

    flips: tuple[Flip, ...]
    changes: dict[str, bool]


def first(judgement: Judgement, variations: Variations, effort: Effort = COLD) -> Found:
    """The flips of the inputs that most often decide, within the evaluations allowed."""
    table = {i.file_path: i for i in spec.inputs()}
    assumed = (a.input for a in judgement.case.assumed)
    # an assumption that takes a service out is asked before all else
    out = [c.excuse for c in judgement.contenders if c.plan is None]
    taking = any(by_assumed_connections(excuse, judgement.case) for excuse in out)
    order = dict.fromkeys((*((CONNECTIONS,) if taking else ()), *FIRST, *assumed))
    chosen = [table[path] for path in order if path in table and path not in NEVER]
    stated = judgement.case.workload
    asked = [i for i in chosen if i.kind not in LIMITS or spec.value_of(stated, i.path) is not None]
    return _search(judgement, variations, asked, effort)


def every(judgement: Judgement, variations: Variations) -> Found:
    """The flips of every input, with finer steps."""
    chosen = [i for i in spec.inputs() if i.file_path not in NEVER]
    return _search(judgement, variations, chosen, THOROUGH)


def _search(
    judgement: Judgement, variations: Variations, chosen: Sequence[Input], effort: Effort
) -> Found:
    flips: list[Flip] = []
    changes: dict[str, bool] = {}
    for entry in chosen:
        search = _Search(judgement=judgement, variations=variations, input=entry, effort=effort)
        found = search.flips()
        if found or variations.book.sized < effort.evaluations:
            changes[entry.file_path] = bool(found)
        flips += found
        if variations.book.sized >= effort.evaluations:
            break
    return Found(flips=tuple(sorted(flips, key=lambda f: f.distance)), changes=changes)


class _Search(Struct, frozen=True, kw_only=True):
    """The search along one input."""

    judgement: Judgement
    variations: Variations
    input: Input
    effort: Effort

    def flips(self) -> list[Flip]:
        stated = spec.value_of(self.judgement.case.workload, self.input.path)
        taken = spec.value_of(self.judgement.case.filled, self.input.path)
        if is_number(self.input, taken):
            up = self._number(float(taken), +1)
            down = self._number(float(taken), -1)
            found = [flip for flip in (up, down) if flip is not None]
            return found
        for value in candidates(self.input, stated, self.judgement.case.workload):
            service = self._ask(value)
            if service is not None and service != self.judgement.service:
                step = DECLARED_SWITCH if stated is not None else 0.0
                return [self._flip(stated, value, service, step)]
        return []

    def _ask(self, value: Any) -> str | None:
        if self.variations.book.sized >= self.effort.evaluations:
            return None
        return self.variations.service(self.input.path, value)

    def _number(self, now: float, direction: int) -> Flip | None:
        """The nearest value in one direction that changes the service, within the precision."""
        inner = now
        for factor in self.effort.factors:
            outer = self._whole(now * factor**direction)
            service = self._ask(outer)
            if service is None:
                return None
            if service != self.judgement.service:
                return self._between(now, inner, outer, service)
            inner = outer
        return None

    def _between(self, now: float, inner: float, outer: float, service: str) -> Flip:
        """Bisect between a value that keeps the service and one that changes it."""
        while max(inner, outer) / max(min(inner, outer), 1e-300) > self.effort.precision:
            middle = self._whole(sqrt(inner * outer))
            if middle in (inner, outer):
                break
            found = self._ask(middle)
            if found is None:
                break
            if found == self.judgement.service:
                inner = middle
            else:
                outer, service = middle, found
        rounded = self._whole(_round_away(outer, from_value=now))
        again = self._ask(rounded)
        if again is not None and again != self.judgement.service:
            outer, service = rounded, again
        return self._flip(now, outer, service, abs(log(outer / now)))

    def _whole(self, number: float) -> float:
        return float(max(1, round(number))) if self.input.kind == "count" else number

    def _flip(self, now: Any, at: Any, service: str, distance: float) -> Flip:
        return Flip(
            input=self.input.file_path,
            now=natural(self.input, now),
            at=natural(self.input, at),
            service=service,
            distance=distance,
        )


def _round_away(number: float, *, from_value: float) -> float:
    """The number with two significant digits, rounded away from where the search began."""
    size = 10.0 ** (floor(log10(number)) - 1)
    steps = number / size
    return size * (floor(steps) + 1 if number > from_value else floor(steps))
