"""A dataset's tables in SQL: names, types, keys, indexes.

Text is compared by code point with trailing spaces counted, so that equality and order are every
other engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.engines.innodb.text import SQL_TYPES

if TYPE_CHECKING:
    from bench.engines.seam import LoadPlan
    from workloads.datasets.seam import Column, Dataset, Table

# Text becomes VARCHAR(255), the length people declare, where the longest of the first so many
# values has no more than half of that; else MEDIUMTEXT, which costs no more space.
SAMPLE_ROWS = 1_024
SHORT_CHARACTERS = 127
_SHORT, _LONG = "VARCHAR(255)", "MEDIUMTEXT"
# Of a long text, so many characters are indexed: four bytes each within the limit of 767 bytes.
_INDEXED_CHARACTERS = 191


def quoted(name: str) -> str:
    """An identifier as SQL has it here."""
    return "`" + name.replace("`", "``") + "`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a dataset's tables are and how they are made.

    prefix     of the tables' names in a database that is not ours alone
    long_text  (table, column) of text that is not short
    """

    dataset: Dataset
    database: str
    prefix: str = ""
    collation: str
    long_text: frozenset[tuple[str, str]] = field(default_factory=frozenset)

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
        return f"{quoted(self.database)}.{quoted(self.prefix + table.name)}"

    def kind(self, column: str) -> str:
        """The kind of a column of the main table."""
        return next(c.kind for c in self.main.columns if c.name == column)

    def create(self, table: Table) -> str:
        """A table with its primary key, by which rows are stored; indexes are built later."""
        columns = [self._column(table, column) for column in table.columns]
        if not table.keyless:
            columns.append(f"PRIMARY KEY ({quoted(table.key)})")
        return (
            f"CREATE TABLE {self.name(table)} ({', '.join(columns)}) ENGINE = InnoDB"
            f" DEFAULT CHARACTER SET utf8mb4 COLLATE {self.collation}"
        )

    def drop(self, table: Table) -> str:
        return f"DROP TABLE IF EXISTS {self.name(table)}"

    def indexes(self, table: Table) -> tuple[str, ...]:
        """Commands for the indexes that the roles ask for."""
        roles = self.dataset.roles
        if table == self.main and roles.filter_indexed and roles.filter_column != table.key:
            return (self._index(table, roles.filter_column),)
        if table == self.child and roles.child_reference is not None:
            return (self._index(table, roles.child_reference),)
        return ()

    def _index(self, table: Table, column: str) -> str:
        part = quoted(column)
        if (table.name, column) in self.long_text:
            part += f"({_INDEXED_CHARACTERS})"
        return f"ALTER TABLE {self.name(table)} ADD INDEX ({part})"

    def _column(self, table: Table, column: Column) -> str:
        if column.kind == "string":
            sql_type = _LONG if (table.name, column.name) in self.long_text else _SHORT
        else:
            sql_type = SQL_TYPES[column.kind]
        return f"{quoted(column.name)} {sql_type} {'NULL' if column.nullable else 'NOT NULL'}"


def long_text(plan: LoadPlan) -> frozenset[tuple[str, str]]:
    """(table, column) of the text that is too long for VARCHAR(255), by a look at first rows."""
    import pyarrow.compute as pc

    found = set()
    for table in plan.dataset.tables:
        rows = min(SAMPLE_ROWS, plan.dataset.row_count(table.name, plan.records))
        batch = plan.dataset.rows(
            table.name, 0, rows, seed=plan.seed, record_size_bytes=plan.record_size_bytes
        )
        for column in table.columns:
            if column.kind == "string":
                longest = pc.max(pc.utf8_length(batch.column(column.name))).as_py() or 0
                if longest > SHORT_CHARACTERS:
                    found.add((table.name, column.name))
    return frozenset(found)


def like(database: str, prefix: str) -> str:
    """A LIKE pattern of the files of our tables, `database/prefix%`, as a SQL literal's text."""
    escaped = f"{database}/{prefix}".replace("_", "\\_")
    return f"{escaped}%"


def as_options(values: Mapping[str, str]) -> list[str]:
    """Server options as arguments."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]
