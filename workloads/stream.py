"""The stream of operations: a pure function of (workload, seed, worker).

Reads, updates and deletes aim at records that exist for the worker: the loaded ones and those it
inserted itself, without those it deleted. Inserts of different workers never collide, nor do their
deletes: worker w of W inserts keys records + w + j*W and deletes loaded keys with key % W == w.

A transaction aims its first request at `Batch.key` and draws a key of its own for each further
one (`Batch.further`); `workloads.transactions` says which request takes which.

An insert becomes a target only IN_FLIGHT operations after its own place in the stream, so that a
worker with several connections does not read a record that is still on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from workloads.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from workloads.spec.model import Workload

    Token = TypeVar("Token", int, npt.NDArray[np.uint64])

IN_FLIGHT = 64  # operations; more connections than that in one worker are not expected
DEFAULT_RANGE_LIMIT = 100  # rows of a range that names no limit
DEFAULT_TOP_LIMIT = 10  # rows of a top-k that names no limit
DEFAULT_LIMITS = {"range": DEFAULT_RANGE_LIMIT, "top-k": DEFAULT_TOP_LIMIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A run of operations, as equally long arrays.

    operation  uint8, position in `Workload.operations`
    key        int64, the key an operation is about (the first key of a range; the new key of an insert)
    limit      int32, rows of a range, scan or top-k; otherwise 0
    token      uint64, what an update's new value, a scan's filter choice and extra keys derive from
    further    int64 matrix, further keys that transactions need (`transactions.Outline.further`
               says what each column holds), as wide as the transaction that needs the most; None
               where no operation needs any
    """

    operation: npt.NDArray[np.uint8]
    key: npt.NDArray[np.int64]
    limit: npt.NDArray[np.int32]
    token: npt.NDArray[np.uint64]
    further: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.operation)


def batches(
    workload: Workload,
    *,
    seed: int,
    worker: int = 0,
    workers: int = 1,
    records: int,
    size: int = 8192,
) -> Iterator[Batch]:
    """Operations without end, `size` at a time, for worker 0..workers-1 of a run.

    `records` is how many records were loaded (`workload.data.records`, scaled). Keys follow
    `workload.data.keys`, `DEFAULT_KEYS` where nobody said. The stream does not depend on `size`.
    InputError for a workload without operations or a worker out of range.
    """
    from workloads.mixing import Mix

    if size < 1:
        raise InputError(f"a batch cannot hold {size} operations")
    blocks = Mix(workload, seed=seed, worker=worker, workers=workers, records=records).blocks()
    held = next(blocks)
    while True:
        while len(held) < size:
            held = joined(held, next(blocks))
        yield part(held, 0, size)
        held = part(held, size, len(held)) if len(held) > size else next(blocks)


def part(batch: Batch, start: int, stop: int) -> Batch:
    """Operations start..stop-1 of a batch."""
    return chosen(batch, slice(start, stop))


def chosen(batch: Batch, which: slice | npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Batch:
    """Some operations of a batch, in its order."""
    return Batch(
        operation=batch.operation[which],
        key=batch.key[which],
        limit=batch.limit[which],
        token=batch.token[which],
        further=None if batch.further is None else batch.further[which],
    )


def joined(first: Batch, second: Batch) -> Batch:
    """The operations of one batch and then those of another."""
    import numpy as np

    further = None
    if first.further is not None and second.further is not None:
        further = np.concatenate([first.further, second.further])
    return Batch(
        operation=np.concatenate([first.operation, second.operation]),
        key=np.concatenate([first.key, second.key]),
        limit=np.concatenate([first.limit, second.limit]),
        token=np.concatenate([first.token, second.token]),
        further=further,
    )


def column_token(token: Token, position: int) -> Token:
    """The token of column `position` of `Roles.update_columns` in an update of all fields.

    0-based; position 0 keeps the token. Takes one token or a uint64 array of them.
    """
    if isinstance(token, int):
        return token ^ position
    import numpy as np

    return token ^ np.uint64(position)


def extra_keys(key: int, token: int, n: int, records: int) -> list[int]:
    """The n-1 further keys that an update with `atomic_with` n changes beside `key`.

    Distinct, among the loaded keys 0..records-1; fewer when there are not so many. All n keys
    get the same new value (that of the token). Update them in ascending order, `key` included,
    so that two transactions lock in the same order. `extra_keys_of` does it for many operations.
    """
    import numpy as np

    keys = np.array([key], dtype=np.int64)
    tokens = np.array([token], dtype=np.uint64)
    found: list[int] = extra_keys_of(keys, tokens, n, records)[0].tolist()
    return found


def extra_keys_of(
    keys: npt.NDArray[np.int64], tokens: npt.NDArray[np.uint64], n: int, records: int
) -> npt.NDArray[np.int64]:
    """`extra_keys` of many operations: an int64 matrix, one row an operation.

    The other keys, in a ring that starts behind `key`, are cut into n-1 equal parts, and one key
    of each part is drawn by the token.
    """
    import numpy as np

    from workloads.datasets.recipes.hashing import GOLDEN, mix_array

    others = records - 1
    parts = max(0, min(n - 1, others))
    places = np.arange(parts, dtype=np.int64)
    first = places * others // max(parts, 1)
    width = (places + 1) * others // max(parts, 1) - first
    spread = (places.astype(np.uint64) + np.uint64(1)) * np.uint64(GOLDEN)
    words = mix_array(tokens[:, None] + spread)
    offset = (words >> np.uint64(32)) * width.astype(np.uint64) >> np.uint64(32)
    return (keys[:, None] + 1 + first + offset.astype(np.int64)) % records
