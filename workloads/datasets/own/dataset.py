"""A person's own data as a dataset: rows drawn from a sample of the file, keys made fresh.

Row n is a row of the sample, the whole of it: values that stand together in the file stand together
here. Every block of as many rows as the sample has is a permutation of it (which one, seed and
block tell), so that a column's values are as frequent in every block as in the sample, and its skew
is kept however far the data is scaled up; fewer rows than that are a part of the first block, drawn
at random. The key is the row's number. Other columns that are unique in the file get values of
their own: text a number as long as the text was, whole numbers the row's number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import gcd
from typing import TYPE_CHECKING, Any

from workloads.datasets.seam import Column, Roles, Table
from workloads.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

MULTIPLIERS = 64
LEAST_DIGITS = 10  # of a unique text: numbers of rows fit
NEW_VALUES = 0x6F776E


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnColumn:
    """One column. fresh: its values are made from the row's number; `digits` long if text."""

    column: Column
    mean_bytes: float
    fresh: bool = False
    digits: int = 0

    @property
    def name(self) -> str:
        return self.column.name


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnData:
    """Rows of one table. `sample` has the columns that are not fresh; `told` goes into records."""

    name: str
    description: str
    columns: tuple[OwnColumn, ...]
    key: str
    roles: Roles
    sample: Any
    rows_in_file: int
    told: tuple[tuple[str, str], ...] = ()
    whole: tuple[OwnColumn, ...] = field(default=())  # all columns, where `columns` are a part

    @property
    def tables(self) -> tuple[Table, ...]:
        columns = tuple(column.column for column in self.columns)
        return (Table(name=self.name, key=self.key, columns=columns),)

    def default_record_size_bytes(self) -> float:
        return sum(column.mean_bytes for column in self.whole or self.columns)

    def row_count(self, table: str, records: int) -> int:
        self._check(table)
        return records

    def projected(self, table: str, columns: tuple[str, ...]) -> OwnData:
        self._check(table)
        named = {column.name: column for column in self.columns}
        narrow = tuple(named[name] for name in columns)
        return replace(self, columns=narrow, whole=self.whole or self.columns)

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
        record_size_bytes: float | None,  # noqa: ARG002 - the file's records have their size
    ) -> pa.RecordBatch:
        import pyarrow as pa

        from workloads.datasets.recipes.arrow import numbers as arrow_numbers

        self._check(table)
        places = arrow_numbers(self._places(numbers, seed))
        arrays = [
            _fresh(column, numbers)
            if column.fresh
            else self.sample.column(column.name).take(places)
            for column in self.columns
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    @cached_property
    def _schema(self) -> pa.Schema:
        from workloads.datasets import schema

        return schema(self.tables[0])

    @cached_property
    def _multipliers(self) -> npt.NDArray[np.uint64]:
        """Numbers that permute the places of the sample when they are multiplied with."""
        import numpy as np

        count = self.sample.num_rows
        step = max(1, count // (2 * MULTIPLIERS))
        found: list[int] = []
        for start in range(1 + int(count * 0.382), 2 * count + 2, step):
            number = next(n for n in range(start, start + count + 1) if gcd(n, count) == 1)
            found.append(number % count or 1)
        return np.array(list(dict.fromkeys(found))[:MULTIPLIERS], dtype=np.uint64)

    def _places(self, numbers: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.int64]:
        """The place in the sample of each row: in every block a permutation of all places."""
        import numpy as np

        from workloads.datasets.recipes.hashing import Rows, below

        count = self.sample.num_rows
        block, within = np.divmod(numbers.astype(np.uint64), np.uint64(count))
        rows = Rows(seed=seed, table=self.name, column=self.key, numbers=block)
        factor = self._multipliers[below(rows.words(), len(self._multipliers))]
        shift = below(rows.words(1), count).astype(np.uint64)
        places: npt.NDArray[np.int64] = ((within * factor + shift) % np.uint64(count)).astype(
            np.int64
        )
        return places

    def new_values(
        self,
        column: str,
        tokens: list[int],
        *,
        record_size_bytes: float | None,  # noqa: ARG002 - as above
        table: str | None = None,
    ) -> list[str | int]:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers
        from workloads.datasets.recipes.hashing import Rows, below

        self._check(table or self.name)
        found = next((c for c in self.columns if c.name == column), None)
        if found is None or column == self.key or found.column.kind not in ("int64", "string"):
            raise InputError(f"column '{column}' of dataset '{self.name}' is not one to update")
        drawn = np.array(tokens, dtype=np.uint64)
        words = Rows(seed=NEW_VALUES, table=self.name, column=column, numbers=drawn).words()
        if found.fresh:
            values = _fresh(found, (words >> np.uint64(33)).astype(np.int64)).to_pylist()
        else:
            present = self._present(column)
            values = (
                present.take(numbers(below(words, len(present)))).to_pylist()
                if len(present)
                else [""] * len(tokens)
            )
        return list(values)

    def _present(self, column: str) -> Any:
        if column not in self._kept:
            self._kept[column] = self.sample.column(column).drop_null()
        return self._kept[column]

    @cached_property
    def _kept(self) -> dict[str, Any]:
        """Columns without their nulls."""
        return {}

    def _check(self, table: str) -> None:
        if table != self.name:
            raise InputError(
                f"dataset '{self.name}' has no table '{table}'", hint=f"tables: {self.name}"
            )


def _fresh(column: OwnColumn, numbers: npt.NDArray[np.int64]) -> pa.Array:
    """Values that no other row has."""
    import numpy as np

    from workloads.datasets.recipes import arrow
    from workloads.datasets.recipes.textual import fixed_width

    if column.column.kind == "int64":
        return arrow.numbers(numbers)
    rest = numbers.astype(np.uint64)
    digits = np.empty((len(numbers), column.digits), dtype=np.uint8)
    for place in range(column.digits - 1, -1, -1):
        rest, digits[:, place] = np.divmod(rest, np.uint64(10))
    return fixed_width(digits + np.uint8(ord("0")))
