"""Moments: microseconds since 1970 in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.datasets.recipes import NUMBER_BYTES, Recipe
from workloads.datasets.recipes.numeric import SECOND_US, integers

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.recipes.hashing import Rows
    from workloads.datasets.seam import ColumnKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Moments uniform in first_s..last_s seconds since 1970, whole seconds."""

    first_s: int
    last_s: int
    kind: ColumnKind = "timestamp_us"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        from workloads.datasets.recipes.arrow import moments
        from workloads.datasets.recipes.hashing import below

        seconds = below(rows.words(), self.last_s - self.first_s + 1)
        return moments((seconds + self.first_s) * SECOND_US)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticking:
    """Moments that rise with the row number: one every `step_us` from first_s, with jitter.

    `together` rows share a tick (devices that report at the same time). The jitter is below one
    step, so the order of rows is the order of time.
    """

    first_s: int
    step_us: int
    together: int = 1
    kind: ColumnKind = "timestamp_us"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import moments
        from workloads.datasets.recipes.hashing import below

        ticks = (rows.numbers // np.uint64(self.together)).astype(np.int64)
        values = ticks * self.step_us + self.first_s * SECOND_US
        if self.together == 1:
            values += below(rows.words(), self.step_us)
        return moments(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Moments least_s..most_s seconds after those of another column."""

    moment: str
    recipe: Recipe
    least_s: int
    most_s: int
    kind: ColumnKind = "timestamp_us"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        from workloads.datasets.recipes.arrow import moments
        from workloads.datasets.recipes.hashing import below

        delay = below(rows.words(), self.most_s - self.least_s + 1) + self.least_s
        return moments(integers(self.recipe, rows.of(self.moment)) + delay * SECOND_US)
