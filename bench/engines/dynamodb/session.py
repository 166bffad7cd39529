"""Sessions: one client with one connection that stays open, and what it has consumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bench.engines.dynamodb.link import Call, Link, caller
from bench.engines.seam import OperationFailed, Usage

if TYPE_CHECKING:
    from bench.engines.dynamodb.items import Form
    from bench.engines.dynamodb.tables import Layout
    from bench.engines.lmdb.capacity import Consistency
    from bench.engines.seam import Bound
    from workloads.datasets.seam import Dataset
    from workloads.spec.model import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which logical rows are in the tables, and how they are read; picklable."""

    layout: Layout
    records: int
    seed: int
    record_size_bytes: float | None
    consistency: Consistency

    @property
    def dataset(self) -> Dataset:
        return self.layout.dataset


@dataclass(slots=True)
class Meter:
    """Capacity units as the answers tell them, cumulative.

    `told` is False from the first answer that does not tell: then nobody knows the sum.
    """

    read_units: float = 0.0
    write_units: float = 0.0
    told: bool = True

    def read(self, answer: Mapping[str, Any]) -> None:
        """Count an answer to a request that reads."""
        self.read_units += self._units(answer)

    def write(self, answer: Mapping[str, Any]) -> float:
        """Count an answer to a request that writes; its units."""
        units = self._units(answer)
        self.write_units += units
        return units

    def _units(self, answer: Mapping[str, Any]) -> float:
        consumed = answer.get("ConsumedCapacity")
        if isinstance(consumed, Mapping):
            return float(consumed["CapacityUnits"])
        if not consumed:
            self.told = False
            return 0.0
        return sum(float(each["CapacityUnits"]) for each in consumed)


class Handle:
    """What a session's requests share."""

    def __init__(self, client: Any, plan: Plan) -> None:
        self._client = client
        self.plan = plan
        self.forms: dict[str, Form] = plan.layout.forms()
        self.main = next(iter(self.forms.values()))
        self.meter = Meter()
        self.highest_key = plan.records - 1  # that this session knows of

    @property
    def is_strong(self) -> bool:
        return self.plan.consistency == "strong"

    @property
    def child(self) -> Form | None:
        return self.forms.get(self.plan.dataset.roles.child_table or "")

    @cached_property
    def get(self) -> Call:
        return caller(self._client.get_item)

    @cached_property
    def put(self) -> Call:
        return caller(self._client.put_item)

    @cached_property
    def update(self) -> Call:
        return caller(self._client.update_item)

    @cached_property
    def delete(self) -> Call:
        return caller(self._client.delete_item)

    @cached_property
    def query(self) -> Call:
        return caller(self._client.query)

    @cached_property
    def scan(self) -> Call:
        return caller(self._client.scan)

    @cached_property
    def batch_get(self) -> Call:
        return caller(self._client.batch_get_item)

    @cached_property
    def transact_get(self) -> Call:
        return caller(self._client.transact_get_items)

    @cached_property
    def transact_write(self) -> Call:
        return caller(self._client.transact_write_items)


@dataclass(frozen=True, slots=True)
class DynamodbDialer:
    """Opens sessions on loaded tables. It carries no credentials."""

    link: Link
    plan: Plan

    def dial(self) -> DynamodbSession:
        return DynamodbSession(self.link.client(), self.plan)


class DynamodbSession:
    """One client."""

    def __init__(self, client: Any, plan: Plan) -> None:
        self._client = client
        self._handle = Handle(client, plan)

    def bind(self, operation: Operation) -> Bound:
        from bench.engines.dynamodb import reads, writes
        from bench.engines.dynamodb.transactions import Transaction

        match operation.kind:
            case "read":
                return reads.Read(self._handle)
            case "range":
                return reads.Range(self._handle)
            case "scan":
                return reads.Scan(self._handle)
            case "join":
                return reads.Join(self._handle)
            case "insert":
                return writes.Insert(self._handle)
            case "update":
                return writes.Update(self._handle, operation)
            case "read-modify-write":
                return writes.ReadModifyWrite(self._handle, operation)
            case "delete":
                return writes.Delete(self._handle)
            case "transaction":
                return Transaction(self._handle, operation)
        raise OperationFailed("unsupported", f"operation kind '{operation.kind}'")

    def usage(self) -> Usage:
        meter = self._handle.meter
        if not meter.told:
            return Usage()
        return Usage(read_units=meter.read_units, write_units=meter.write_units)

    def server_pids(self) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        self._client.close()
