"""Transactions as lists of plain requests, for engines that do one request after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.engines.selection import index
from workloads.datasets import canonical

if TYPE_CHECKING:
    from bench.engines.seam import Row, Value
    from workloads.stream import Batch
    from workloads.transactions import Part, Transactions


@dataclass(frozen=True, slots=True)
class Request:
    """One request of one transaction.

    table   the name of the table
    column  position of the one column it changes or returns; None: the whole row
    value   what an update sets or adds
    row     what an insert makes
    """

    part: Part
    table: str
    key: int
    column: int | None = None
    value: Value = None
    row: Row = ()


def requests(meant: Transactions, batch: Batch, rows: Sequence[int]) -> list[tuple[Request, ...]]:
    """The requests of each transaction at `rows` of a batch, in order."""
    columns = [_of_part(meant, part, batch, rows) for part in meant.parts]
    return list(zip(*columns, strict=True))


def _of_part(meant: Transactions, part: Part, batch: Batch, rows: Sequence[int]) -> list[Request]:
    which = index(rows)
    table, column = meant.table(part), meant.column(part)
    place = None if column is None else table.columns.index(column)
    keys = meant.keys(part, batch, which).tolist()
    if part.step.kind == "insert":
        made = canonical(meant.new_rows(part, batch, which))
        return [
            Request(part, table.name, key, row=row) for key, row in zip(keys, made, strict=True)
        ]
    if part.step.kind == "update":
        new = meant.new_values(part, batch, which)
        return [
            Request(part, table.name, key, place, value)
            for key, value in zip(keys, new, strict=True)
        ]
    return [Request(part, table.name, key, place) for key in keys]


def formed(rows: Sequence[Row], form: str) -> list[Row]:
    """A range of a transaction in one of its forms, from its rows (of one column unless `rows`)."""
    if form == "rows":
        return list(rows)
    values: list[Any] = [row[0] for row in rows]
    known = [value for value in values if value is not None]
    if form == "sum":
        return [(sum(known) if known else None,)]
    nulls = [None] * (len(values) - len(known))
    if form == "distinct":
        known, nulls = list(set(known)), nulls[:1]
    return [(value,) for value in [*sorted(known), *nulls]]
