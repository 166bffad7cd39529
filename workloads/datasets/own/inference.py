"""What a column holds, decided over the whole file: type, nulls, distinct values, longest text.

Text is taken as whole numbers if every value is one (and none has a leading zero, as postal codes
have), else as numbers, truth values or moments, else it stays text. A cell that is empty, or says
NULL or \\N, is null; so is a number that is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workloads.datasets.recipes.arrow import texts

if TYPE_CHECKING:
    import numpy.typing as npt

    from workloads.datasets.seam import ColumnKind

NULLS = ("", "NULL", "null", "NaN", "\\N")
MOMENT = pa.timestamp("us", tz="UTC")
# In the order of preference; `naive` and `zoned` are moments without and with a zone.
KINDS = ("int64", "float64", "bool", "naive", "zoned")
FIRST_MOMENT_US = -30_610_224_000_000_000  # the year 1000; MySQL's DATETIME goes from there …
LAST_MOMENT_US = 253_402_300_799_000_000  # … to the end of 9999
DISTINCT_KEPT = 16_384
TOP = 1 << 64


def cleaned(array: Any) -> Any:
    """Text with its nulls; the array of a batch."""
    nulls = pc.is_in(array, value_set=texts(NULLS))
    return pc.if_else(nulls, pa.nulls(1, pa.string())[0], array) if pc.any(nulls).as_py() else array


def as_kind(array: Any, kind: str) -> Any | None:
    """The text as values of a kind; None when any of it is none."""
    try:
        if kind in ("int64", "float64"):
            return None if _is_code(array, kind) else _all_finite(array, kind)
        if kind == "bool":
            return array.cast(pa.bool_())
        moments = array.cast(pa.timestamp("us") if kind == "naive" else MOMENT).cast(MOMENT)
    except pa.ArrowInvalid:
        return None
    return moments if _is_datable(moments) else None


def _is_datable(moments: Any) -> bool:
    ends = pc.min_max(moments.cast(pa.int64())).as_py()
    if ends["min"] is None:
        return True
    return bool(ends["min"] >= FIRST_MOMENT_US and ends["max"] <= LAST_MOMENT_US)


def _finite(array: Any) -> Any:
    """Floats without NaN and infinities, which no two engines treat alike."""
    if not pa.types.is_floating(array.type):
        return array
    finite = pc.is_finite(array)
    return (
        array
        if pc.all(finite).as_py() in (True, None)
        else pc.if_else(finite, array, pa.nulls(1, array.type)[0])
    )


def _all_finite(array: Any, kind: str) -> Any | None:
    """Text as numbers; None when any of them is infinite."""
    numbers = array.cast(pa.int64() if kind == "int64" else pa.float64())
    whole = kind == "int64" or pc.all(pc.is_finite(numbers)).as_py() in (True, None)
    return numbers if whole else None


def _is_code(array: Any, kind: str) -> bool:
    """Whether a number would lose something: a leading zero, digits that a float has not."""
    lost = "^[+-]?0[0-9]" if kind == "int64" else "^[+-]?(0[0-9]|[0-9]{16,}$)"
    return bool(pc.any(pc.match_substring_regex(array, lost)).as_py())


def of_parquet(array: Any) -> Any:
    """A typed column in one of our kinds."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_uint64(kind):
        try:
            return array.cast(pa.int64())
        except pa.ArrowInvalid:
            return array.cast(pa.string())
    if pa.types.is_integer(kind):
        return array.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _finite(array.cast(pa.float64(), safe=False))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        zoned = getattr(kind, "tz", None) is not None
        moments = array.cast(MOMENT if zoned else pa.timestamp("us"), safe=False).cast(MOMENT)
        return moments if _is_datable(moments) else array.cast(pa.string())
    return array.cast(pa.bool_() if pa.types.is_boolean(kind) else pa.string())


@dataclass(slots=True)
class Distinct:
    """Distinct values of a column, from those whose hash is below a limit.

    All occurrences of a kept value are counted, so the repetition of the kept ones is that of all:
    exact while there are at most DISTINCT_KEPT values, a sample of them beyond.
    """

    limit: int = TOP
    hashes: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, array: Any) -> None:
        import polars as pl

        present = array.drop_null()
        if not len(present):
            return
        hashed = pl.Series(values=pl.from_arrow(present)).hash(seed=1).to_numpy()
        kept = hashed[hashed < np.uint64(self.limit - 1)] if self.limit < TOP else hashed
        hashes, counts = np.unique(kept, return_counts=True)
        both = np.concatenate([self.hashes, hashes])
        weights = np.concatenate([self.counts, counts])
        self.hashes, places = np.unique(both, return_inverse=True)
        self.counts = np.zeros(len(self.hashes), np.int64)
        np.add.at(self.counts, places, weights)
        if len(self.hashes) > DISTINCT_KEPT:
            self.limit = int(self.hashes[DISTINCT_KEPT // 2])
            self.hashes = self.hashes[: DISTINCT_KEPT // 2]
            self.counts = self.counts[: DISTINCT_KEPT // 2]

    @property
    def number(self) -> int:
        """Distinct values: exact, or an estimate (standard error about 1 %)."""
        return round(len(self.hashes) * (TOP / self.limit))

    @property
    def repeated(self) -> bool:
        """Whether any value was seen twice."""
        return bool((self.counts > 1).any())


@dataclass(slots=True)
class Observed:
    """One column over the batches so far."""

    name: str
    typed: bool
    alive: list[str] = field(default_factory=lambda: list(KINDS))
    rows: int = 0
    nulls: int = 0
    longest: int = 0  # characters
    text_bytes: int = 0
    distinct: Distinct = field(default_factory=Distinct)
    numbers: int = 0  # text values that are numbers, to say so of a column that is mixed
    arrow: Any = None  # the type of a typed column
    zero: bool = False  # a null character was seen

    def add(self, array: Any) -> Any:
        """Look at the column of a batch; returns it cleaned (text) or in one of our kinds."""
        array = of_parquet(array) if self.typed else cleaned(array)
        self.rows, self.nulls = self.rows + len(array), self.nulls + array.null_count
        self.distinct.add(array)
        if self.typed:
            changed = self.arrow is not None and self.arrow != array.type
            self.arrow = pa.string() if changed else array.type
            array = array.cast(self.arrow)
        if pa.types.is_string(array.type) and array.null_count < len(array):
            self.longest = max(self.longest, pc.max(pc.utf8_length(array)).as_py())
            self.text_bytes += pc.sum(pc.binary_length(array)).as_py()
            self.zero = self.zero or bool(pc.any(pc.match_substring(array, "\0")).as_py())
            if not self.typed:
                self.alive = [kind for kind in self.alive if as_kind(array, kind) is not None]
                if not {"int64", "float64"} & set(self.alive):
                    like = pc.match_substring_regex(array, r"^[+-]?[0-9]+\.?[0-9]*$")
                    self.numbers += pc.sum(like).as_py() or 0
                else:
                    self.numbers += len(array) - array.null_count
        return array

    @property
    def present(self) -> int:
        return self.rows - self.nulls

    @property
    def kind(self) -> ColumnKind:
        """What it holds; a column without any value is text."""
        if self.typed:
            names: dict[str, ColumnKind] = {
                "int64": "int64", "double": "float64", "bool": "bool", "string": "string",
            }  # fmt: skip
            return names.get(str(self.arrow), "timestamp_us")
        if not self.present or not self.alive:
            return "string"
        chosen = self.alive[0]
        if chosen in ("naive", "zoned"):
            return "timestamp_us"
        return "int64" if chosen == "int64" else "float64" if chosen == "float64" else "bool"

    def converted(self, array: Any) -> Any:
        """Some of its values in the kind that was decided on."""
        if self.typed or self.kind == "string":
            return array.cast(pa.string()) if self.kind == "string" else array
        found = as_kind(array, self.alive[0])
        assert found is not None  # it was of the kind in every batch
        return found

    @property
    def unique(self) -> bool:
        return self.present > 0 and not self.nulls and not self.distinct.repeated

    @property
    def mean_bytes(self) -> float:
        """Of a value, nulls counted as nothing."""
        if self.kind == "string":
            return self.text_bytes / self.rows
        each = 1.0 if self.kind == "bool" else 8.0
        return each * self.present / self.rows
