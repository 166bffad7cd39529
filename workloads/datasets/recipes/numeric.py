"""Numbers, flags and moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.datasets.recipes import FLAG_BYTES, NUMBER_BYTES, Recipe

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from workloads.datasets.recipes.hashing import Rows
    from workloads.datasets.seam import ColumnKind

DAY_US = 86_400_000_000
SECOND_US = 1_000_000


def integers(recipe: Recipe, rows: Rows) -> npt.NDArray[np.int64]:
    """The values of a recipe of whole numbers or moments, as int64."""
    from workloads.datasets.recipes.arrow import whole_numbers

    return whole_numbers(recipe.array(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNumber:
    """The row number itself: the key of a table."""

    kind: ColumnKind = "int64"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers

        return numbers(rows.numbers.astype(np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient:
    """Row number divided by `by`: neighbours share a value."""

    by: int
    kind: ColumnKind = "int64"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers

        return numbers((rows.numbers // np.uint64(self.by)).astype(np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Whole numbers, uniform in low..high (both included, at most 2**32 of them).

    With `skew`, small ones are more frequent: the fraction of the range is squared.
    """

    low: int
    high: int
    skew: bool = False
    kind: ColumnKind = "int64"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers
        from workloads.datasets.recipes.hashing import below

        words = rows.words()
        if self.skew:
            half = words >> np.uint64(32)
            words = half * half
        values = below(words, self.high - self.low + 1)
        values += self.low
        return numbers(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wide:
    """Whole numbers of any size: `bits` random bits (at most 63), negative ones if `signed`."""

    bits: int = 63
    signed: bool = False
    kind: ColumnKind = "int64"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers

        words = rows.words()
        values = (words >> np.uint64(64 - self.bits)).astype(np.int64)
        if self.signed:
            values = np.where(words & np.uint64(1), -values, values)
        return numbers(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hundredths:
    """Floats with two decimals, uniform in low..high hundredths (both included)."""

    low: int
    high: int
    kind: ColumnKind = "float64"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        from workloads.datasets.recipes.arrow import numbers

        return numbers(integers(Whole(low=self.low, high=self.high), rows) / 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyWave:
    """Floats with two decimals that rise and fall once a day of the column `moment`.

    A triangle between low and high hundredths and up to `noise` hundredths more. Whole-number
    arithmetic, so that every machine makes the same bits.
    """

    moment: str
    recipe: Recipe
    low: int
    high: int
    noise: int
    kind: ColumnKind = "float64"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers
        from workloads.datasets.recipes.hashing import below

        time_of_day = integers(self.recipe, rows.of(self.moment)) % DAY_US
        to_noon = DAY_US // 2 - np.abs(time_of_day - DAY_US // 2)
        values = self.low + (self.high - self.low) * (to_noon // SECOND_US) // (
            DAY_US // 2 // SECOND_US
        )
        values += below(rows.words(), self.noise + 1)
        return numbers(values / 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """True for a `share` of the rows, 0..1."""

    share: float
    kind: ColumnKind = "bool"

    def mean_bytes(self) -> float:
        return FLAG_BYTES

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import flags

        return flags(rows.words() >> np.uint64(32) < np.uint64(int(self.share * 2**32)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The product of two columns of whole numbers, each named with its recipe."""

    left: tuple[str, Recipe]
    right: tuple[str, Recipe]
    kind: ColumnKind = "int64"

    def mean_bytes(self) -> float:
        return NUMBER_BYTES

    def array(self, rows: Rows) -> pa.Array:
        from workloads.datasets.recipes.arrow import numbers

        (left, left_recipe), (right, right_recipe) = self.left, self.right
        return numbers(
            integers(left_recipe, rows.of(left)) * integers(right_recipe, rows.of(right))
        )
