"""The requests that read, as an application of DynamoDB would send them.

    read   GetItem
    range  Query from a sort key on, bucket after bucket
    scan   Scan of the whole table; the filter spares transfer, not reading
    join   Query of the child's index, then GetItem of the main item

Every call takes a snapshot of its own. Counting consumed units is one addition for a read: the
stored item begins with the number of blocks that it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

import lmdb
import msgspec

from bench.engines.lmdb import capacity, ordering
from bench.engines.lmdb.codec import stored_size
from bench.engines.lmdb.environment import failed
from bench.engines.lmdb.handle import Handle, bucketed_keys
from bench.engines.seam import OperationFailed, Row
from bench.engines.selection import index

if TYPE_CHECKING:
    from workloads.stream import Batch

_BUCKET_BYTES = ordering.INTEGER_BYTES  # the partition's part of a main key


class Read:
    """GetItem."""

    def __init__(self, handle: Handle) -> None:
        self._values = handle.main.codec.values
        self.call = _getter(handle)

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[bytes]:
        return bucketed_keys(batch.key[index(rows)])

    def answer(self, raw: bytes | None) -> list[Row]:
        return [] if raw is None else [tuple(self._values(raw)[1:])]


def _getter(handle: Handle) -> Callable[[bytes], bytes | None]:
    begin, database = handle.environment.begin, handle.main.database
    factor = capacity.READ_FACTOR[handle.plan.consistency]
    blocks = 0

    def get(key: bytes) -> bytes | None:
        nonlocal blocks
        try:
            # The transaction ends with its last reference, which spares a call to `abort`.
            stored = begin(database).get(key)
        except lmdb.Error as error:
            raise failed(error) from error
        if stored is None:
            blocks += 1
            return None
        blocks += stored[0]
        return stored

    handle.taps.append(lambda: blocks * factor)
    return get


class Range:
    """Query from a sort key on, with a limit, going on in the next bucket that has items.

    The application knows which buckets there are (one more for 1,024 inserts), so it asks none
    that is empty, except the first, where it cannot know whether anything follows.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._values = handle.main.codec.values

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[bytes, int]]:
        keys = bucketed_keys(batch.key[index(rows)])
        return list(zip(keys, batch.limit[index(rows)].tolist(), strict=True))

    def call(self, argument: tuple[bytes, int]) -> list[tuple[bytes, bytes]]:
        start, limit = argument
        try:
            with self._handle.environment.begin(self._handle.main.database) as txn:
                cursor = txn.cursor()
                found = list(islice(cursor.iternext(), limit)) if cursor.set_range(start) else []
        except lmdb.Error as error:
            raise failed(error) from error
        self._count(start[:_BUCKET_BYTES], found)
        return found

    def answer(self, raw: list[tuple[bytes, bytes]]) -> list[Row]:
        return [tuple(self._values(stored)[1:]) for _, stored in raw]

    def _count(self, asked: bytes, found: list[tuple[bytes, bytes]]) -> None:
        meter = self._handle.meter
        factor = capacity.READ_FACTOR[self._handle.plan.consistency]
        if not found or not found[0][0].startswith(asked):
            meter.read(factor)  # a Query that finds nothing
        if found and found[0][0][:_BUCKET_BYTES] == found[-1][0][:_BUCKET_BYTES]:
            sizes = [stored_size(stored) for _, stored in found]
            meter.read(capacity.page_blocks(sizes) * factor)
            return
        for _, items in groupby(found, key=lambda pair: pair[0][:_BUCKET_BYTES]):
            sizes = [stored_size(stored) for _, stored in items]
            meter.read(capacity.page_blocks(sizes) * factor)


class Scan:
    """Scan with a filter on one attribute; the client counts and sums what comes back."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        names, roles = handle.main.codec.names, handle.plan.dataset.roles
        self._filter = names.index(roles.filter_column)
        self._measure = names.index(roles.measure)

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[bytes, str | int]]:
        choices = self._handle.plan.dataset.roles.filter_values
        tokens = batch.token[index(rows)].tolist()
        wanted = [choices[token % len(choices)] for token in tokens]
        return [(msgspec.msgpack.encode(value), value) for value in wanted]

    def call(self, argument: tuple[bytes, str | int]) -> tuple[int, int | None]:
        tally = _Tally()
        try:
            with self._handle.environment.begin(self._handle.main.database) as txn:
                items = txn.cursor().iternext(False, True)
                blocks = capacity.page_blocks(self._sizes(items, argument, tally))
        except lmdb.Error as error:
            raise failed(error) from error
        self._handle.meter.read(blocks * capacity.READ_FACTOR[self._handle.plan.consistency])
        return tally.items, tally.total if tally.measures else None

    def _sizes(
        self, items: Iterator[bytes], argument: tuple[bytes, str | int], tally: _Tally
    ) -> Iterator[int]:
        """Each item's size as it is read; those that pass the filter go into the tally."""
        needle, wanted = argument
        values = self._handle.main.codec.values
        for stored in items:
            yield stored_size(stored)
            if needle in stored:  # most items need not be unpacked
                row = values(stored)
                if row[self._filter] == wanted:
                    tally.add(row[self._measure])

    def answer(self, raw: tuple[int, int | None]) -> list[Row]:
        return [raw]


@dataclass(slots=True)
class _Tally:
    """Items that passed a filter; how many had a measure, and the sum of those."""

    items: int = 0
    measures: int = 0
    total: int = 0

    def add(self, measure: int | None) -> None:
        self.items += 1
        if measure is not None:
            self.measures += 1
            self.total += measure


class Join:
    """Query of the child's index by the reference, then GetItem of the main item: two requests.

    A global index is read eventually consistent: it has nothing else.
    """

    def __init__(self, handle: Handle) -> None:
        if handle.child is None:
            name = handle.plan.dataset.name
            raise OperationFailed("no-second-table", f"dataset '{name}' has no table to join")
        self._handle = handle
        self._child = handle.child
        self._index = handle.child.indexes[0]

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[int, bytes]]:
        keys = batch.key[index(rows)]
        return list(zip(keys.tolist(), bucketed_keys(keys), strict=True))

    def call(self, argument: tuple[int, bytes]) -> tuple[list[bytes], bytes | None]:
        reference, key = argument
        meter, main = self._handle.meter, None
        try:
            with self._handle.environment.begin() as txn:
                children = list(self._child.query(txn, reference, index=self._index))
                if children:
                    main = txn.get(key, None, self._handle.main.database)
        except lmdb.Error as error:
            raise failed(error) from error
        sizes = [stored_size(stored) for stored in children]
        meter.read(capacity.page_blocks(sizes) * capacity.READ_FACTOR["eventual"])
        if children:
            size = 0 if main is None else stored_size(main)
            meter.read(capacity.read_units(size, self._handle.plan.consistency))
        return children, main

    def answer(self, raw: tuple[list[bytes], bytes | None]) -> list[Row]:
        children, main = raw
        if main is None:
            return []
        row: tuple[Any, ...] = tuple(self._handle.main.codec.values(main)[1:])
        return [(*self._index.codec.values(child), *row) for child in children]
