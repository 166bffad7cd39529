"""How the stream of operations is made: blocks of operations, each a few array operations.

Everything is counted in *positions*. Position p < records is the loaded record p; position
records + j is the worker's own insert number j. For deletes, the worker's own records stand in one
queue: its share of the loaded records in a fixed random order, then its inserts in order. A delete
takes the head of the queue, so no record is deleted twice; when the queue is empty, a delete aims at
the record deleted last and finds nothing.

A transaction may need further keys, of existing records, new records and new rows of other tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workloads.datasets.recipes.hashing import mix
from workloads.errors import InputError
from workloads.keys import chooser
from workloads.keys.sampling.permutation import Permutation
from workloads.spec.model import DEFAULT_KEYS, LIMITED_KINDS
from workloads.stream import DEFAULT_LIMITS, IN_FLIGHT, Batch
from workloads.transactions import NUMBER_BITS, deletes, inserts, outline, part_token

if TYPE_CHECKING:
    import numpy.typing as npt

    from workloads.spec.model import Workload

    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

BLOCK = 8_192  # operations: arrays of a block fit the cache
DELETE_SALT = 0x64656C
NUMBER_SALT = 0x6E756D
MIX_LIMIT = 256  # operations of a mix: their position is a uint8


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """Which records there are at each operation of a block.

    newest     highest position that may be aimed at
    first      number of the first insert that the operation makes; None where nothing inserts
    start      place in the queue before which everything is deleted; None where nothing deletes
    available  places of the queue
    """

    newest: int | Integers
    first: Integers | None
    start: Integers | None
    available: int | Integers


class Mix:
    """The state of one worker's stream: how many records it inserted and deleted so far."""

    def __init__(
        self, workload: Workload, *, seed: int, worker: int, workers: int, records: int
    ) -> None:
        if not 0 <= worker < workers:
            raise InputError(f"worker {worker} is not one of {workers} workers (0..{workers - 1})")
        self.operations = workload.operations
        weights = np.array([operation.weight for operation in self.operations], dtype=np.float64)
        if not 0 < len(weights) <= MIX_LIMIT or not weights.sum() > 0:
            raise InputError(
                f"workload '{workload.name}' has no operations to run",
                hint=f"1 to {MIX_LIMIT} operations whose weights sum to more than 0",
            )
        self.edges = np.cumsum(weights / weights.sum())[:-1]
        self.outlines = [outline(o) if o.kind == "transaction" else None for o in self.operations]
        self.inserting = np.array([inserts(o) for o in self.operations], dtype=np.int64)
        self.deleting = np.array([deletes(o) for o in self.operations], dtype=np.bool_)
        plans = zip(self.operations, self.outlines, strict=True)
        new = [plan.first_new if plan else o.kind == "insert" for o, plan in plans]
        self.first_new = np.array(new, dtype=np.bool_)
        # Numbers that one operation may use for new rows of other tables.
        self.numbers = max(t.further.count("number") if t else 0 for t in self.outlines)
        self.stem = mix(seed ^ NUMBER_SALT) >> (NUMBER_BITS + 1) << NUMBER_BITS
        self.width = max(len(t.further) if t else 0 for t in self.outlines)
        self.done = 0  # operations of the blocks before
        self.records, self.worker, self.workers = records, worker, workers
        self.chooser = chooser(workload.data.keys or DEFAULT_KEYS, records)
        self.rng = np.random.Generator(np.random.SFC64([seed & ((1 << 64) - 1), worker, workers]))
        self.inserted = 0
        self.recent = np.zeros(IN_FLIGHT, dtype=np.int64)  # inserts among the last operations
        self.deleted = 0
        # The worker's share of the loaded records: worker, worker + workers, …
        self.share = max(0, -(-(records - worker) // workers))
        self.queue = Permutation(count=max(self.share, 1), salt=DELETE_SALT)

    def blocks(self) -> Iterator[Batch]:
        """Blocks of BLOCK operations without end."""
        while True:
            yield self._block()

    def _block(self) -> Batch:
        chosen = np.searchsorted(self.edges, self.rng.random(BLOCK), side="right")
        operation = chosen.astype(np.uint8)
        token = self.rng.bit_generator.random_raw(BLOCK)
        there = self._existing(operation)
        position = self.chooser.draw(self.rng, BLOCK, newest=there.newest)
        key = self._keys(position) if there.first is not None else position
        if there.start is not None:
            deletes = self.deleting[operation]
            key = self._avoiding(key, there.start, there.available, token)
            key[deletes] = self._queued(there.start[deletes])
        if there.first is not None:
            new = self.first_new[operation]
            key[new] = self._own(there.first[new])
        further = self._further(operation, there, token) if self.width else None
        self.done += BLOCK
        limit = self._limits(operation, token)
        return Batch(operation=operation, key=key, limit=limit, token=token, further=further)

    def _existing(self, operation: npt.NDArray[np.uint8]) -> Existing:
        """What exists for each operation of the block; counts the block's inserts and deletes."""
        newest: int | Integers = self.records - 1
        first = start = None
        available: int | Integers = self.share
        if self.inserting.any():
            counts = self.inserting[operation]
            known = self._known(counts)
            newest, available = newest + known, available + known
            first = self.inserted + np.cumsum(counts) - counts
            self.inserted += int(counts.sum())
        if self.deleting.any():
            start = self._heads(self.deleting[operation], available)
        return Existing(newest=newest, first=first, start=start, available=available)

    def _further(
        self, operation: npt.NDArray[np.uint8], there: Existing, token: npt.NDArray[np.uint64]
    ) -> Integers:
        """The further keys of the transactions of a block; 0 where there are none."""
        further = np.zeros((BLOCK, self.width), dtype=np.int64)
        for number, plan in enumerate(self.outlines):
            if plan is None or not plan.further:
                continue
            mine = np.flatnonzero(operation == number)
            new, numbers = int(plan.first_new), 0
            for column, supply in enumerate(plan.further):
                if supply == "existing":
                    further[mine, column] = self._drawn(mine, there, part_token(token, column + 1))
                elif supply == "new" and there.first is not None:
                    further[mine, column] = self._own(there.first[mine] + new)
                    new += 1
                else:
                    order = ((self.done + mine) * self.workers + self.worker) * self.numbers
                    further[mine, column] = self.stem + order + numbers
                    numbers += 1
        return further

    def _drawn(
        self, mine: npt.NDArray[np.intp], there: Existing, token: npt.NDArray[np.uint64]
    ) -> Integers:
        """A key of an existing record for each of some operations of the block."""
        newest = there.newest if isinstance(there.newest, int) else there.newest[mine]
        key = self._keys(self.chooser.draw(self.rng, len(mine), newest=newest))
        if there.start is None:
            return key
        available = np.broadcast_to(there.available, (BLOCK,))[mine]
        return self._avoiding(key, there.start[mine], available, token[mine])

    def _known(self, counts: Integers) -> Integers:
        """How many inserts may be aimed at, at each operation of the block."""
        both = np.concatenate([self.recent, counts])
        before = self.inserted - int(self.recent.sum())
        passed = np.cumsum(both[: len(counts)])
        self.recent = both[len(counts) :]
        # Operation i knows what stands at IN_FLIGHT or more places before it.
        return before + passed

    def _keys(self, position: Integers) -> Integers:
        """The keys at positions of the worker's own numbering."""
        return np.where(position < self.records, position, self._own(position - self.records))

    def _own(self, number: Integers) -> Integers:
        """The keys of the worker's own inserts."""
        return self.records + self.worker + number * self.workers

    def _heads(self, deletes: Flags, available: int | Integers) -> Integers:
        """The head of the queue at each operation: the place that a delete takes."""
        wanted = self.deleted + np.cumsum(deletes)
        # The head moves only as far as records are known: what is wanted beyond is held back.
        behind = np.maximum.accumulate(np.maximum(wanted - available, 0))
        head = wanted - behind  # after the operation
        self.deleted = int(head[-1])
        start: Integers = np.maximum(head - deletes, 0)  # the records before it are gone
        return start

    def _avoiding(
        self,
        key: Integers,
        start: Integers,
        available: int | Integers,
        token: npt.NDArray[np.uint64],
    ) -> Integers:
        """Keys with those of deleted records replaced by others."""
        alive = np.flatnonzero((self._place(key) < start) & (start < available))
        if len(alive):
            left = np.broadcast_to(available, key.shape)[alive] - start[alive]
            pick = (token[alive] >> np.uint64(32)) * left.astype(np.uint64) >> np.uint64(32)
            key[alive] = self._queued(start[alive] + pick.astype(np.int64))
        return key

    def _place(self, key: Integers) -> Integers:
        """The place of a key in its worker's queue, reckoned as in this worker's.

        Other workers are taken to have deleted as many as this one: what they deleted is not
        known here, but a key is then rarely one of theirs that is gone.
        """
        loaded = key < self.records
        index = np.where(loaded, key // self.workers, 0)
        place = self.queue.invert(np.minimum(index, max(self.share - 1, 0)))
        return np.where(loaded, place, self.share + (key - self.records) // self.workers)

    def _queued(self, place: Integers) -> Integers:
        """The keys at places of this worker's queue."""
        loaded = place < self.share
        turned = self.queue.apply(np.where(loaded, place, 0)) * self.workers + self.worker
        return np.where(loaded, turned, self._own(place - self.share))

    def _limits(
        self, operation: npt.NDArray[np.uint8], token: npt.NDArray[np.uint64]
    ) -> npt.NDArray[np.int32]:
        """Rows that each range, top-k or limited scan may return; 0 for the other kinds."""
        limit = np.zeros(len(operation), dtype=np.int32)
        for number, wanted in enumerate(self.operations):
            most = wanted.limit or DEFAULT_LIMITS.get(wanted.kind)
            if wanted.kind not in LIMITED_KINDS or most is None:
                continue
            mine = operation == number
            if wanted.uniform_limit:
                drawn = (token[mine] & np.uint64(0xFFFFFFFF)) * np.uint64(most) >> np.uint64(32)
                limit[mine] = 1 + drawn.astype(np.int32)
            else:
                limit[mine] = most
        return limit
