"""What a table holds now: its loaded rows, made again when asked for, and what was written since."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from workloads.datasets import canonical, table_of

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from workloads.datasets.seam import Dataset

Value = int | float | str | bool | None
Row = tuple[Value, ...]

KEPT_ROWS = 16_384  # generated rows that are kept in case they are asked for again


class Contents:
    """The rows of one table by key; `loaded` of them follow from their number.

    Memory grows with what was written, not with what is there.
    """

    def __init__(
        self,
        dataset: Dataset,
        table: str,
        *,
        loaded: int,
        seed: int,
        record_size_bytes: float | None,
    ) -> None:
        self.dataset, self.loaded, self.seed = dataset, loaded, seed
        self.record_size_bytes = record_size_bytes
        self.table = table_of(dataset, table)
        self.column = {column.name: place for place, column in enumerate(self.table.columns)}
        self.written: dict[int, Row | None] = {}  # None: deleted
        self.inserted: list[int] = []  # present keys beyond the loaded ones, sorted
        self.kept: dict[int, Row] = {}

    def row(self, key: int) -> Row | None:
        """The row of this key now; None when there is none."""
        if key in self.written:
            return self.written[key]
        return self.generated(key) if 0 <= key < self.loaded else None

    def row_count(self) -> int:
        """Rows now."""
        gone = sum(1 for k, row in self.written.items() if row is None and k < self.loaded)
        return self.loaded - gone + len(self.inserted)

    def generated(self, key: int) -> Row:
        """The row as it is when loaded, or inserted under a key of its own."""
        if key not in self.kept:
            import numpy as np

            self.prepare(np.array([key], dtype=np.int64))
        return self.kept[key]

    def prepare(self, keys: npt.NDArray) -> None:  # type: ignore[type-arg]
        """Generate the rows of these keys at once; asking for them then costs little."""
        if len(self.kept) > KEPT_ROWS:
            self.kept.clear()
        batch = self.dataset.rows_at(
            self.table.name, keys, seed=self.seed, record_size_bytes=self.record_size_bytes
        )
        self.kept.update(zip(keys.tolist(), canonical(batch), strict=True))

    def rows(self, start: int, stop: int) -> list[Row]:
        """Loaded rows as they were loaded."""
        return canonical(self._batch(start, stop))

    def write(self, key: int, row: Row | None) -> None:
        """Put a row, or delete what is there (None)."""
        if key >= self.loaded:
            place = bisect.bisect_left(self.inserted, key)
            stands = place < len(self.inserted) and self.inserted[place] == key
            if row is None and stands:
                del self.inserted[place]
            elif row is not None and not stands:
                self.inserted.insert(place, key)
        self.written[key] = row

    def insert(self, key: int, row: Row) -> None:
        """Put a row that is not there. ValueError when its key exists."""
        if self.row(key) is not None:
            raise ValueError(f"key {key} exists already")
        self.write(key, row)

    def change(self, key: int, new: dict[int, Value]) -> int:
        """Set values by the position of their column; the number of rows changed."""
        row = self.row(key)
        if row is None:
            return 0
        values = list(row)
        for place, value in new.items():
            values[place] = value
        self.write(key, tuple(values))
        return 1

    def delete(self, key: int) -> int:
        """The number of rows deleted."""
        if self.row(key) is None:
            return 0
        self.write(key, None)
        return 1

    def at_least(self, key: int, limit: int) -> list[Row]:
        """The first `limit` rows whose key is `key` or more, in the order of the key."""
        found: list[Row] = []
        start = max(key, 0)
        while len(found) < limit and start < self.loaded:
            stop = min(start + limit, self.loaded)
            found += self._now(start, stop)
            start = stop
        for number in self.inserted[bisect.bisect_left(self.inserted, key) :]:
            if len(found) >= limit:
                break
            row = self.written[number]
            if row is not None:
                found.append(row)
        return found[:limit]

    def between(self, start: int, stop: int) -> list[Row]:
        """The rows with keys start..stop-1, in the order of the key."""
        found = self._now(max(start, 0), min(stop, self.loaded))
        first, last = (bisect.bisect_left(self.inserted, key) for key in (start, stop))
        return found + [row for k in self.inserted[first:last] if (row := self.written[k])]

    def _now(self, start: int, stop: int) -> list[Row]:
        """Loaded rows start..stop-1, as they are now."""
        if start >= stop:
            return []
        each = enumerate(self.rows(start, stop), start)
        current = (self.written.get(number, row) for number, row in each)
        return [row for row in current if row is not None]

    def _batch(self, start: int, stop: int) -> pa.RecordBatch:
        return self.dataset.rows(
            self.table.name,
            start,
            stop,
            seed=self.seed,
            record_size_bytes=self.record_size_bytes,
        )
