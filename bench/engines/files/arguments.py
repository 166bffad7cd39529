"""What an operation on files needs of a batch, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bench.engines.seam import OperationFailed
from bench.engines.selection import index

if TYPE_CHECKING:
    from workloads.datasets.seam import Dataset, Table
    from workloads.stream import Batch

Arguments = Callable[["Batch", Sequence[int]], list[Any]]


def keys(batch: Batch, rows: Sequence[int]) -> list[int]:
    """The key of each operation."""
    found: list[int] = batch.key[index(rows)].tolist()
    return found


def limits(batch: Batch, rows: Sequence[int]) -> list[int]:
    """How many rows each operation returns at most."""
    found: list[int] = batch.limit[index(rows)].tolist()
    return found


def keys_and_limits(batch: Batch, rows: Sequence[int]) -> list[tuple[int, int]]:
    """Both."""
    return list(zip(keys(batch, rows), limits(batch, rows), strict=True))


def nothing(batch: Batch, rows: Sequence[int]) -> list[None]:  # noqa: ARG001 - one of the shapes
    """For questions about everything."""
    return [None] * len(rows)


def choices(dataset: Dataset) -> Arguments:
    """The value that each scan filters by."""
    values = dataset.roles.filter_values

    def of(batch: Batch, rows: Sequence[int]) -> list[str | int]:
        return [values[token % len(values)] for token in batch.token[index(rows)].tolist()]

    return of


def taken(kind: str, dataset: Dataset) -> Arguments:
    """What an operation of this kind takes; OperationFailed for one that files do not serve."""
    if kind == "scan":
        return choices(dataset)
    try:
        return _TAKEN[kind]
    except KeyError:
        raise OperationFailed("unsupported", f"operation kind '{kind}'") from None


def child(dataset: Dataset) -> tuple[Table, str]:
    """The table that is joined to the main one, and its column that holds the main key."""
    roles = dataset.roles
    for table in dataset.tables:
        if table.name == roles.child_table and roles.child_reference is not None:
            return table, roles.child_reference
    raise OperationFailed("no-second-table", f"dataset '{dataset.name}' has no table to join")


_TAKEN: dict[str, Arguments] = {
    "read": keys,
    "join": keys,
    "range": keys_and_limits,
    "top-k": limits,
    "aggregate": nothing,
    "window": nothing,
}
