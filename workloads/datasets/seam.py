"""What a dataset is: tables whose rows are pure functions of (seed, row number).

A dataset is one module in this folder that defines `DATASET`; it is found by its name.
Every engine is loaded with the same logical rows, so answers can be compared, and the expected
answer to any operation can be computed without an engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

ColumnKind = Literal["int64", "float64", "string", "timestamp_us", "bool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `timestamp_us` is microseconds since 1970 in UTC, money is int64 cents.

    nested   the name is a path whose parts stand between dots: a field of an object in a document,
             an item or a struct (see `workloads.nesting`)
    longest  the most characters of its text; None where that is not known beforehand
    """

    name: str
    kind: ColumnKind
    nullable: bool = False
    nested: bool = False
    longest: int | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Where the value is in an object that holds the row."""
        return tuple(self.name.split(".")) if self.nested else (self.name,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table; `key` is an int64 column, unique, the number of the row for loaded rows.

    update_column  int64 or string: what a step of a transaction changes where it names no column
                   (of the main table: `Roles.update_column`)
    references     columns that hold the key of another table, each with that table's name; a
                   transaction that inserts a row puts the keys there that it used before
    amount         int64 column that gets what the transaction adds to other rows
    keyless        rows are only ever inserted and never asked for by their key, so an engine
                   that can do without an index on it makes none (TPC-B's history)
    """

    name: str
    key: str
    columns: tuple[Column, ...]
    update_column: str | None = None
    references: tuple[tuple[str, str], ...] = ()
    amount: str | None = None
    keyless: bool = False

    @property
    def nested(self) -> bool:
        """Whether some of its values lie in objects."""
        return any(column.nested for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of this name. KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which columns the operation kinds use.

    update   sets `update_column` (a string or int64 column) of one row to a new value;
             with `all_fields`, every column of `update_columns`
    scan     counts the rows whose `filter_column` equals `filter_values[i]`, and sums `measure`
    aggregate  groups the main table by `group_column`: count and sum of `measure` (int64)
    top-k    the rows with the largest `measure`, all columns, the largest first and among equals
             the lowest key first; at most the operation's limit. Rows whose measure is null are
             not among them. No engine makes an index for it: all rows are looked at, but where
             `measure` is `filter_column` too and that is indexed (sbtest)
    window   two window functions over the rows of each group of `group_column` whose `measure`
             is not null: the running sum of `measure` in the order of the key, and the rank of
             the row by `measure`, the largest first (equals share a rank, the next one skips).
             The answer is a row a group, ordered by group, null last: group, highest running
             sum, lowest row's rank (the highest number). A group without a measure is left out
    join     rows of `child.table` whose `child.reference` equals a key, with the main row
             (None: the dataset has no second table)

    `filter_indexed`: whether engines with secondary indexes make one on `filter_column`.
    """

    update_column: str
    update_columns: tuple[str, ...]
    filter_column: str
    filter_values: tuple[str | int, ...]
    group_column: str
    measure: str
    child_table: str | None = None
    child_reference: str | None = None
    time_column: str | None = None
    filter_indexed: bool = True


@runtime_checkable
class Sourced(Protocol):
    """A dataset that was made from something outside: `told` says from what and how."""

    @property
    def told(self) -> tuple[tuple[str, str], ...]: ...


class Dataset(Protocol):
    """A generator of logical rows."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def tables(self) -> tuple[Table, ...]:
        """The main table first."""
        ...

    @property
    def roles(self) -> Roles: ...

    def default_record_size_bytes(self) -> float:
        """Mean logical size of a main row: the sum of its values' bytes (8 per number)."""
        ...

    def row_count(self, table: str, records: int) -> int:
        """Rows of `table` when the main table holds `records` rows."""
        ...

    def rows(
        self, table: str, start: int, stop: int, *, seed: int, record_size_bytes: float | None
    ) -> pa.RecordBatch:
        """Rows start..stop-1 of `table`; equal for equal arguments however the range is cut."""
        ...

    def rows_at(
        self,
        table: str,
        numbers: npt.NDArray[np.int64],
        *,
        seed: int,
        record_size_bytes: float | None,
    ) -> pa.RecordBatch:
        """The rows of these numbers, in this order: what `rows` gives for each, at once."""
        ...

    def projected(self, table: str, columns: tuple[str, ...]) -> Dataset:
        """The same dataset with only these columns of one table, in this order; same values."""
        ...

    def new_values(
        self,
        column: str,
        tokens: list[int],
        *,
        record_size_bytes: float | None,
        table: str | None = None,
    ) -> list[str | int]:
        """Values that an update writes, a pure function of each token (uint64).

        `column` holds int64 or strings and is not the key; `table` None is the main table.
        """
        ...
