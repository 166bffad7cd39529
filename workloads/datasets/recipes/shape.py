"""Recipes around other recipes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workloads.datasets.recipes import Recipe, Scalable

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.recipes.hashing import Rows
    from workloads.datasets.seam import ColumnKind

NULL_STREAM = 1_000  # far from the streams that recipes draw from


@dataclass(frozen=True, slots=True, kw_only=True)
class Nullable:
    """The values of another recipe, null for a `share` of the rows, 0..1."""

    recipe: Recipe
    share: float

    @property
    def kind(self) -> ColumnKind:
        return self.recipe.kind

    def mean_bytes(self) -> float:
        return self.recipe.mean_bytes() * (1.0 - self.share)

    def scaled(self, factor: float) -> Nullable:
        if not isinstance(self.recipe, Scalable):
            return self
        return replace(self, recipe=self.recipe.scaled(factor))

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        from workloads.datasets.recipes.arrow import flags

        drawn = rows.words(NULL_STREAM) >> np.uint64(32)
        present = flags(drawn >= np.uint64(int(self.share * 2**32)))
        values = self.recipe.array(rows)
        return pc.if_else(present, values, pa.nulls(1, values.type)[0])
