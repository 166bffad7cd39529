"""The forms of SQL that a workload can hold: one table, chosen by its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workloads.importers.pgbench.expression import Draw, Value, evaluate
from workloads.importers.pgbench.lexer import Cursor, Token
from workloads.importers.pgbench.tables import PgbenchTable, table_of
from workloads.spec.faults import Refused

FORMS = (
    "BEGIN, END, or SELECT, UPDATE, INSERT, DELETE of one record (SELECT: of a range of keys too) "
    "of a table of pgbench's by its key"
)
KEY_FORMS = "WHERE {key} = :variable"
MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One statement about records. `column` None: the whole row.

    key     what chooses the record; of an insert the value of its key, None where that is unknown
    rows    keys of a range, None for one record
    open    the range has a LIMIT and no end
    amount  an update adds this (an UPDATE that sets has None)
    fewer   the statement names several columns, not all of them
    """

    kind: str
    table: PgbenchTable
    key: Value = None
    column: str | None = None
    rows: int | None = None
    open: bool = False
    form: str | None = None
    amount: Value = None
    adds: bool = False
    fewer: bool = False


def parsed(tokens: list[Token], variables: Mapping[str, Value]) -> Request | str:
    """A request, or `begin` or `end`. Refused for any other form."""
    cursor = Cursor(tokens)
    kinds = {"select": _select, "update": _update, "insert": _insert, "delete": _delete}
    for word, read in kinds.items():
        if cursor.take(word):
            return read(cursor, variables)
    return _bracket(cursor)


def _bracket(cursor: Cursor) -> str:
    if cursor.take("start"):
        cursor.need("transaction")
        found = "begin"
    elif cursor.take("begin"):
        found = "begin"
    elif cursor.take("end") or cursor.take("commit"):
        found = "end"
    else:
        raise cursor.refused(FORMS)
    cursor.take("work")
    cursor.take("transaction")
    cursor.finish(f"nothing behind {found.upper()}: an engine has one isolation level here")
    return found


def _table(cursor: Cursor) -> PgbenchTable:
    return table_of(cursor.name("the name of a table").lower())


def _key(cursor: Cursor, table: PgbenchTable) -> str:
    """The name of the key, behind WHERE."""
    if table.key is None:
        raise Refused(f"table '{table.name}', which has no key", "INSERT only")
    cursor.need("where")
    allowed = KEY_FORMS.format(key=table.key)
    if cursor.name(allowed) != table.key:
        cursor.place -= 1
        raise cursor.refused(allowed)
    return table.key


def _one(cursor: Cursor, table: PgbenchTable, variables: Mapping[str, Value]) -> Value:
    """`WHERE key = …`, and nothing behind it."""
    key = _key(cursor, table)
    allowed = KEY_FORMS.format(key=key)
    if not cursor.take("="):
        raise cursor.refused(allowed)
    value = evaluate(cursor, variables)
    cursor.finish(f"nothing behind {allowed}")
    return value


def _select(cursor: Cursor, variables: Mapping[str, Value]) -> Request:
    form, names = _returned(cursor)
    cursor.need("from")
    table = _table(cursor)
    columns = [table.column(name) for name in names]
    column = columns[0] if len(columns) == 1 else None
    whole = not names or set(names) == set(table.columns)
    fewer = not whole and column is None
    if form in ("sum", "distinct") and column is None:
        raise Refused(f"{form.upper()} of a column that is not kept here", "another column")
    key = _key(cursor, table)
    if cursor.take("="):
        value = evaluate(cursor, variables)
        cursor.finish(f"nothing behind {KEY_FORMS.format(key=key)}")
        if form is not None:
            raise Refused(f"{form.upper()} over one record", "BETWEEN :variable AND :variable + 99")
        return Request(kind="read", table=table, key=value, column=column, fewer=fewer)
    low, rows, is_open = _range(cursor, variables, key)
    if cursor.take("order", "by"):
        by = cursor.name("a column")
        cursor.take("asc")
        if by != key:
            if form is None and names == [by]:
                form = "sorted"
            elif not (form == "distinct" and names == [by]):
                raise Refused(f"ORDER BY {by}", f"ORDER BY {key}, or by the column returned")
    if is_open:
        cursor.need("limit")
        rows = _whole(cursor.next("number", "a whole number of rows"))
    cursor.finish(f"nothing behind the range of {key}")
    return Request(
        kind="range", table=table, key=low, column=column, rows=rows,
        open=is_open, form=form, fewer=fewer,
    )  # fmt: skip


def _whole(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text[:12]) <= MOST_ROWS:
        raise Refused(f"LIMIT {text[:20]}", f"a whole number of rows, at most {MOST_ROWS}")
    return int(text)


def _returned(cursor: Cursor) -> tuple[str | None, list[str]]:
    """The form of a range, and the columns that are returned; none: all."""
    if cursor.take("*"):
        return None, []
    if cursor.take("sum", "("):
        name = cursor.name("a column")
        cursor.need(")")
        return "sum", [name]
    form = "distinct" if cursor.take("distinct") else None
    names = [cursor.name("a column, *, SUM(column) or DISTINCT column")]
    while cursor.take(","):
        names.append(cursor.name("a column"))
    if form and len(names) > 1:
        raise Refused("DISTINCT of several columns", "DISTINCT column")
    return form, names


def _range(
    cursor: Cursor, variables: Mapping[str, Value], key: str
) -> tuple[Value, int | None, bool]:
    """The first key of a range, its length, and whether it is open (a LIMIT must follow)."""
    allowed = f"{key} BETWEEN :variable AND :variable + 99, or {key} >= :variable with a LIMIT"
    if cursor.take("between"):
        low = evaluate(cursor, variables)
        cursor.need("and")
        return low, _length(low, evaluate(cursor, variables), 1), False
    if not cursor.take(">="):
        raise cursor.refused(allowed)
    low = evaluate(cursor, variables)
    if not cursor.take("and"):
        return low, None, True
    if cursor.name(allowed) != key or not (cursor.peek("<") or cursor.peek("<=")):
        raise cursor.refused(allowed)
    more = int(cursor.take("<="))
    cursor.take("<")
    return low, _length(low, evaluate(cursor, variables), more), False


def _length(low: Value, high: Value, more: int) -> int:
    """How many keys lie between two values of one draw."""
    if not isinstance(low, Draw) or not isinstance(high, Draw) or low.root != high.root:
        raise Refused("a range whose ends are drawn apart", "an end such as :variable + 99")
    rows = high.by - low.by + more
    if not 1 <= rows <= MOST_ROWS:
        raise Refused(f"a range of {rows} keys", f"1 to {MOST_ROWS} keys")
    return rows


def _update(cursor: Cursor, variables: Mapping[str, Value]) -> Request:
    table = _table(cursor)
    if table.key is None:
        raise Refused(f"UPDATE of table '{table.name}'", "INSERT only")
    cursor.need("set")
    name = cursor.name("a column")
    column = table.column(name)
    if name == table.key:
        raise Refused(f"an update of the key '{name}'", "another column")
    if column is None:
        raise Refused(f"column '{name}', which is not kept here", "another column")
    cursor.need("=")
    place = cursor.place
    try:
        adds = cursor.name("") == name
    except Refused:
        adds = False
    if adds and not (cursor.peek("+") or cursor.peek("-")):
        raise cursor.refused(f"{name} + :variable")
    if adds and name not in table.added:
        raise Refused(f"an amount added to '{name}'", f"one of {', '.join(sorted(table.added))}")
    if adds:
        cursor.place += 1
    else:
        cursor.place = place
    amount = evaluate(cursor, variables)
    if cursor.peek(","):
        raise Refused("an update of several columns", "one column")
    key = _one(cursor, table, variables)
    return Request(kind="update", table=table, key=key, column=column, amount=amount, adds=adds)


def _delete(cursor: Cursor, variables: Mapping[str, Value]) -> Request:
    cursor.need("from")
    table = _table(cursor)
    return Request(kind="delete", table=table, key=_one(cursor, table, variables))


def _insert(cursor: Cursor, variables: Mapping[str, Value]) -> Request:
    cursor.need("into")
    table = _table(cursor)
    names = list(table.columns)
    if cursor.take("("):
        names = [cursor.name("a column")]
        while cursor.take(","):
            names.append(cursor.name("a column"))
        cursor.need(")")
        for name in names:
            table.column(name)
    cursor.need("values")
    cursor.need("(")
    values = [evaluate(cursor, variables)]
    while cursor.take(","):
        values.append(evaluate(cursor, variables))
    cursor.need(")")
    cursor.finish("one row, and nothing behind it")
    given = dict(zip(names, values, strict=False))
    return Request(kind="insert", table=table, key=given.get(table.key or ""))
