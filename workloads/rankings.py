"""The expected answers to top-k and window questions, from the generators and what was written.

The measure of every row is gone through in the order of the key, chunk after chunk, so memory
grows with the answer and with what was written, not with the number of records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workloads.contents import Contents, Row, Value
from workloads.datasets.recipes.arrow import whole_numbers

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Integers = npt.NDArray[np.int64]

CHUNK_ROWS = 65_536


@dataclass(slots=True)
class Group:
    """What a window question needs to know of a group so far.

    `peak` is the highest running sum (None before the first row), `least` the lowest measure,
    and `equals` how many rows have it.
    """

    rows: int = 0
    total: int = 0
    peak: int | None = None
    least: int | None = None
    equals: int = 0

    def add(self, measures: Integers) -> None:
        """The group's next rows in the order of the key; at least one."""
        running = self.total + np.cumsum(measures)
        highest, lowest = int(running.max()), int(measures.min())
        self.peak = highest if self.peak is None else max(self.peak, highest)
        self.rows, self.total = self.rows + len(measures), int(running[-1])
        if self.least is None or lowest < self.least:
            self.least, self.equals = lowest, 0
        self.equals += int(np.count_nonzero(measures == self.least))

    @property
    def last_rank(self) -> int:
        """The rank of the row with the lowest measure: all larger ones stand before it."""
        return self.rows - self.equals + 1


@dataclass(slots=True)
class Chunk:
    """Rows in the order of the key whose measure is not null; `code` numbers their groups."""

    key: Integers
    code: Integers
    measure: Integers


class Rankings:
    """Ranks and running sums over the main table as `main` has it now."""

    def __init__(self, main: Contents) -> None:
        roles = main.dataset.roles
        self.main = main
        self.group, self.measure = roles.group_column, roles.measure
        wanted = tuple(dict.fromkeys((self.group, self.measure)))
        self.narrow = main.dataset.projected(main.table.name, wanted)
        self.codes: dict[Value, int] = {}

    def top(self, limit: int) -> list[Row]:
        """The rows with the largest measure, equals by key; at most `limit`."""
        keys = measures = np.zeros(0, dtype=np.int64)
        for chunk in self._chunks():
            keys = np.concatenate([keys, chunk.key])
            measures = np.concatenate([measures, chunk.measure])
            first = np.lexsort((keys, ~measures))[:limit]  # ~ turns the order and cannot overflow
            keys, measures = keys[first], measures[first]
        loaded = keys[keys < self.main.loaded]
        if len(loaded):
            self.main.prepare(loaded)
        return [row for key in keys.tolist() if (row := self.main.row(key)) is not None]

    def windows(self) -> list[Row]:
        """Each group with its highest running sum and its last rank; null last."""
        groups: dict[int, Group] = {}
        for chunk in self._chunks():
            order = np.argsort(chunk.code, kind="stable")
            codes, measures = chunk.code[order], chunk.measure[order]
            starts = np.flatnonzero(np.diff(codes, prepend=-1))
            for code, part in zip(codes[starts], np.split(measures, starts[1:]), strict=True):
                groups.setdefault(int(code), Group()).add(part)
        values = list(self.codes)
        rows = [(values[code], group.peak, group.last_rank) for code, group in groups.items()]
        return sorted(rows, key=lambda row: (row[0] is None, row[0]))

    def _chunks(self) -> Iterator[Chunk]:
        main = self.main
        for start in range(0, main.loaded, CHUNK_ROWS):
            stop = min(start + CHUNK_ROWS, main.loaded)
            batch = self.narrow.rows(
                main.table.name,
                start,
                stop,
                seed=main.seed,
                record_size_bytes=main.record_size_bytes,
            )
            measures = batch.column(batch.schema.get_field_index(self.measure))
            codes = self._coded(batch.column(batch.schema.get_field_index(self.group)))
            present = _present(measures)
            amounts = whole_numbers(measures).copy()  # what lies under a null is not looked at
            for key in [key for key in main.written if start <= key < stop]:
                self._overlay(main.written[key], key - start, (codes, amounts, present))
            if present.any():
                keys = start + np.flatnonzero(present)
                yield Chunk(keys, codes[present], amounts[present])
        yield from self._inserted()

    def _overlay(
        self, row: Row | None, place: int, arrays: tuple[Integers, Integers, npt.NDArray[np.bool_]]
    ) -> None:
        """Put a written row over the loaded one."""
        codes, amounts, present = arrays
        measure = None if row is None else row[self.main.column[self.measure]]
        present[place] = measure is not None
        if row is not None and measure is not None:
            amounts[place] = measure
            codes[place] = self._code(row[self.main.column[self.group]])

    def _inserted(self) -> Iterator[Chunk]:
        group, measure = self.main.column[self.group], self.main.column[self.measure]
        found = [
            (key, self._code(row[group]), row[measure])
            for key in self.main.inserted
            if (row := self.main.written[key]) is not None and row[measure] is not None
        ]
        if found:
            key, code, amount = np.array(found, dtype=np.int64).T
            yield Chunk(key, code, amount)

    def _coded(self, column: pa.Array) -> Integers:
        """A number for each value, the same in every chunk."""
        encoded = column.dictionary_encode()
        own = [self._code(value) for value in encoded.dictionary.to_pylist()]
        numbers = np.array([*own, self._code(None)], dtype=np.int64)
        places = whole_numbers(encoded.indices.cast("int64"))
        coded: Integers = numbers[np.where(_present(column), places, len(own))]
        return coded

    def _code(self, value: Value) -> int:
        return self.codes.setdefault(value, len(self.codes))


def _present(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Where an array has values."""
    flags = column.is_valid().cast("uint8")
    found: npt.NDArray[np.bool_] = np.frombuffer(flags.buffers()[1], dtype=np.bool_)
    return found[flags.offset : flags.offset + len(flags)]
