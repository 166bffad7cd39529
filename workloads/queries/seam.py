"""What a query set is: tables that it makes as Parquet files, and queries to them.

QuerySet.write(directory, …)  -> Tables     the files, a pure function of (scale, seed)
QuerySet.queries              -> Query, …   each with its SQL
QuerySet.frame(id, tables, …) -> LazyFrame  the same question to polars
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import polars as pl

# `decimal` has 15 digits, two of them behind the point; the others are as in a dataset's column.
FieldKind = Literal[
    "int32", "int64", "float64", "decimal", "date", "string", "timestamp_us", "bool"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a relation."""

    name: str
    kind: FieldKind
    nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table that is queried: its columns, its primary key, and what else wants an index.

    indexes   columns of each, in order; for engines that have indexes
    """

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One column that an answer is sorted by."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question. `order`: what its answer is sorted by; equals may come in any order."""

    id: str
    title: str
    sql: str
    order: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The relations of a set as files, `NAME.parquet` each, in a directory.

    rows   of each relation, in the order of the set
    """

    set: str
    directory: Path
    scale: float
    seed: int
    rows: tuple[int, ...]

    def path(self, relation: str) -> Path:
        """The file of a relation."""
        return self.directory / f"{relation}.parquet"

    def stored_bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.stat().st_size for file in self.directory.glob("*.parquet"))


class QuerySet(Protocol):
    """Tables and queries to them."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def source(self) -> str:
        """Where the questions come from."""
        ...

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The largest first."""
        ...

    @property
    def rows_at_scale_1(self) -> int:
        """Rows of the largest relation at scale 1."""
        ...

    @property
    def row_bytes(self) -> float:
        """Mean logical size of its rows."""
        ...

    @property
    def least_scale(self) -> float:
        """The smallest scale at which the questions mean something."""
        ...

    def missing(self) -> str | None:
        """None when its data can be made here, else the one command that adds what is not here."""
        ...

    def queries(self, scale: float) -> tuple[Query, ...]:
        """In order; `scale` is that of the tables."""
        ...

    def frame(self, query: str, tables: Mapping[str, pl.LazyFrame], scale: float) -> pl.LazyFrame:
        """A query, by its id, to lazy frames by the relation's name. Imports polars.

        Decimal columns are floats in these frames.
        """
        ...

    def write(
        self, directory: Path, *, scale: float, seed: int, tell: Callable[[float, str], None]
    ) -> Tables:
        """Make the files; PlaceError when that cannot be done. Memory does not grow with them.

        `tell` takes the share that is done, 0..1, and a few words.
        """
        ...
