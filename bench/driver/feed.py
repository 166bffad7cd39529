"""Operations and their encoded arguments, made ahead of time and outside the timed path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workloads.transactions import inserts, new_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from bench.engines.seam import Bound
    from workloads.spec.model import Operation
    from workloads.stream import Batch


# What is made ahead takes memory of the load generator's, about ten times its size while it is made;
# of large records few are made.
_AHEAD_BYTES = 4 * 2**20
_FEWEST = 4


def batch_size(usual: int, operations: Sequence[Operation], record_bytes: float) -> int:
    """How many operations to make at a time: `usual`, or as many as take some mebibytes."""
    written = max((o.records_written for o in operations if o.weight > 0), default=0)
    if not written or record_bytes <= 0:
        return usual
    return min(usual, max(_FEWEST, int(_AHEAD_BYTES / (written * record_bytes))))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch with one encoded argument for each position.

    inserted   highest key of an insert at or before each position; None without inserts
    """

    operation: npt.NDArray[np.uint8]
    arguments: list[Any]
    inserted: npt.NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.arguments)


class Feed:
    """Turns batches into arguments; knows the highest key whose insert was handed out and used."""

    def __init__(
        self,
        stream: Iterator[Batch],
        *,
        operations: Sequence[Operation],
        bounds: Sequence[Bound],
        records: int,
    ) -> None:
        self._stream = stream
        self._bounds = bounds
        self._operations = operations
        self._inserting = any(map(inserts, operations))
        self.next_key = records

    def rebind(self, bounds: Sequence[Bound]) -> None:
        """Encode through other bound operations from now on (after dialling again)."""
        self._bounds = bounds

    def prepare(self) -> Prepared:
        """The next batch."""
        batch = next(self._stream)
        size = len(batch)
        if len(self._bounds) == 1:
            only = self._bounds[0].encode(batch, range(size))
            return Prepared(batch.operation, only, self._inserted(batch))
        arguments: list[Any] = []
        # encode by operation, then bring the arguments into the order of the batch
        order = np.argsort(batch.operation, kind="stable")
        edges = np.searchsorted(batch.operation[order], range(len(self._bounds) + 1)).tolist()
        for position, bound in enumerate(self._bounds):
            rows = order[edges[position] : edges[position + 1]].tolist()
            if rows:
                arguments += bound.encode(batch, rows)
        places = np.empty(size, dtype=np.int64)
        places[order] = np.arange(size)
        ordered = list(map(arguments.__getitem__, places.tolist()))
        return Prepared(batch.operation, ordered, self._inserted(batch))

    def used(self, prepared: Prepared, last: int) -> None:
        """All positions below `last` were requested."""
        if prepared.inserted is not None and last:
            self.next_key = max(self.next_key, int(prepared.inserted[last - 1]) + 1)

    def _inserted(self, batch: Batch) -> npt.NDArray[np.int64] | None:
        if not self._inserting:
            return None
        found: npt.NDArray[np.int64] = np.maximum.accumulate(new_keys(self._operations, batch))
        return found
