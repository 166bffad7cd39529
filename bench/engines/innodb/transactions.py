"""Transactions of several statements: the SQL of each part, and where its parameters come from.

Each statement is a round trip of its own between START TRANSACTION and COMMIT, as sysbench sends
them. A transaction of one statement is that statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.innodb.documents import stored_columns
from bench.engines.innodb.schema import Layout
from bench.engines.innodb.statements import (
    BEGIN,
    COMMIT,
    KEY,
    ONE,
    Answer,
    Call,
    Parameter,
    Script,
    Statement,
    delete_row,
    insert_row,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from bench.engines.innodb.text import Kind
    from workloads.stream import Batch
    from workloads.transactions import Part, Transactions


def transaction(layout: Layout, meant: Transactions) -> Script:
    """The statements of a transaction. InputError for a table or column that is not there."""
    made = [_of_part(layout, meant, part) for part in meant.parts]
    calls = [Call(statement, part) for (statement, _), part in zip(made, meant.parts, strict=True)]
    first = 0 if len(calls) == 1 else 1
    answers = tuple(Answer(n, result) for n, (_, result) in enumerate(made, first))
    trips = tuple(calls) if len(calls) == 1 else (Call(BEGIN), *calls, Call(COMMIT))
    return Script(trips=trips, answers=answers)


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
        before, behind = layout.change(table, (target,))
        head = f"UPDATE {name} SET {before}"
        if step.add:
            head += f"{layout.value(table, target)} + "
        value = Parameter(chosen[0].kind, "value")
        return Statement((head, f"{behind} WHERE {key} = ", ""), (value, KEY)), ()
    kinds = (column.kind,) if column else layout.row_kinds(table)
    columns = layout.value(table, column.name) if column else layout.row(table)
    if step.kind == "read":
        return Statement((f"SELECT {columns} FROM {name} WHERE {key} = ", ""), (KEY,)), kinds
    # nulls come first by themselves; where there may be any, the order asks for them last
    by_value = f"{ONE} IS NULL, {ONE}" if chosen[0].nullable else ONE
    select, order = {
        "rows": (columns, f" ORDER BY {key}"),
        "sum": (f"CAST(sum({columns}) AS SIGNED)", ""),
        "sorted": (f"{columns} AS {ONE}", f" ORDER BY {by_value}"),
        "distinct": (f"DISTINCT {columns} AS {ONE}", f" ORDER BY {by_value}"),
    }[part.form]
    pieces = (f"SELECT {select} FROM {name} WHERE {key} BETWEEN ", " AND ", order)
    return Statement(pieces, (KEY, Parameter("int64", "last"))), kinds


@dataclass(frozen=True, slots=True)
class PartArguments:
    """Makes the parameters of a transaction's statements."""

    meant: Transactions

    def columns(self, call: Call, batch: Batch, which: npt.NDArray[np.intp]) -> list[pa.Array]:
        """A column for each parameter, a row for each of the operations `which` of a batch."""
        if call.part is None:
            return []  # it begins or ends the transaction
        if call.part.step.kind == "insert":
            rows = self.meant.new_rows(call.part, batch, which)
            table = self.meant.table(call.part)
            stored = [parameter.kind for parameter in call.statement.parameters]
            return stored_columns(rows.columns, table.columns, stored)
        parameters = call.statement.parameters
        return [self._column(each, call.part, batch, which) for each in parameters]

    def _column(
        self, parameter: Parameter, part: Part, batch: Batch, which: npt.NDArray[np.intp]
    ) -> pa.Array:
        import pyarrow as pa

        if parameter.source == "value":
            new = self.meant.new_values(part, batch, which)
            return pa.array(new, pa.string() if parameter.kind == "string" else pa.int64())
        keys = self.meant.keys(part, batch, which)
        return pa.array(keys + part.limit - 1 if parameter.source == "last" else keys)
