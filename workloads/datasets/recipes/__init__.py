"""Recipes: how the values of a column are made. A dataset is tables of them.

A recipe is a value; it makes one Arrow array for any rows, vectorised, as a pure function of
(seed, column, row number). `mean_bytes` is the expected size of one value: the bytes of its
text in UTF-8, 8 for a number or a timestamp, 1 for a flag, 0 for a null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.recipes.hashing import Rows
    from workloads.datasets.seam import ColumnKind

NUMBER_BYTES = 8.0
FLAG_BYTES = 1.0


class Recipe(Protocol):
    """How the values of one column are made."""

    @property
    def kind(self) -> ColumnKind: ...

    def mean_bytes(self) -> float:
        """Expected bytes of one value."""
        ...

    def array(self, rows: Rows) -> pa.Array:
        """The values of these rows."""
        ...


@runtime_checkable
class Scalable(Protocol):
    """A recipe whose size gives way to the record size that was asked for."""

    def scaled(self, factor: float) -> Recipe:
        """The same recipe with values `factor` times as long, in the mean."""
        ...
