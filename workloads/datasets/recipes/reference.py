"""References from a child table to the main table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.datasets.recipes import NUMBER_BYTES

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.recipes.hashing import Rows
    from workloads.datasets.seam import ColumnKind

BLOCK = 4096  # main rows, a power of two: how far the children of one row lie apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A key of the main table, `fan_out` children a main row in the mean; some rows have none.

    Children come in blocks. Those of a block refer to the main rows of that block only, in
    random order and with unequal popularity, so the children of one row are spread over
    `BLOCK * fan_out` neighbours as if they had arrived over time. Blocks double up to BLOCK
    rows, which makes every child row a function of its number alone; main rows after the last
    whole block (the newest) have no children.
    """

    fan_out: int
    kind: ColumnKind = "int64"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def count(self, records: int) -> int:
        """Child rows when the main table holds `records` rows."""
        if records <= 0:
            return 0
        whole = records // BLOCK * BLOCK or 1 << (records.bit_length() - 1)
        return whole * self.fan_out

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers

        position = rows.numbers // np.uint64(self.fan_out)
        exponent = np.frexp(np.clip(position, 1, BLOCK).astype(np.float64))[1] - 1
        power = np.uint64(1) << exponent.astype(np.uint64)  # the highest set bit
        early = position < BLOCK
        first = np.where(
            early, np.where(position == 0, np.uint64(0), power), position // BLOCK * BLOCK
        )
        size = np.where(early, power, np.uint64(BLOCK))
        half = rows.words() >> np.uint64(32)
        popular = (((half * half) >> np.uint64(32)) * size) >> np.uint64(32)
        scattered = (popular * np.uint64(0x9E3779B1)) & (size - np.uint64(1))
        return numbers((first + scattered).astype(np.int64))
