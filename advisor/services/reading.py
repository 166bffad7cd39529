"""Reads spread over replicas: how many there are, and what is left to each.

Where reads outgrow the writer or are to be offloaded (needs.read_scaling), every server of a plan
does all the writes and its share of the reads; one replica takes them all. More replicas may be
smaller ones: counts are tried upwards until the bill rises again.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field, structs

from advisor.case import Case
from advisor.demand import FamilyDemand
from advisor.estimates import mixed
from advisor.model import Excuse, Plan
from advisor.sizing.choice import order
from advisor.sizing.levels import Loads, loads_of
from advisor.sizing.load import LEVELS
from workloads.spec.model import WRITE_KINDS

COUNTS = (1, 2, 3, 5, 8, 15)


class Reading(Struct, frozen=True, kw_only=True):
    """A case on one family of servers, with its reads on so many replicas."""

    case: Case
    family: str
    _loads: dict[int, Loads] = field(default_factory=dict)

    def loads(self, replicas: int) -> Loads:
        """The loads of each server; those of the whole case with one replica or none."""
        if replicas <= 1:
            replicas = 1
        found = self._loads.get(replicas)
        if found is None:
            found = self._loads[replicas] = self._spread(replicas)
        return found

    def _spread(self, replicas: int) -> Loads:
        if replicas == 1:
            return loads_of(self.case, self.family)
        whole = self.case.demand.of(self.family)
        part = _shared(whole, replicas)
        families = {**self.case.demand.families, self.family: part}
        demand = structs.replace(self.case.demand, families=families)
        found = loads_of(structs.replace(self.case, demand=demand), self.family)
        # the same mean work of an operation, at the rate of this server
        rate = sum(o.share for o in part.operations) / sum(o.share for o in whole.operations)
        low, value, high = (
            structs.replace(found.at(level), peak_per_s=found.at(level).peak_per_s * rate)
            for level in LEVELS
        )
        return structs.replace(found, low=low, expected=value, high=high)


def _shared(whole: FamilyDemand, replicas: int) -> FamilyDemand:
    operations = tuple(
        o if o.kind in WRITE_KINDS else structs.replace(o, share=o.share / replicas)
        for o in whole.operations
    )
    return structs.replace(whole, operations=operations, mix=mixed(operations))


def counts(case: Case, most: float) -> tuple[int, ...]:
    """Numbers of replicas to try: none where nothing asks for them, else up to `most`."""
    if not case.workload.needs.read_scaling:
        return (0,)
    return tuple(count for count in COUNTS if count <= most)


def cheapest_count(numbers: tuple[int, ...], make: Callable[[int], Plan | Excuse]) -> Plan | Excuse:
    """The cheapest plan among these numbers of replicas; the last excuse where none holds.

    Numbers come in ascending order; the first that costs more than the one before ends the search.
    """
    best: Plan | None = None
    excuse: Excuse | None = None
    for number in numbers:
        found = make(number)
        if isinstance(found, Excuse):
            excuse = found
            continue
        if best is not None and order(found) >= order(best):
            break
        best = found
    if best is not None:
        return best
    assert excuse is not None
    return excuse
