"""Loads that take several trials: a search for the largest rate, and a load curve.

search                              the workload's own latency objectives
search:p99<10ms                     for reads and writes, each apart
search:read_p99<10ms,write_p99<20ms,clients=32
curve                               offered rates, from idle to past the knee
curve:closed                        numbers of clients instead
planned                             one client alone, then 65 % of the largest rate
open:80%, planned:80%,clients=32    then another share of it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.runner import loads, objectives
from bench.runner.loads import OPEN_CLIENTS, Offer
from bench.runner.objectives import Objective
from workloads.errors import InputError
from workloads.spec.model import Operation, Workload

if TYPE_CHECKING:
    from bench.runner.request import Request

# Closed load for a first estimate of the capacity: enough clients to keep all processors busy.
_CLIENTS_PER_CPU = 2
# The ceiling for a processor at the peak when a class is chosen (as the advisor has it).
_PLANNED_SHARE = 0.65
# Longest window of an ordinary probe, and window of a level, where nobody asked for another.
_WINDOW_S, _QUICK_WINDOW_S = 4.0, 2.0


def window_s(request: Request) -> float:
    """Longest window of an ordinary probe, and window of a level."""
    return request.duration_s or (_QUICK_WINDOW_S if request.quick else _WINDOW_S)


@dataclass(frozen=True, slots=True)
class SearchLoad:
    """Find the largest rate at which the objectives (none: the workload's own) are met."""

    text: str
    objectives: tuple[Objective, ...]
    clients: int

    def require(self, workload: Workload) -> None:
        """InputError when there is no objective that the workload's operations could meet."""
        objectives.resolved(self.objectives, workload)

    def concerns(self, workload: Workload, operations: Sequence[Operation]) -> bool:
        """Whether any objective concerns these of the workload's operations."""
        return bool(self.of(workload, operations))

    def of(self, workload: Workload, operations: Sequence[Operation]) -> tuple[Objective, ...]:
        """The objectives that concern these of the workload's operations."""
        found = objectives.resolved(self.objectives, workload)
        return tuple(each for each in found if each.positions(operations))

    def first(self, cpus: int) -> Offer:
        """The load of the capacity estimate."""
        return Offer(kind="closed", clients=max(1, min(self.clients, _CLIENTS_PER_CPU * cpus)))

    def probe(self, rate_per_s: float) -> Offer:
        """The load at a rate."""
        return Offer(kind="open", clients=self.clients, rate_per_s=rate_per_s, process="poisson")


@dataclass(frozen=True, slots=True)
class CurveLoad:
    """Measure levels of load from idle to past the knee."""

    text: str
    closed: bool
    clients: int

    def require(self, workload: Workload) -> None:
        """Any workload has a curve."""

    def concerns(self, workload: Workload, operations: Sequence[Operation]) -> bool:  # noqa: ARG002
        """Any operation has a curve."""
        return bool(operations)

    def first(self, cpus: int) -> Offer:
        """The load of the capacity estimate; of a curve over clients its first level."""
        clients = 1 if self.closed else max(1, min(self.clients, _CLIENTS_PER_CPU * cpus))
        return Offer(kind="closed", clients=clients)

    def level(self, load: float) -> Offer:
        """The load of a level: a rate, or so many clients."""
        if self.closed:
            return Offer(kind="closed", clients=round(load))
        return Offer(kind="open", clients=self.clients, rate_per_s=load, process="poisson")


@dataclass(frozen=True, slots=True)
class PlannedLoad:
    """Measure one client alone, then a share of the largest rate that closed load reaches."""

    text: str
    share: float
    clients: int

    def require(self, workload: Workload) -> None:
        """Any workload can be planned for."""

    def concerns(self, workload: Workload, operations: Sequence[Operation]) -> bool:  # noqa: ARG002
        """Any operation has a latency."""
        return bool(operations)

    @property
    def alone(self) -> Offer:
        """One client, which never waits for another."""
        return Offer(kind="closed", clients=1)

    def first(self, cpus: int) -> Offer:
        """The load that finds the largest rate."""
        return Offer(kind="closed", clients=max(1, min(self.clients, _CLIENTS_PER_CPU * cpus)))

    def planned(self, largest_per_s: float) -> Offer:
        """The share of the largest rate."""
        rate_per_s = self.share * largest_per_s
        return Offer(kind="open", clients=self.clients, rate_per_s=rate_per_s, process="poisson")


Quest = SearchLoad | CurveLoad | PlannedLoad


def read(text: str, *, cpus: int) -> Offer | Quest:
    """A load as written on the command line; InputError says what is wrong and what there is."""
    kind, _, rest = text.partition(":")
    if kind == "search":
        return _search(text, rest)
    if kind == "curve":
        return _curve(text, rest)
    if _is_planned(text):
        return _planned(text, rest)
    return loads.parse(text, cpus=cpus)


def is_quest(text: str | None) -> bool:
    """Whether a load takes several trials."""
    if text is None:
        return False
    return text.partition(":")[0] in ("search", "curve") or _is_planned(text)


def first_offer(text: str, *, cpus: int) -> Offer:
    """The load of a trial, of several the first."""
    found = read(text, cpus=cpus)
    return found if isinstance(found, Offer) else found.first(cpus)


def _search(text: str, rest: str) -> SearchLoad:
    if text.endswith(":"):
        raise InputError(
            f"load '{text}': nothing follows 'search:'", hint=f"write {objectives.FORMS}"
        )
    clients, asked = OPEN_CLIENTS, []
    for part in filter(None, (each.strip() for each in rest.split(","))):
        key, equals, value = part.partition("=")
        if equals and key == "clients":
            clients = loads.read_clients(text, value)
        else:
            asked.append(objectives.parse(text, part))
    return SearchLoad(text, tuple(asked), clients)


def _is_planned(text: str) -> bool:
    """`planned`, or an open load whose rate is a share."""
    kind, _, rest = text.partition(":")
    return kind == "planned" or (kind == "open" and rest.partition(",")[0].strip().endswith("%"))


def _planned(text: str, rest: str) -> PlannedLoad:
    share, clients = _PLANNED_SHARE, OPEN_CLIENTS
    if text.endswith(":"):
        raise InputError(f"load '{text}': nothing follows '{text}'", hint="write planned, open:65%")
    for part in filter(None, (each.strip() for each in rest.split(","))):
        key, equals, value = part.partition("=")
        number = part.removesuffix("%").strip()
        if equals and key == "clients":
            clients = loads.read_clients(text, value)
        elif part.endswith("%") and number.replace(".", "", 1).isdecimal():
            share = float(number) / 100
        else:
            raise InputError(
                f"load '{text}': '{part}' cannot be meant",
                hint="write planned, open:65%, planned:80%,clients=32",
            )
    if not 0.01 <= share <= 1.5:
        raise InputError(
            f"load '{text}': the share of the largest rate may be 1% to 150%",
            hint="write planned, open:65%",
        )
    return PlannedLoad(text, share, clients)


def _curve(text: str, rest: str) -> CurveLoad:
    first, *options = rest.split(",")
    if first in ("open", "closed"):
        closed = first == "closed"
    else:
        closed, options = False, [first, *options] if rest else []
    clients = OPEN_CLIENTS
    for option in options:
        key, _, value = option.strip().partition("=")
        if key != "clients" or closed:
            known = "" if closed else "; options: clients=32"
            raise InputError(
                f"load '{text}': a curve has no option '{option}'",
                hint=f"write curve, curve:open or curve:closed{known}",
            )
        clients = loads.read_clients(text, value)
    return CurveLoad(text, closed, clients)
