"""What the API answers, with the capacity that was consumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.engines.lmdb.itemsize import Item


@dataclass(slots=True)  # not frozen: one is made for every request
class Consumed:
    """ConsumedCapacity with ReturnConsumedCapacity INDEXES: capacity units of one request.

    Units are read units of a read and write units of a write. An index that consumed nothing is
    not named.
    """

    table: str
    table_units: float = 0.0
    local_units: dict[str, float] | None = None
    global_units: dict[str, float] | None = None

    @property
    def units(self) -> float:
        """Units of the table and all its indexes."""
        return (
            self.table_units
            + sum((self.local_units or {}).values())
            + sum((self.global_units or {}).values())
        )

    def add(self, other: Consumed, factor: float = 1) -> None:
        """Count another request's units too, times `factor`."""
        self.table_units += other.table_units * factor
        for name, units in (other.local_units or {}).items():
            self.index(name, units * factor, local=True)
        for name, units in (other.global_units or {}).items():
            self.index(name, units * factor, local=False)

    def index(self, name: str, units: float, *, local: bool) -> None:
        """Count units of an index."""
        if local:
            self.local_units = self.local_units or {}
            self.local_units[name] = self.local_units.get(name, 0.0) + units
        else:
            self.global_units = self.global_units or {}
            self.global_units[name] = self.global_units.get(name, 0.0) + units


@dataclass(slots=True)
class Got:
    """Answer of GetItem; `item` None when there is none."""

    item: Item | None
    consumed: Consumed


@dataclass(frozen=True, slots=True)
class Written:
    """Answer of PutItem, UpdateItem and DeleteItem; `attributes` as `return_values` asked."""

    attributes: Item | None
    consumed: Consumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Answer of Query and Scan. `last_key` (LastEvaluatedKey) is None on the last page."""

    items: tuple[Item, ...]
    count: int
    scanned_count: int
    last_key: Item | None
    consumed: Consumed


@dataclass(frozen=True, slots=True)
class Several:
    """Answer of the batches and transactions: consumed capacity by table.

    `items`: of BatchGetItem and TransactGetItems one entry for each request, in their order, None
    for what is not there. `unprocessed`: places of the requests that must be sent again.
    """

    consumed: Mapping[str, Consumed]
    items: tuple[Item | None, ...] = ()
    unprocessed: tuple[int, ...] = field(default=())
