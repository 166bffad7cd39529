"""A dataset made of recipes: the one implementation of `Dataset` that the shipped ones share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from workloads.datasets.recipes import Recipe, Scalable
from workloads.datasets.recipes.shape import Nullable
from workloads.datasets.recipes.textual import TAIL_BYTES, Text
from workloads.datasets.seam import Column, Roles, Table
from workloads.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

NEW_VALUE_SEED = 0x6E6577  # updates draw apart from the rows that were loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRecipe:
    """One table: its columns in order, each a name and a recipe; the first one is the key.

    `count` gives the table's rows for a number of main rows; None for the main table itself.
    `nested`: a name with dots in it is the path of a value in objects. The rest is as in `Table`.
    """

    name: str
    columns: tuple[tuple[str, Recipe], ...]
    count: Callable[[int], int] | None = None
    update_column: str | None = None
    references: tuple[tuple[str, str], ...] = ()
    amount: str | None = None
    keyless: bool = False
    nested: bool = False

    @property
    def table(self) -> Table:
        columns = tuple(
            Column(
                name=name,
                kind=recipe.kind,
                nullable=isinstance(recipe, Nullable),
                nested=self.nested and "." in name,
            )
            for name, recipe in self.columns
        )
        return Table(
            name=self.name,
            key=self.columns[0][0],
            columns=columns,
            update_column=self.update_column,
            references=self.references,
            amount=self.amount,
            keyless=self.keyless,
        )

    def mean_bytes(self) -> float:
        return sum(recipe.mean_bytes() for _, recipe in self.columns)

    def scalable_bytes(self) -> float:
        """The part of the mean size that gives way: what doubling it would add."""
        return sum(
            recipe.scaled(2.0).mean_bytes() - recipe.mean_bytes()
            for _, recipe in self.columns
            if isinstance(recipe, Scalable)
        )

    def scaled(self, factor: float) -> TableRecipe:
        columns = tuple(
            (name, recipe.scaled(factor) if isinstance(recipe, Scalable) else recipe)
            for name, recipe in self.columns
        )
        return replace(self, columns=columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A dataset whose rows follow from recipes. `parts` holds the main table first.

    A record size scales the running text of the main table so that the mean size of its rows is
    what was asked for; below `minimum_record_size_bytes` it is an InputError.
    """

    name: str
    description: str
    parts: tuple[TableRecipe, ...]
    roles: Roles
    sizing: TableRecipe | None = None  # the whole main table, where `parts` holds a part of it

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(part.table for part in self.parts)

    @property
    def whole(self) -> TableRecipe:
        """The main table with all its columns."""
        return self.sizing or self.parts[0]

    def default_record_size_bytes(self) -> float:
        return self.whole.mean_bytes()

    def minimum_record_size_bytes(self) -> float:
        """The mean size of a main row whose running text is all empty."""
        return self.whole.mean_bytes() - self.whole.scalable_bytes()

    def row_count(self, table: str, records: int) -> int:
        count = self.part(table).count
        return records if count is None else count(records)

    def projected(self, table: str, columns: tuple[str, ...]) -> Generated:
        """The same dataset with only these columns of one table, in this order; same values."""
        part = self.part(table)
        recipes = dict(part.columns)
        narrow = replace(part, columns=tuple((name, recipes[name]) for name in columns))
        parts = tuple(narrow if other is part else other for other in self.parts)
        return replace(self, parts=parts, sizing=self.whole)

    def rows(
        self, table: str, start: int, stop: int, *, seed: int, record_size_bytes: float | None
    ) -> pa.RecordBatch:
        import numpy as np

        if not 0 <= start <= stop:
            raise InputError(f"rows {start}..{stop} of '{table}' are no range of row numbers")
        numbers = np.arange(start, stop, dtype=np.int64)
        return self.rows_at(table, numbers, seed=seed, record_size_bytes=record_size_bytes)

    def rows_at(
        self,
        table: str,
        numbers: npt.NDArray[np.int64],
        *,
        seed: int,
        record_size_bytes: float | None,
    ) -> pa.RecordBatch:
        import numpy as np
        import pyarrow as pa

        from workloads.datasets.recipes.hashing import Rows

        part = self.sized(table, record_size_bytes)
        words, path = numbers.astype(np.uint64), f"{self.name}.{table}"
        arrays = [
            recipe.array(Rows(seed=seed, table=path, column=name, numbers=words))
            for name, recipe in part.columns
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema_of(part))

    def new_values(
        self,
        column: str,
        tokens: list[int],
        *,
        record_size_bytes: float | None,
        table: str | None = None,
    ) -> list[str | int]:
        import numpy as np

        from workloads.datasets.recipes.hashing import Rows

        part = self.sized(table or self.parts[0].name, record_size_bytes)
        recipe = dict(part.columns[1:]).get(column)  # the key comes first
        if recipe is None or recipe.kind not in ("int64", "string"):
            raise InputError(f"column '{column}' of dataset '{self.name}' is not one to update")
        if isinstance(recipe, Nullable):
            recipe = recipe.recipe  # an update always writes a value
        rows = Rows(
            seed=NEW_VALUE_SEED,
            table=f"{self.name}.{part.name}",
            column=column,
            numbers=np.array(tokens, dtype=np.uint64),
        )
        values: list[str | int] = recipe.array(rows).to_pylist()
        return values

    def part(self, table: str) -> TableRecipe:
        """The recipe of a table; InputError when the dataset has none of that name."""
        for part in self.parts:
            if part.name == table:
                return part
        known = ", ".join(part.name for part in self.parts)
        raise InputError(f"dataset '{self.name}' has no table '{table}'", hint=f"tables: {known}")

    def sized(self, table: str, record_size_bytes: float | None) -> TableRecipe:
        """The recipe of a table, scaled to the record size if it is the main table."""
        part = self.part(table)
        if record_size_bytes is None or part is not self.parts[0]:
            return part
        return scaled(self, record_size_bytes)

    def factor(self, record_size_bytes: float) -> float:
        """By how much running text is scaled to make main rows of this mean size."""
        minimum = self.minimum_record_size_bytes()
        if not record_size_bytes >= minimum:
            raise InputError(
                f"records of dataset '{self.name}' cannot be {record_size_bytes:g} B on average",
                hint=f"its smallest mean record size is {minimum:.0f} B",
            )
        factor = (record_size_bytes - minimum) / self.whole.scalable_bytes()
        longest = max((_longest_bytes(recipe) for _, recipe in self.whole.columns), default=0.0)
        if longest * factor > TAIL_BYTES:
            most = minimum + TAIL_BYTES / longest * self.whole.scalable_bytes()
            raise InputError(
                f"records of dataset '{self.name}' cannot be {record_size_bytes:g} B on average",
                hint=f"its largest mean record size is {int(most / 1e5) / 10:g} MB",
            )
        return factor


def _longest_bytes(recipe: Recipe) -> float:
    """Of running text; other values do not grow with the record size."""
    inner = recipe.recipe if isinstance(recipe, Nullable) else recipe
    return inner.longest_bytes() if isinstance(inner, Text) else 0.0


@lru_cache(maxsize=256)
def scaled(dataset: Generated, record_size_bytes: float) -> TableRecipe:
    """The main table's recipe for a record size; kept, for it is asked for with every row."""
    return dataset.parts[0].scaled(dataset.factor(record_size_bytes))


@lru_cache(maxsize=256)
def schema_of(part: TableRecipe) -> pa.Schema:
    """The Arrow schema of a table, kept for the same reason."""
    from workloads.datasets import schema

    return schema(part.table)
