"""Sessions: one client's handles on the store, in whatever process dialled it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.lmdb import environment
from bench.engines.lmdb.handle import Handle, Plan
from bench.engines.lmdb.reads import Join, Range, Read, Scan
from bench.engines.lmdb.schema import design
from bench.engines.lmdb.slowness import NO_SLOWNESS, Slow, Slowness
from bench.engines.lmdb.table import Table
from bench.engines.lmdb.transactions import Transaction
from bench.engines.lmdb.writes import Delete, Insert, ReadModifyWrite, Update
from bench.engines.seam import OperationFailed, Usage

if TYPE_CHECKING:
    from bench.engines.lmdb.environment import Store
    from bench.engines.seam import Bound
    from workloads.spec.model import Operation


@dataclass(frozen=True, slots=True)
class LmdbDialer:
    """Opens sessions on a loaded store."""

    store: Store
    plan: Plan
    slowness: Slowness = NO_SLOWNESS

    def dial(self) -> LmdbSession:
        return LmdbSession(self.store, self.plan, self.slowness)


class LmdbSession:
    """One client. Sessions of one process share the environment, not transactions."""

    def __init__(self, store: Store, plan: Plan, slowness: Slowness) -> None:
        self._store: Store | None = store
        self._slow = Slow(slowness)
        opened = environment.acquire(store)
        tables = {
            name: Table(opened, schema, create=False)
            for name, schema in design(plan.dataset).items()
        }
        self._handle = Handle(
            environment=self._slow.environment(opened),
            plan=plan,
            main=next(iter(tables.values())),
            child=tables.get(plan.dataset.roles.child_table or ""),
            tables=tables,
        )

    def bind(self, operation: Operation) -> Bound:
        return self._slow.bound(self._near(operation), operation.kind)

    def _near(self, operation: Operation) -> Bound:
        match operation.kind:
            case "read":
                return Read(self._handle)
            case "range":
                return Range(self._handle)
            case "scan":
                return Scan(self._handle)
            case "join":
                return Join(self._handle)
            case "insert":
                return Insert(self._handle)
            case "update":
                return Update(self._handle, operation)
            case "read-modify-write":
                return ReadModifyWrite(self._handle, operation)
            case "delete":
                return Delete(self._handle)
            case "transaction":
                return Transaction(self._handle, operation)
        raise OperationFailed("unsupported", f"operation kind '{operation.kind}'")

    def usage(self) -> Usage:
        meter = self._handle.meter
        read_units = meter.read_units + sum(tap() for tap in self._handle.taps)
        return Usage(read_units=read_units, write_units=float(meter.write_units))

    def server_pids(self) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        """Give the environment back; a second call does nothing."""
        if self._store is not None:
            store, self._store = self._store, None
            self._slow.close()
            del self._handle
            environment.release(store)
