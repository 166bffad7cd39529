"""Demand: what one operation costs, per evidence family and operation kind.

CPU is in *reference core seconds*: seconds on one core of the reference family (m5, score 1.0,
nothing else running on the core). A class with single-core score s needs 1/s of it.

`demand` wants a workload whose records, record size and operations are known: the `filled` one
of a case (advisor/case.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from advisor.evidence import Ledger
from advisor.measured import Measured, Refusal, measure
from advisor.model import Evidence, Quantity
from results.record import Record
from workloads.spec.model import Workload

Basis = Literal["measured", "reference", "proxy", "assumed"]
WEAKEST_LAST: tuple[Basis, ...] = ("measured", "reference", "proxy", "assumed")


class OperationDemand(Struct, frozen=True, kw_only=True):
    """What one operation of a kind costs one family of servers.

    `rows` are records touched; `pages` are pages of the family's page size looked at, in memory
    or not. `service_time_s` is the mean and `service_p99_s` the 99th percentile at low load, with
    data in memory and without the wait for a flush, on the reference core.
    """

    kind: str
    share: float
    basis: Basis
    rows: float
    cpu_s: Quantity
    pages: Quantity
    write_bytes: Quantity
    write_ios: Quantity
    log_bytes: Quantity
    commits: Quantity
    service_time_s: Quantity
    service_p99_s: Quantity


class FamilyDemand(Struct, frozen=True, kw_only=True):
    """One family of servers (postgresql, mysql, …): the operation kinds and their mean.

    `mix` is the mean operation of the workload's mix. `stored_bytes_per_record` is at rest,
    indexes and overhead included. `basis` is the weakest among the kinds. `measured_on` is the
    number of processors of the machine that most was measured on; None where nothing was.
    """

    family: str
    basis: Basis
    operations: tuple[OperationDemand, ...]
    mix: OperationDemand
    stored_bytes_per_record: Quantity
    measured_on: int | None = None

    def of(self, kind: str) -> OperationDemand | None:
        """The demand of one operation kind, or None when the workload has none of it."""
        return next((o for o in self.operations if o.kind == kind), None)


class ItemOperation(Struct, frozen=True, kw_only=True):
    """What one operation of a kind consumes of an item store, in DynamoDB's units.

    `read_units` for strongly consistent reads (eventually consistent: half); `write_units`
    outside transactions (inside: double; `in_transaction` says whether it is one).
    """

    kind: str
    share: float
    basis: Basis
    rows: float
    read_units: Quantity
    write_units: Quantity
    in_transaction: bool


class ItemDemand(Struct, frozen=True, kw_only=True):
    """Demand on an item store. `item_bytes` is what units count: names and values."""

    basis: Basis
    item_bytes: Quantity
    operations: tuple[ItemOperation, ...]


class Demand(Struct, frozen=True, kw_only=True):
    """Demand of one workload: on each family of servers, and on an item store."""

    families: dict[str, FamilyDemand]
    items: ItemDemand
    records: tuple[str, ...]
    refused: tuple[Refusal, ...]
    evidence: tuple[Evidence, ...]
    layers: tuple[Measured, ...] = ()  # what was looked at: the user's records, the shipped ones

    def of(self, family: str) -> FamilyDemand:
        """The demand in a family; KeyError for a family that is not known."""
        return self.families[family]

    def serving(self, engine: str) -> FamilyDemand:
        """The demand that sizes an engine: of its family, else of the first, taken in its place."""
        found = next((f for name, f in self.families.items() if engine.endswith(name)), None)
        return found or next(iter(self.families.values()))


@lru_cache(maxsize=1)
def reference() -> Measured:
    """The records shipped with storefit, taken apart."""
    from results.reader import reference as shipped

    return measure(shipped(), reference=True)


def demand(workload: Workload, records: Sequence[Record] | Measured) -> Demand:
    """Demand from records (or what `measure` made of them), then shipped records, then assumption.

    Raises ValueError when the workload lacks records, record size or operations.
    """
    from advisor.estimates import servers
    from advisor.items import item_demand

    measured = records if isinstance(records, Measured) else measure(records)
    layers = (measured,) if measured.reference else (measured, reference())
    ledger = Ledger()
    families = servers(workload, layers, ledger)
    items = item_demand(workload, layers, ledger)
    return Demand(
        families=families,
        items=items,
        records=measured.records,
        refused=measured.refused,
        evidence=ledger.all(),
        layers=layers,
    )


def weakest(found: Sequence[Basis]) -> Basis:
    """The weakest basis among several."""
    return max(found, key=WEAKEST_LAST.index, default="assumed")
