"""Rows of Arrow batches as a number and a checksum, however they are cut into batches."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

from bench.engines.retention import Contents


class Digest:
    """Takes batches of one table in the order of its key."""

    def __init__(self) -> None:
        self._rows = 0
        self._columns: dict[str, hashlib.blake2b] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows; which are null, how long texts are, and all values count."""
        self._rows += batch.num_rows
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if pa.types.is_timestamp(column.type):
                column = column.cast(pa.int64())  # as the text formats have it
            for part, data in _parts(column):
                digest = self._columns.setdefault(f"{name} {part}", hashlib.blake2b())
                digest.update(data)

    def contents(self) -> Contents:
        """All rows that were added."""
        whole = hashlib.blake2b(digest_size=16)
        for name, digest in sorted(self._columns.items()):
            whole.update(name.encode() + b"\0" + digest.digest())
        return Contents(self._rows, whole.hexdigest())


def _parts(column: pa.Array) -> list[tuple[str, bytes]]:
    """What makes up a column, as bytes that only depend on its values."""
    there = column.is_valid().to_numpy(zero_copy_only=False).tobytes()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts = column.fill_null("").cast(pa.large_binary())
        lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
        joined = pc.binary_join(
            pa.LargeListArray.from_arrays([0, len(texts)], texts), pa.scalar(b"", pa.large_binary())
        )
        return [("nulls", there), ("lengths", lengths.tobytes()), ("text", joined[0].as_buffer())]
    zero = False if pa.types.is_boolean(column.type) else 0
    values = column.fill_null(zero).to_numpy(zero_copy_only=False)
    return [("nulls", there), ("values", values.tobytes())]
