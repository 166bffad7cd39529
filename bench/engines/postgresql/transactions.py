"""Transactions of several statements: the SQL of each part, and where its parameters come from.

Each statement is a round trip of its own between a BEGIN and a COMMIT, as pgbench and sysbench send
them; in one trip, everything is sent at once. A transaction of one statement is that statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.postgresql.encoding import Kind, binary_rows, stored_rows
from bench.engines.postgresql.schema import Layout
from bench.engines.postgresql.statements import (
    BEGIN,
    COMMIT,
    Answer,
    Call,
    Parameter,
    Script,
    Statement,
    alone,
    delete_row,
    insert_row,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from workloads.stream import Batch
    from workloads.transactions import Part, Transactions

_KEY = Parameter("int64", "key")


def transaction(layout: Layout, meant: Transactions, *, in_one_trip: bool) -> Script:
    """The statements of a transaction. InputError for a table or column that is not there."""
    made = [_of_part(layout, meant, part) for part in meant.parts]
    calls = [Call(statement, part) for (statement, _), part in zip(made, meant.parts, strict=True)]
    results = [result for _, result in made]
    if len(calls) == 1:
        return Script(trips=((calls[0],),), answers=alone(calls[0].statement, results[0]).answers)
    whole = (Call(BEGIN), *calls, Call(COMMIT))
    if in_one_trip:
        answers = tuple(Answer(0, n, result) for n, result in enumerate(results, 1))
        return Script(trips=(whole,), answers=answers)
    answers = tuple(Answer(n, 0, result) for n, result in enumerate(results, 1))
    return Script(trips=tuple((call,) for call in whole), answers=answers)


def _of_part(layout: Layout, meant: Transactions, part: Part) -> tuple[Statement, tuple[Kind, ...]]:
    """The statement of a part, and the kinds of the columns of its answer."""
    table, column, step = meant.table(part), meant.column(part), part.step
    name, key = layout.name(table), layout.key(table)
    if step.kind == "insert":
        return insert_row(layout, table), ()
    if step.kind == "delete":
        return delete_row(layout, table), ()
    chosen = table.columns if column is None else (column,)
    if step.kind == "update":
        target = chosen[0].name
        value = f"{layout.value(table, target)} + $2" if step.add else "$2"
        sql = f"UPDATE {name} SET {layout.change(table, (target,), (value,))} WHERE {key} = $1"
        return Statement(sql, (_KEY, Parameter(chosen[0].kind, "value"))), ()
    kinds = (column.kind,) if column else layout.row_kinds(table)
    columns = layout.value(table, column.name) if column else layout.row(table)
    if step.kind == "read":
        return Statement(f"SELECT {columns} FROM {name} WHERE {key} = $1", (_KEY,)), kinds
    within = f"FROM {name} WHERE {key} BETWEEN $1 AND $2"
    select = {
        "rows": f"SELECT {columns} {within} ORDER BY {key}",
        # the sum of a bigint column is a numeric
        "sum": f"SELECT sum({columns})::bigint {within}",
        "sorted": f"SELECT {columns} {within} ORDER BY {columns}",
        "distinct": f"SELECT DISTINCT {columns} {within} ORDER BY {columns}",
    }[part.form]
    return Statement(select, (_KEY, Parameter("int64", "last"))), kinds


@dataclass(frozen=True, slots=True)
class PartArguments:
    """Makes the parameters of a transaction's statements."""

    meant: Transactions

    def rows(self, call: Call, batch: Batch, which: slice | npt.NDArray[np.intp]) -> pa.Array:
        """Parameters of a statement for the operations `which` of a batch, in binary."""
        assert call.part is not None  # a statement with parameters belongs to a part
        parameters = call.statement.parameters
        if call.part.step.kind == "insert":
            rows = self.meant.new_rows(call.part, batch, which)
            table = self.meant.table(call.part)
            return stored_rows(rows.columns, table.columns, call.statement.stored)
        columns = [self._column(p, call.part, batch, which) for p in parameters]
        return binary_rows(columns, [parameter.kind for parameter in parameters])

    def _column(
        self, parameter: Parameter, part: Part, batch: Batch, which: slice | npt.NDArray[np.intp]
    ) -> pa.Array:
        import pyarrow as pa

        if parameter.source == "value":
            new = self.meant.new_values(part, batch, which)
            return pa.array(new, pa.string() if parameter.kind == "string" else pa.int64())
        keys = self.meant.keys(part, batch, which)
        return pa.array(keys + part.limit - 1 if parameter.source == "last" else keys)
