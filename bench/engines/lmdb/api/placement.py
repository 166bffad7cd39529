"""Where keys lie: the order that nobody promises.

DynamoDB hashes a partition key to place it, with a function it does not publish. A Scan returns
partitions in the order of that hash, a segment of a parallel Scan is a range of it, and entries
of an index with equal keys come in an order of their own. A store takes all this from its
`Placement`: `Hashed` by default; a comparison with another implementation may learn its order.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

PLACE_BYTES = 8


class Placement(Protocol):
    """Both functions must give the same bytes for the same arguments, always."""

    def place(self, partition: bytes, *, indexed: bool = False) -> bytes:
        """8 bytes for the ordered form of a partition key, of a global index or of the table;
        segments are ranges of them."""
        ...

    def tie(self, primary: bytes, *, local: bool) -> bytes:
        """Orders the entries of an index with equal keys; of a fixed length, may be empty.

        `primary` is the item's primary key without its place.
        """
        ...


class Hashed:
    """BLAKE2b; entries with equal keys in the order of their primary keys."""

    def place(self, partition: bytes, *, indexed: bool = False) -> bytes:  # noqa: ARG002
        return hashlib.blake2b(partition, digest_size=PLACE_BYTES).digest()

    def tie(self, primary: bytes, *, local: bool) -> bytes:  # noqa: ARG002 - the seam's
        return b""


def segment_bounds(segment: int, segments: int) -> tuple[bytes, bytes | None]:
    """The first place of a segment and the first after it (None: to the end)."""
    whole = 1 << (8 * PLACE_BYTES)
    first, after = (-(-whole * part // segments) for part in (segment, segment + 1))
    return (
        first.to_bytes(PLACE_BYTES, "big"),
        None if after == whole else after.to_bytes(PLACE_BYTES, "big"),
    )
