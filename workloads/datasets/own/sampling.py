"""A sample of the rows of a stream, in random order: all of them while they are few.

Every row has a random word that follows from its number, and those with the lowest words are kept,
so each row is as likely as any other, in one pass and in bounded memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workloads.datasets.recipes.arrow import numbers
from workloads.datasets.recipes.hashing import Rows

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_ROWS = 131_072
MOST_BYTES = 8 << 20
SEED = 0x73616D70


@dataclass(slots=True)
class Sampler:
    """`seen` rows went by. Rows whose word is above `limit` are not kept."""

    seen: int = 0
    limit: int = 0xFFFFFFFFFFFFFFFF
    held: list[tuple[npt.NDArray[np.uint64], Any]] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0

    def add(self, batch: Any) -> None:
        """Take the rows of a batch that belong to the sample so far."""
        places = np.arange(self.seen, self.seen + batch.num_rows, dtype=np.uint64)
        self.seen += batch.num_rows
        words = Rows(seed=SEED, table="own", column="row", numbers=places).words()
        kept = np.flatnonzero(words <= np.uint64(self.limit))
        if not len(kept):
            return
        self._hold(words[kept], batch.take(numbers(kept)))
        while self.rows > 2 * MOST_ROWS or (self.bytes > 2 * MOST_BYTES and self.rows > 2):
            self._cut()

    def _hold(self, words: npt.NDArray[np.uint64], batch: Any) -> None:
        self.held.append((words, batch))
        self.rows += len(words)
        self.bytes += batch.nbytes

    def _cut(self) -> None:
        """Keep the lower half of what is held."""
        every = np.concatenate([words for words, _ in self.held])
        last = len(every) // 2 - 1
        self.limit = int(np.partition(every, last)[last])
        before, self.held, self.rows, self.bytes = self.held, [], 0, 0
        for words, batch in before:
            kept = np.flatnonzero(words <= np.uint64(self.limit))
            if len(kept):
                self._hold(words[kept], batch.take(numbers(kept)))

    def sample(self) -> Any:
        """The sample as one table, in the order of the words."""
        import pyarrow as pa

        words = np.concatenate([words for words, _ in self.held])
        table = pa.Table.from_batches([batch for _, batch in self.held])
        most = min(MOST_ROWS, max(2, int(MOST_BYTES / max(self.bytes / self.rows, 1e-9))))
        order = np.argsort(words, kind="stable")[:most]
        return table.take(numbers(order.astype(np.int64)))
