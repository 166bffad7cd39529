"""Capacity units that a request consumes, by DynamoDB's rules.

Sources: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations" and "Using Global
Secondary Indexes" (read 2026-11). One read unit is one strongly consistent read of up to 4 KiB,
one write unit one write of up to 1 KiB. A Query or Scan pays for what it read, in pages of 1 MiB
each rounded up on its own; the item that crosses the limit belongs to the page, so that a full
page of small items costs 128.5 eventually consistent units rather than 128.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

READ_BLOCK_BYTES = 4096
WRITE_BLOCK_BYTES = 1024
PAGE_BYTES = 1024 * 1024
TRANSACTION_ITEMS = 100
TRANSACTION_FACTOR = 2

Consistency = Literal["eventual", "strong", "transactional"]
READ_FACTOR: dict[Consistency, float] = {"eventual": 0.5, "strong": 1.0, "transactional": 2.0}


def read_blocks(size_bytes: int) -> int:
    """Blocks of 4 KiB read for so many bytes; nothing found costs one block.

    >>> read_blocks(0), read_blocks(3584), read_blocks(4096), read_blocks(10 * 1024)
    (1, 1, 1, 3)
    """
    return max(1, -(-size_bytes // READ_BLOCK_BYTES))


def read_units(size_bytes: int, consistency: Consistency = "eventual") -> float:
    """Read units of one item (or of one page of a Query) of that size.

    >>> [read_units(8 * 1024, c) for c in ("strong", "eventual", "transactional")]
    [2.0, 1.0, 4.0]
    """
    return read_blocks(size_bytes) * READ_FACTOR[consistency]


def page_blocks(sizes_bytes: Iterable[int]) -> int:
    """Blocks of a Query or Scan over items of these sizes, in the order in which they are read.

    >>> page_blocks([]), page_blocks([1024] * 5), page_blocks([400_000] * 6)
    (1, 2, 586)
    """
    blocks = 0
    page = 0
    for size in sizes_bytes:
        page += size
        if page > PAGE_BYTES:
            blocks += read_blocks(page)
            page = 0
    return blocks + read_blocks(page) if page or not blocks else blocks


def write_units(
    before_bytes: int | None, after_bytes: int | None, *, transactional: bool = False
) -> int:
    """Write units of one put, update or delete: by the larger of the item before and after.

    None is no item. Deleting what is not there costs one unit.

    >>> write_units(None, 512), write_units(1536, 3000), write_units(3000, None), write_units(None, None)
    (1, 3, 3, 1)
    """
    larger = max(before_bytes or 0, after_bytes or 0)
    units = max(1, -(-larger // WRITE_BLOCK_BYTES))
    return units * TRANSACTION_FACTOR if transactional else units


def index_write_units(
    before_bytes: int | None, after_bytes: int | None, *, same_key: bool, changed: bool = True
) -> int:
    """Write units of one secondary index when an item of its table is written.

    The sizes are those of the projected entry; None is no entry. A new key costs a delete and a
    put; an entry in which nothing changed costs nothing.

    >>> index_write_units(None, 200, same_key=False), index_write_units(200, 200, same_key=False)
    (1, 2)
    """
    if before_bytes is None and after_bytes is None:
        return 0
    if before_bytes is None or after_bytes is None:
        return write_units(before_bytes, after_bytes)
    if not same_key:
        return write_units(before_bytes, None) + write_units(None, after_bytes)
    return write_units(before_bytes, after_bytes) if changed else 0
