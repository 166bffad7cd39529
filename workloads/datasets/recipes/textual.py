"""Text: running text, words, choices, labels, digits."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from workloads.datasets.recipes.hashing import Rows
    from workloads.datasets.seam import ColumnKind

WEIGHT_SLOTS = 1 << 16
TAIL_BYTES = 4 << 20  # the longest value of running text
ISBN_NUMBERS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Running ASCII text (see `pool`), `bytes_each` long in the mean.

    Lengths are uniform in bytes_each * (1 ± spread), then rounded up or down at random so that the
    mean holds for fractions too. About as compressible as English prose.
    """

    bytes_each: float
    spread: float = 0.5
    kind: ColumnKind = "string"

    def mean_bytes(self) -> float:
        return self.bytes_each

    def scaled(self, factor: float) -> Text:
        return replace(self, bytes_each=self.bytes_each * factor)

    def longest_bytes(self) -> float:
        return self.bytes_each * (1.0 + self.spread) + 1.0

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.hashing import fractions
        from workloads.datasets.recipes.pool import cut

        words = rows.words()
        least = self.bytes_each * (1.0 - self.spread)
        lengths = fractions(words << np.uint64(32))  # the low half; `cut` takes the high one
        lengths *= 2.0 * self.spread * self.bytes_each
        lengths += least
        lengths += fractions(rows.words(1))
        return cut(words, lengths.astype(np.int64))


@lru_cache(maxsize=64)
def slots(weights: tuple[float, ...]) -> npt.NDArray[np.int16]:
    """Which choice each of 65,536 equally likely slots means."""
    import numpy as np

    edges = np.cumsum(np.array(weights) / sum(weights)) * WEIGHT_SLOTS
    positions = np.arange(WEIGHT_SLOTS) + 0.5
    return np.minimum(np.searchsorted(edges, positions), len(weights) - 1).astype(np.int16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few texts, by weight (equal ones by default; exact to 1/65,536)."""

    values: tuple[str, ...]
    weights: tuple[float, ...] = ()
    kind: ColumnKind = "string"

    def mean_bytes(self) -> float:
        weights = self.weights or (1.0,) * len(self.values)
        sizes = (float(len(value.encode())) for value in self.values)
        weighted = sum(weight * size for weight, size in zip(weights, sizes, strict=True))
        return weighted / sum(weights)

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers, texts

        chosen = slots(self.weights or (1.0,) * len(self.values))
        picks = chosen[rows.words() >> np.uint64(48)]
        return texts(self.values).take(numbers(picks))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Between `least` and `most` words of a vocabulary, the first ones more frequent.

    Low entropy: a text of few words compresses well beside others.
    """

    vocabulary: tuple[str, ...]
    least: int = 1
    most: int = 1
    separator: str = " "
    kind: ColumnKind = "string"

    def mean_bytes(self) -> float:
        # The chance of rank r under `Whole(skew=True)`: the square of a uniform number.
        count = len(self.vocabulary)
        edges = [math.sqrt(rank / count) for rank in range(count + 1)]
        word = sum(
            (edges[rank + 1] - edges[rank]) * len(text.encode())
            for rank, text in enumerate(self.vocabulary)
        )
        words = (self.least + self.most) / 2
        return words * word + (words - 1) * len(self.separator.encode())

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np
        import pyarrow.compute as pc

        from workloads.datasets.recipes.arrow import numbers, texts
        from workloads.datasets.recipes.hashing import below

        vocabulary = texts(self.vocabulary)
        count = below(rows.words(), self.most - self.least + 1) + self.least
        parts = []
        for place in range(self.most):
            half = rows.words(1 + place) >> np.uint64(32)
            picks = below(half * half, len(self.vocabulary))
            present = None if place < self.least else place < count
            parts.append(vocabulary.take(numbers(picks, present=present)))
        if len(parts) == 1:
            return parts[0]
        return pc.binary_join_element_wise(
            *parts, texts((self.separator,))[0], null_handling="skip"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """`prefix` and a number 0..count-1 with leading zeros; rows take turns, or draw if `random`."""

    prefix: str
    count: int
    random: bool = False
    kind: ColumnKind = "string"

    @property
    def digits(self) -> int:
        return len(str(self.count - 1))

    def mean_bytes(self) -> float:
        return float(len(self.prefix.encode()) + self.digits)

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import numbers
        from workloads.datasets.recipes.hashing import below

        if self.random:
            picks = below(rows.words(), self.count)
        else:
            picks = (rows.numbers % np.uint64(self.count)).astype(np.int64)
        return labels(self.prefix, self.count, self.digits).take(numbers(picks))


@lru_cache(maxsize=32)
def labels(prefix: str, count: int, digits: int) -> pa.Array:
    """All labels of a kind, made once."""
    from workloads.datasets.recipes.arrow import texts

    return texts([f"{prefix}{number:0{digits}d}" for number in range(count)])


def fixed_width(characters: npt.NDArray[np.uint8]) -> pa.Array:
    """An Arrow string array of equally long ASCII values, one a row of a (rows, width) matrix."""
    import numpy as np

    from workloads.datasets.recipes.arrow import text_array

    count, width = characters.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    return text_array(offsets, np.ascontiguousarray(characters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hexadecimal:
    """32 hexadecimal digits: 128 random bits, which no compressor makes smaller than 16 bytes."""

    kind: ColumnKind = "string"

    def mean_bytes(self) -> float:
        return 32.0

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
        pairs = np.stack([np.repeat(digits, 16), np.tile(digits, 16)], axis=1)
        both = np.stack([rows.words(), rows.words(1)], axis=1).astype("<u8")
        return fixed_width(pairs[both.view(np.uint8)].reshape(len(rows), 32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Isbn:
    """ISBN-13 with its check digit; unique for row numbers below 10**9."""

    kind: ColumnKind = "string"

    def mean_bytes(self) -> float:
        return 13.0

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        # A multiplier without a factor in common with 10**9 permutes the nine free digits.
        rest = (
            (rows.numbers % np.uint64(ISBN_NUMBERS))
            * np.uint64(618_033_989)
            % np.uint64(ISBN_NUMBERS)
        )
        digits = np.empty((len(rows), 13), dtype=np.uint8)
        digits[:, :3] = (9, 7, 8)
        remaining = rest.astype(np.uint32)
        for place in range(11, 2, -1):
            remaining, digits[:, place] = np.divmod(remaining, np.uint32(10))
        weighted = digits[:, 0:12:2].sum(axis=1) + 3 * digits[:, 1:12:2].sum(axis=1)
        digits[:, 12] = (10 - weighted % 10) % 10
        return fixed_width(digits + np.uint8(ord("0")))
