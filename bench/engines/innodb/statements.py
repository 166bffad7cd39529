"""What each kind of operation is in SQL, and where its parameters come from.

An operation is one or more round trips of one statement each: the protocol has no pipelining.
A statement that changes several records is a transaction of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bench.engines.innodb.schema import Layout, quoted
from workloads.errors import InputError
from workloads.spec.model import Operation

if TYPE_CHECKING:
    from bench.engines.innodb.text import Kind
    from workloads.datasets.seam import Table
    from workloads.transactions import Part

# Where a parameter's values come from; `keys` is one column of an operation's sorted keys.
Source = Literal["key", "keys", "last", "limit", "filter", "row", "value"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its kind (as columns have it) and source.

    `column`, `position`: for `value`, the column it is written to and its place among them;
    for `keys`, the position among the keys.
    """

    kind: str
    source: Source
    column: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement. `pieces` are the texts between its parameters, so one more than these.

    `control`: begins or ends a transaction, and is not prepared.
    """

    pieces: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    control: bool = False

    @property
    def sql(self) -> str:
        return "?".join(self.pieces)


BEGIN = Statement(("START TRANSACTION",), control=True)
COMMIT = Statement(("COMMIT",), control=True)
ROLLBACK = Statement(("ROLLBACK",), control=True)


KEY = Parameter("int64", "key")
# The name of a value that is asked for and sorted or grouped by; no column has it.
ONE = quoted("the one")


@dataclass(frozen=True, slots=True)
class Call:
    """One execution of a statement; `part`: of a transaction, whose parameters it takes."""

    statement: Statement
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement, by its position, that gives (a part of) the answer.

    `result`: kinds of the columns of its rows, empty when the answer is the number of records
    changed.
    """

    trip: int
    result: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """An operation's statements, a round trip each, and those whose answers make its answer."""

    trips: tuple[Call, ...]
    answers: tuple[Answer, ...]


def alone(statement: Statement, result: tuple[Kind, ...] = ()) -> Script:
    """One statement, which gives the answer."""
    return Script(trips=(Call(statement),), answers=(Answer(0, result),))


def script(layout: Layout, operation: Operation, *, records: int) -> Script:
    """The statements of an operation on a dataset; InputError when the dataset has none.

    `records`: rows that were loaded, the bound of keys that one operation changes together.
    """
    together = min(operation.atomic_with or 1, max(records, 1))
    return _SCRIPTS[operation.kind](layout, operation, together)


def _read(layout: Layout, _: Operation, __: int) -> Script:
    return alone(_select_row(layout), _kinds(layout))


def _insert(layout: Layout, _: Operation, __: int) -> Script:
    return alone(insert_row(layout, layout.main))


def _update(layout: Layout, operation: Operation, together: int) -> Script:
    return alone(_update_rows(layout, operation, together))


def _read_modify_write(layout: Layout, operation: Operation, together: int) -> Script:
    row = _select_row(layout)
    locked = Statement((*row.pieces[:-1], row.pieces[-1] + " FOR UPDATE"), row.parameters)
    change = _update_rows(layout, operation, together)
    trips = tuple(Call(statement) for statement in (BEGIN, locked, change, COMMIT))
    return Script(trips=trips, answers=(Answer(1, _kinds(layout)),))


def _delete(layout: Layout, _: Operation, __: int) -> Script:
    return alone(delete_row(layout, layout.main))


def _range(layout: Layout, operation: Operation, _: int) -> Script:
    key = layout.key(layout.main)
    head = f"SELECT {_columns(layout)} FROM {layout.name(layout.main)} WHERE {key} >= "
    order = f" ORDER BY {key} LIMIT "
    if operation.limit is None or operation.uniform_limit:
        statement = Statement((head, order, ""), (KEY, Parameter("int64", "limit")))
    else:
        statement = Statement((head, f"{order}{operation.limit:d}"), (KEY,))
    return alone(statement, _kinds(layout))


def _scan(layout: Layout, _: Operation, __: int) -> Script:
    roles = layout.dataset.roles
    total, total_kind = _sum(layout)
    head = (
        f"SELECT count(*), {total} FROM {layout.name(layout.main)}"
        f" WHERE {_value(layout, roles.filter_column)} = "
    )
    wanted = Parameter(layout.kind(roles.filter_column), "filter")
    return alone(Statement((head, ""), (wanted,)), ("int64", total_kind))


def _aggregate(layout: Layout, _: Operation, __: int) -> Script:
    """Nulls come first by themselves, so the order asks for them last."""
    column = layout.dataset.roles.group_column
    group = _value(layout, column)
    total, total_kind = _sum(layout)
    sql = (
        f"SELECT {group} AS {ONE}, count(*), {total} FROM {layout.name(layout.main)}"
        f" GROUP BY {ONE} ORDER BY {ONE} IS NULL, {ONE}"
    )
    return alone(Statement((sql,)), (layout.kind(column), "int64", total_kind))


def _top_k(layout: Layout, operation: Operation, _: int) -> Script:
    measure, key = _value(layout, layout.dataset.roles.measure), layout.key(layout.main)
    sql = (
        f"SELECT {_columns(layout)} FROM {layout.name(layout.main)} WHERE {measure} IS NOT NULL"
        f" ORDER BY {measure} DESC, {key} LIMIT "
    )
    if operation.limit is None:
        return alone(Statement((sql, ""), (Parameter("int64", "limit"),)), _kinds(layout))
    return alone(Statement((f"{sql}{operation.limit:d}",)), _kinds(layout))


def _window(layout: Layout, _: Operation, __: int) -> Script:
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
        "SELECT one, CAST(max(running) AS SIGNED), CAST(max(place) AS SIGNED)"
        f" FROM ({each}) AS windows GROUP BY one ORDER BY one IS NULL, one"
    )
    return alone(Statement((sql,)), (layout.kind(roles.group_column), "int64", "int64"))


def _join(layout: Layout, _: Operation, __: int) -> Script:
    child, reference = layout.child, layout.dataset.roles.child_reference
    if child is None or reference is None:
        raise InputError(
            f"dataset '{layout.dataset.name}' has one table, so there is nothing to join",
            hint="leave the operation `join` out, or choose a dataset with two tables",
        )
    refers = layout.value(child, reference, "c")
    head = (
        f"SELECT {layout.row(child, 'c')}, {layout.row(layout.main, 'm')}"
        f" FROM {layout.name(child)} AS c JOIN {layout.name(layout.main)} AS m"
        f" ON {layout.key(layout.main, 'm')} = {refers} WHERE {refers} = "
    )
    tail = f" ORDER BY {layout.key(child, 'c')}"
    kinds = (*layout.row_kinds(child), *layout.row_kinds(layout.main))
    return alone(Statement((head, tail), (KEY,)), kinds)


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
    head = (
        f"SELECT {_columns(layout)} FROM {layout.name(layout.main)}"
        f" WHERE {layout.key(layout.main)} = "
    )
    return Statement((head, ""), (KEY,))


def insert_row(layout: Layout, table: Table) -> Statement:
    """One row of a table with all its columns."""
    stored = layout.stored(table)
    names = ", ".join(quoted(name) for name, _ in stored)
    head = f"INSERT INTO {layout.name(table)} ({names}) VALUES ("
    pieces = (head, *([", "] * (len(stored) - 1)), ")")
    return Statement(pieces, tuple(Parameter(kind, "row", name) for name, kind in stored))


def delete_row(layout: Layout, table: Table) -> Statement:
    """The row of a table with a key."""
    head = f"DELETE FROM {layout.name(table)} WHERE {layout.key(table)} = "
    return Statement((head, ""), (KEY,))


def _update_rows(layout: Layout, operation: Operation, together: int) -> Statement:
    """One statement, so one transaction, however many records it changes."""
    roles = layout.dataset.roles
    columns = roles.update_columns if operation.all_fields else (roles.update_column,)
    values = [
        Parameter(layout.kind(column), "value", column, position)
        for position, column in enumerate(columns)
    ]
    first, *between, last = layout.change(layout.main, columns)
    pieces = [f"UPDATE {layout.name(layout.main)} SET {first}", *between]
    where = f"{last} WHERE {layout.key(layout.main)}"
    if together == 1:
        return Statement((*pieces, f"{where} = ", ""), (*values, KEY))
    keys = [Parameter("int64", "keys", position=position) for position in range(together)]
    pieces += [f"{where} IN (", *([", "] * (together - 1)), ")"]
    return Statement(tuple(pieces), (*values, *keys))


def _sum(layout: Layout) -> tuple[str, str]:
    """The sum of the measure in SQL, and its kind. The sum of a BIGINT column is a DECIMAL."""
    measure = layout.dataset.roles.measure
    kind = layout.kind(measure)
    total = f"sum({_value(layout, measure)})"
    return (f"CAST({total} AS SIGNED)" if kind == "int64" else total), kind
