"""A dataset's tables in SQL: names, types, keys, indexes; as columns or as documents.

How a column is written in a statement is asked here, so that statements are the same in both
formats; `documents` says what a document is, `partitions` how a table is cut. Text is compared by code point (`COLLATE "C"`), so that order does not depend on the server's
locale and equals every other engine's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.documents import DOCUMENT, KEY, Fields
from bench.engines.postgresql.encoding import SQL_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.engines.postgresql.encoding import Kind
    from workloads.datasets.seam import Column, Dataset, Table


def quoted(name: str) -> str:
    """An identifier as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a dataset's tables are and how they are made.

    document  each row is one document beside its key
    bounds    the keys at which the main table is cut into partitions, rising; none: one table
    """

    dataset: Dataset
    schema: str
    document: bool = False
    bounds: tuple[int, ...] = ()

    @property
    def main(self) -> Table:
        return self.dataset.tables[0]

    @property
    def child(self) -> Table | None:
        """The table that refers to the main one, if the dataset has one."""
        name = self.dataset.roles.child_table
        return next((table for table in self.dataset.tables if table.name == name), None)

    def name(self, table: Table) -> str:
        """A table's full name."""
        return f"{quoted(self.schema)}.{quoted(table.name)}"

    def kind(self, column: str) -> str:
        """The kind of a column of the main table."""
        return next(c.kind for c in self.main.columns if c.name == column)

    def is_partitioned(self, table: Table) -> bool:
        return bool(self.bounds) and table == self.main

    def key(self, table: Table, of: str = "") -> str:
        """The column of the key; `of` is the table's alias."""
        return _of(of) + quoted(KEY if self.document else table.key)

    def value(self, table: Table, column: str, of: str = "") -> str:
        """The value of a column, as an expression of the column's type."""
        if not self.document:
            return _of(of) + quoted(column)
        if column == table.key:
            return self.key(table, of)
        meant = table.column(column)
        text = f"{_of(of)}{DOCUMENT} " + (
            f"#>> {_steps(meant)}" if meant.nested else f"->> {literal(column)}"
        )
        if meant.kind == "string":
            return f'({text}) COLLATE "C"'
        return f"({text})::{SQL_TYPES[meant.kind]}"

    def row(self, table: Table, of: str = "") -> str:
        """What gives a whole row, to be selected."""
        if self.document:
            return _of(of) + DOCUMENT
        return ", ".join(_of(of) + quoted(column.name) for column in table.columns)

    def row_kinds(self, table: Table) -> tuple[Kind, ...]:
        """The kinds of what `row` selects."""
        if self.document:
            return (Fields(table.columns),)
        return tuple(column.kind for column in table.columns)

    def change(self, table: Table, columns: Sequence[str], values: Sequence[str]) -> str:
        """What follows SET to give these columns these values (expressions in SQL)."""
        pairs = list(zip(columns, values, strict=True))
        if not self.document:
            return ", ".join(f"{quoted(column)} = {value}" for column, value in pairs)
        changed = DOCUMENT
        flat = [(name, value) for name, value in pairs if not table.column(name).nested]
        if flat:
            fields = ", ".join(f"{literal(name)}, {value}" for name, value in flat)
            changed += f" || jsonb_build_object({fields})"
        for name, value in pairs:
            column = table.column(name)
            if column.nested:  # jsonb_set of a null value would be null, not a document
                new = f"coalesce(to_jsonb({value}), 'null')"
                changed = f"jsonb_set({changed}, {_steps(column)}, {new})"
        return f"{DOCUMENT} = {changed}"

    def stored(self, table: Table) -> tuple[tuple[str, str], ...]:
        """Name and kind of the columns a table really has, as they are copied and inserted."""
        if self.document:
            return ((KEY, "int64"), (DOCUMENT, "jsonb"))
        return tuple((column.name, column.kind) for column in table.columns)

    def create(self, table: Table) -> str:
        """A table without its keys and indexes, which are faster built after loading."""
        if self.document:
            columns = f"{KEY} bigint NOT NULL, {DOCUMENT} jsonb NOT NULL"
        else:
            columns = ", ".join(_column(column) for column in table.columns)
        cut = f" PARTITION BY RANGE ({self.key(table)})" if self.is_partitioned(table) else ""
        return f"CREATE TABLE {self.name(table)} ({columns}){cut}"

    def indexes(self, table: Table) -> tuple[tuple[str, ...], ...]:
        """Commands for the primary key and for each index that the roles ask for.

        They may run at the same time: adding a primary key at one go would lock others out.
        """
        name, roles = quoted(f"{table.name}_pkey"), self.dataset.roles
        on, key = self.name(table), self.key(table)
        primary: tuple[str, ...] = (
            f"CREATE UNIQUE INDEX {name} ON {on} ({key})",
            f"ALTER TABLE {on} ADD PRIMARY KEY USING INDEX {name}",
        )
        if self.is_partitioned(table):  # which takes no index that is there already
            primary = (f"ALTER TABLE {on} ADD PRIMARY KEY ({key})",)
        made = [] if table.keyless else [primary]
        wanted = []
        if table == self.main and roles.filter_indexed and roles.filter_column != table.key:
            wanted.append(roles.filter_column)
        if table == self.child and roles.child_reference is not None:
            wanted.append(roles.child_reference)
        others = [(f"CREATE INDEX ON {on} (({self.value(table, c)}))",) for c in wanted]
        if self.is_partitioned(table):  # on all partitions at once each locks the others out
            return (tuple(command for commands in (*made, *others) for command in commands),)
        return (*made, *others)


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def _steps(column: Column) -> str:
    """The path of a nested field as an array of text."""
    return f"ARRAY[{', '.join(map(literal, column.path))}]"


def _of(alias: str) -> str:
    return f"{alias}." if alias else ""


def _column(column: Column) -> str:
    collation = ' COLLATE "C"' if column.kind == "string" else ""
    null = "" if column.nullable else " NOT NULL"
    return f"{quoted(column.name)} {SQL_TYPES[column.kind]}{collation}{null}"
