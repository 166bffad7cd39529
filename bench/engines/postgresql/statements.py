"""What each kind of operation is in SQL, and where its parameters come from.

An operation is one or more round trips; each is one or more prepared statements that are sent
together. A read-modify-write needs two: a client has to have the row before it can change it. A
transaction (see `transactions`) needs one for each statement, for a client that looks at answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bench.engines.postgresql.encoding import OIDS, Kind
from bench.engines.postgresql.schema import Layout, quoted
from workloads.errors import InputError
from workloads.spec.model import Operation

if TYPE_CHECKING:
    from workloads.datasets.seam import Table
    from workloads.transactions import Part

# Where a parameter's values come from; a column's name for what an update writes to it.
Source = Literal["key", "keys", "last", "limit", "filter", "row", "value"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its kind (a key of SQL_TYPES) and source.

    `column`, `position`: for `value`, the column it is written to and its place among them.
    """

    kind: str
    source: Source
    column: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement. `sql` has `$1`… in the order of `parameters`."""

    sql: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def oids(self) -> list[int]:
        return [OIDS[parameter.kind] for parameter in self.parameters]

    @property
    def stored(self) -> tuple[tuple[str, str], ...]:
        """Of an insert: name and kind of the columns the row has in its table."""
        return tuple((parameter.column, parameter.kind) for parameter in self.parameters)


BEGIN, COMMIT, ROLLBACK = Statement("BEGIN"), Statement("COMMIT"), Statement("ROLLBACK")


@dataclass(frozen=True, slots=True)
class Call:
    """One execution of a statement; `part`: of a transaction, whose parameters it takes."""

    statement: Statement
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement that gives (a part of) the answer, by its round trip and its place there.

    `result`: kinds of the columns of its rows, empty when the answer is the number of records
    changed.
    """

    trip: int
    place: int
    result: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """An operation's statements by round trip, and those whose answers make its answer."""

    trips: tuple[tuple[Call, ...], ...]
    answers: tuple[Answer, ...]


def alone(statement: Statement, result: tuple[Kind, ...] = ()) -> Script:
    """One statement, which gives the answer."""
    return Script(trips=((Call(statement),),), answers=(Answer(0, 0, result),))


def script(layout: Layout, operation: Operation) -> Script:
    """The statements of an operation on a dataset; InputError when the dataset has none."""
    return _SCRIPTS[operation.kind](layout, operation)


def _read(layout: Layout, _: Operation) -> Script:
    return alone(_select_row(layout), _kinds(layout))


def _insert(layout: Layout, _: Operation) -> Script:
    return alone(insert_row(layout, layout.main))


def _update(layout: Layout, operation: Operation) -> Script:
    several = (operation.atomic_with or 1) > 1
    return alone(_update_rows(layout, operation, several=several))


def _read_modify_write(layout: Layout, operation: Operation) -> Script:
    several = (operation.atomic_with or 1) > 1
    row = _select_row(layout)
    locked = Statement(f"{row.sql} FOR UPDATE", row.parameters)
    change = _update_rows(layout, operation, several=several)
    return Script(
        trips=((Call(BEGIN), Call(locked)), (Call(change), Call(COMMIT))),
        answers=(Answer(0, 1, _kinds(layout)),),
    )


def _delete(layout: Layout, _: Operation) -> Script:
    return alone(delete_row(layout, layout.main))


def _range(layout: Layout, operation: Operation) -> Script:
    """With a limit that varies, the statement also states the highest one: the planner, which
    plans once for all limits, would otherwise expect a tenth of the table."""
    key = layout.key(layout.main)
    sql = f"SELECT {_columns(layout)} FROM {layout.name(layout.main)} WHERE {key} >= $1 ORDER BY {key}"
    parameters: tuple[Parameter, ...] = (Parameter("int64", "key"),)
    if operation.limit is None:
        sql += " LIMIT $2"
        parameters += (Parameter("int64", "limit"),)
    elif operation.uniform_limit:
        sql = f"SELECT * FROM ({sql} LIMIT {operation.limit:d}) AS highest LIMIT $2"
        parameters += (Parameter("int64", "limit"),)
    else:
        sql += f" LIMIT {operation.limit:d}"
    return alone(Statement(sql, parameters), _kinds(layout))


def _scan(layout: Layout, _: Operation) -> Script:
    roles = layout.dataset.roles
    kind = layout.kind(roles.filter_column)
    total, total_kind = _sum(layout)
    sql = (
        f"SELECT count(*), {total} FROM {layout.name(layout.main)}"
        f" WHERE {_value(layout, roles.filter_column)} = $1"
    )
    parameters = (Parameter(kind, "filter"),)
    return alone(Statement(sql, parameters), ("int64", total_kind))


def _aggregate(layout: Layout, _: Operation) -> Script:
    group = layout.dataset.roles.group_column
    total, total_kind = _sum(layout)
    each = _value(layout, group)
    sql = (
        f"SELECT {each}, count(*), {total} FROM {layout.name(layout.main)}"
        f" GROUP BY {each} ORDER BY {each} NULLS LAST"
    )
    return alone(Statement(sql), (layout.kind(group), "int64", total_kind))


def _top_k(layout: Layout, operation: Operation) -> Script:
    measure, key = _value(layout, layout.dataset.roles.measure), layout.key(layout.main)
    sql = (
        f"SELECT {_columns(layout)} FROM {layout.name(layout.main)} WHERE {measure} IS NOT NULL"
        f" ORDER BY {measure} DESC, {key} LIMIT "
    )
    if operation.limit is None:
        return alone(Statement(sql + "$1", (Parameter("int64", "limit"),)), _kinds(layout))
    return alone(Statement(f"{sql}{operation.limit:d}"), _kinds(layout))


def _window(layout: Layout, _: Operation) -> Script:
    """Both windows of every row, and of these the highest of each group."""
    roles = layout.dataset.roles
    columns = (roles.group_column, roles.measure, layout.main.key)
    group, measure, key = (_value(layout, column) for column in columns)
    each = (
        f"SELECT {group} AS one, sum({measure}) OVER"
        f" (PARTITION BY {group} ORDER BY {key} ROWS UNBOUNDED PRECEDING) AS running,"
        f" rank() OVER (PARTITION BY {group} ORDER BY {measure} DESC) AS place"
        f" FROM {layout.name(layout.main)} WHERE {measure} IS NOT NULL"
    )
    sql = (
        f"SELECT one, max(running)::bigint, max(place) FROM ({each}) AS windows"
        " GROUP BY one ORDER BY one NULLS LAST"
    )
    return alone(Statement(sql), (layout.kind(roles.group_column), "int64", "int64"))


def _join(layout: Layout, _: Operation) -> Script:
    child, reference = layout.child, layout.dataset.roles.child_reference
    if child is None or reference is None:
        raise InputError(
            f"dataset '{layout.dataset.name}' has one table, so there is nothing to join",
            hint="leave the operation `join` out, or choose a dataset with two tables",
        )
    refers = layout.value(child, reference, "c")
    sql = (
        f"SELECT {layout.row(child, 'c')}, {layout.row(layout.main, 'm')}"
        f" FROM {layout.name(child)} AS c"
        f" JOIN {layout.name(layout.main)} AS m ON {layout.key(layout.main, 'm')} = {refers}"
        f" WHERE {refers} = $1 ORDER BY {layout.key(child, 'c')}"
    )
    kinds = (*layout.row_kinds(child), *layout.row_kinds(layout.main))
    return alone(Statement(sql, (Parameter("int64", "key"),)), kinds)


_SCRIPTS = {
    "read": _read,
    "insert": _insert,
    "update": _update,
    "read-modify-write": _read_modify_write,
    "delete": _delete,
    "range": _range,
    "scan": _scan,
    "join": _join,
    "aggregate": _aggregate,
    "top-k": _top_k,
    "window": _window,
}


def _columns(layout: Layout) -> str:
    return layout.row(layout.main)


def _kinds(layout: Layout) -> tuple[Kind, ...]:
    return layout.row_kinds(layout.main)


def _value(layout: Layout, column: str) -> str:
    """The value of a column of the main table."""
    return layout.value(layout.main, column)


def _select_row(layout: Layout) -> Statement:
    sql = (
        f"SELECT {_columns(layout)} FROM {layout.name(layout.main)}"
        f" WHERE {layout.key(layout.main)} = $1"
    )
    return Statement(sql, (Parameter("int64", "key"),))


def insert_row(layout: Layout, table: Table) -> Statement:
    """One row of a table with all its columns."""
    stored = layout.stored(table)
    places = ", ".join(f"${i + 1}" for i in range(len(stored)))
    names = ", ".join(quoted(name) for name, _ in stored)
    sql = f"INSERT INTO {layout.name(table)} ({names}) VALUES ({places})"
    return Statement(sql, tuple(Parameter(kind, "row", name) for name, kind in stored))


def delete_row(layout: Layout, table: Table) -> Statement:
    """The row of a table with a key."""
    sql = f"DELETE FROM {layout.name(table)} WHERE {layout.key(table)} = $1"
    return Statement(sql, (Parameter("int64", "key"),))


def _update_rows(layout: Layout, operation: Operation, *, several: bool) -> Statement:
    """One statement, so one transaction, however many records it changes."""
    roles = layout.dataset.roles
    columns = roles.update_columns if operation.all_fields else (roles.update_column,)
    values = tuple(
        Parameter(layout.kind(column), "value", column, position)
        for position, column in enumerate(columns)
    )
    changes = layout.change(layout.main, columns, [f"${i + 2}" for i in range(len(columns))])
    which = "= ANY ($1)" if several else "= $1"
    sql = f"UPDATE {layout.name(layout.main)} SET {changes} WHERE {layout.key(layout.main)} {which}"
    first = Parameter("int64[]", "keys") if several else Parameter("int64", "key")
    return Statement(sql, (first, *values))


def _sum(layout: Layout) -> tuple[str, str]:
    """The sum of the measure in SQL, and its kind. The sum of a bigint column is a numeric."""
    measure = layout.dataset.roles.measure
    kind = layout.kind(measure)
    return f"sum({_value(layout, measure)})" + ("::bigint" if kind == "int64" else ""), kind
