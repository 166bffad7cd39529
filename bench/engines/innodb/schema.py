"""A dataset's tables in SQL: names, types, keys, indexes; as columns or as documents.

How a column is written in a statement is asked here, so that statements are the same in both
formats; `documents` says how documents are kept. Text is compared by code point with trailing spaces
counted, so that equality and order are every other engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.engines.documents import DOCUMENT, KEY, Fields
from bench.engines.innodb import documents
from bench.engines.innodb.text import SQL_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.engines.innodb.text import Kind
    from bench.engines.seam import LoadPlan
    from workloads.datasets.seam import Column, Dataset, Table

# Text becomes VARCHAR(255), the length people declare, where the longest of the first so many
# values has no more than half of that; else MEDIUMTEXT, which costs no more space.
SAMPLE_ROWS = 1_024
SHORT_CHARACTERS = 127
_SHORT, _LONG = "VARCHAR(255)", "MEDIUMTEXT"
# Of a long text, so many characters are indexed: four bytes each within the limit of 767 bytes.
_INDEXED_CHARACTERS = 191
# Before the name of a field that a column is generated from.
_GENERATED = "by "


def quoted(name: str) -> str:
    """An identifier as SQL has it here."""
    return "`" + name.replace("`", "``") + "`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a dataset's tables are and how they are made.

    prefix     of the tables' names in a database that is not ours alone
    long_text  (table, column) of text that is not short
    document   each row is one document beside its key
    returning  JSON_VALUE takes a type (MySQL)
    bounds     the keys at which the main table is cut into partitions, rising; none: one table
    """

    dataset: Dataset
    database: str
    prefix: str = ""
    collation: str
    long_text: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    document: bool = False
    returning: bool = False
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
        return f"{quoted(self.database)}.{quoted(self.prefix + table.name)}"

    def kind(self, column: str) -> str:
        """The kind of a column of the main table."""
        return self.main.column(column).kind

    def key(self, table: Table, of: str = "") -> str:
        """The column of the key; `of` is the table's alias."""
        return _of(of) + quoted(KEY if self.document else table.key)

    def value(self, table: Table, column: str, of: str = "") -> str:
        """The value of a column, as an expression of the column's type."""
        if not self.document:
            return _of(of) + quoted(column)
        if column == table.key:
            return self.key(table, of)
        if column in self._indexed(table):
            return _of(of) + quoted(_GENERATED + column)
        return self._extracted(table.column(column), of)

    def row(self, table: Table, of: str = "") -> str:
        """What gives a whole row, to be selected."""
        if self.document:
            return _of(of) + quoted(DOCUMENT)
        return ", ".join(_of(of) + quoted(column.name) for column in table.columns)

    def row_kinds(self, table: Table) -> tuple[Kind, ...]:
        """The kinds of what `row` selects."""
        if self.document:
            return (Fields(table.columns),)
        return tuple(column.kind for column in table.columns)

    def change(self, table: Table, columns: Sequence[str]) -> tuple[str, ...]:
        """What stands behind SET, in pieces between the new values of these columns."""
        if self.document:
            return documents.change([table.column(name) for name in columns])
        first, *others = (f"{quoted(column)} = " for column in columns)
        return (first, *(f", {other}" for other in others), "")

    def stored(self, table: Table) -> tuple[tuple[str, str], ...]:
        """Name and kind of the columns that rows are loaded and inserted into."""
        if self.document:
            return ((KEY, "int64"), (DOCUMENT, "document"))
        return tuple((column.name, column.kind) for column in table.columns)

    def create(self, table: Table) -> str:
        """A table with its primary key, by which rows are stored; indexes are built later."""
        if self.document:
            columns = [f"{quoted(KEY)} BIGINT NOT NULL", f"{quoted(DOCUMENT)} JSON NOT NULL"]
            columns += [self._generated(table, table.column(n)) for n in self._indexed(table)]
        else:
            columns = [self._column(table, column) for column in table.columns]
        if not table.keyless:
            columns.append(f"PRIMARY KEY ({self.key(table)})")
        return (
            f"CREATE TABLE {self.name(table)} ({', '.join(columns)}) ENGINE = InnoDB"
            f" DEFAULT CHARACTER SET utf8mb4 COLLATE {self.collation}"
            f"{self._partitioned() if table == self.main else ''}"
        )

    def drop(self, table: Table) -> str:
        return f"DROP TABLE IF EXISTS {self.name(table)}"

    def indexes(self, table: Table) -> tuple[str, ...]:
        """Commands for the indexes that the roles ask for."""
        return tuple(self._index(table, column) for column in self._indexed(table))

    def _indexed(self, table: Table) -> tuple[str, ...]:
        """Columns with an index of their own."""
        roles = self.dataset.roles
        if table == self.main and roles.filter_indexed and roles.filter_column != table.key:
            return (roles.filter_column,)
        if table == self.child and roles.child_reference is not None:
            return (roles.child_reference,)
        return ()

    def _partitioned(self) -> str:
        """The partitions of the main table, the last one for what is inserted later."""
        if not self.bounds:
            return ""
        parts = [
            f"PARTITION {partition_name(number)} VALUES LESS THAN ({stop})"
            for number, stop in enumerate(self.bounds)
        ]
        parts.append(f"PARTITION {partition_name(len(self.bounds))} VALUES LESS THAN MAXVALUE")
        return f" PARTITION BY RANGE ({self.key(self.main)}) ({', '.join(parts)})"

    def _index(self, table: Table, column: str) -> str:
        part = quoted(_GENERATED + column if self.document else column)
        if (table.name, column) in self.long_text:
            part += f"({_INDEXED_CHARACTERS})"
        return f"ALTER TABLE {self.name(table)} ADD INDEX ({part})"

    def _column(self, table: Table, column: Column) -> str:
        null = "NULL" if column.nullable else "NOT NULL"
        return f"{quoted(column.name)} {self._type(table, column)} {null}"

    def _type(self, table: Table, column: Column) -> str:
        if column.kind == "string":
            return _LONG if (table.name, column.name) in self.long_text else _SHORT
        return SQL_TYPES[column.kind]

    def _generated(self, table: Table, column: Column) -> str:
        """A column that is computed from the document, for an index on it."""
        value = documents.extracted(column, quoted(DOCUMENT), returning=self.returning)
        name = quoted(_GENERATED + column.name)
        return f"{name} {self._type(table, column)} AS ({value}) VIRTUAL"

    def _extracted(self, column: Column, of: str) -> str:
        value = documents.extracted(column, _of(of) + quoted(DOCUMENT), returning=self.returning)
        return f"({value} COLLATE {self.collation})" if column.kind == "string" else value


def _of(alias: str) -> str:
    return f"{alias}." if alias else ""


def partition_name(number: int) -> str:
    """Of a partition of the main table by its place, the oldest first."""
    return f"p{number}"


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
                seen = pc.max(pc.utf8_length(batch.column(column.name))).as_py() or 0
                longest = max(seen, column.longest or 0)
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
