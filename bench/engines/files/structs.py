"""Nested values in Arrow: columns whose names are paths as structs, and structs as such columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from workloads.nesting import branch

if TYPE_CHECKING:
    from workloads.datasets.seam import Table
    from workloads.nesting import Branch


def schema(table: Table, flat: pa.Schema) -> pa.Schema:
    """The columns of a table with its nested values in structs. No struct is null."""
    if not table.nested:
        return flat
    return pa.schema(_fields(branch(column.path for column in table.columns), flat))


def _fields(fields: Branch, flat: pa.Schema) -> list[pa.Field]:
    made = []
    for name, below in fields:
        if isinstance(below, int):
            made.append(flat.field(below).with_name(name))
        else:
            made.append(pa.field(name, pa.struct(_fields(below, flat)), nullable=False))
    return made


def nested(batch: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    """A flat batch in the columns of `schema`; nothing is copied."""
    fields = branch(column.path for column in table.columns)
    columns = pa.schema(_fields(fields, batch.schema))
    return pa.RecordBatch.from_arrays(_arrays(fields, batch), schema=columns)


def _arrays(fields: Branch, batch: pa.RecordBatch) -> list[pa.Array]:
    made = []
    for _, below in fields:
        if isinstance(below, int):
            made.append(batch.column(below))
        else:
            inner = _fields(below, batch.schema)
            made.append(pa.StructArray.from_arrays(_arrays(below, batch), fields=inner))
    return made


def flat(table: pa.Table, declared: Table) -> pa.Table:
    """A table with every value in a column named by its path, in the order of the dataset."""
    if not declared.nested:
        return table
    for _ in range(max(len(column.path) for column in declared.columns) - 1):
        table = table.flatten()
    return table.select([column.name for column in declared.columns])
