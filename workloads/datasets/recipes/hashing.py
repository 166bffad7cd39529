"""Counter-based randomness: a word is a pure function of (seed, salt, stream, row number).

The mixing function is the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) with
Stafford's variant 13 constants; a row number is spread by the golden ratio before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
MULTIPLIER_1 = 0xBF58476D1CE4E5B9
MULTIPLIER_2 = 0x94D049BB133111EB
FNV_BASIS = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3


def mix(word: int) -> int:
    """A 64-bit permutation of one word."""
    word = ((word ^ (word >> 30)) * MULTIPLIER_1) & MASK
    word = ((word ^ (word >> 27)) * MULTIPLIER_2) & MASK
    return word ^ (word >> 31)


def mix_array(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """`mix` of every word, in place."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(MULTIPLIER_1)
    words ^= words >> np.uint64(27)
    words *= np.uint64(MULTIPLIER_2)
    words ^= words >> np.uint64(31)
    return words


def salt(text: str) -> int:
    """A 64-bit FNV-1a hash of a name, so that equal rows of unlike columns differ."""
    value = FNV_BASIS
    for byte in text.encode():
        value = ((value ^ byte) * FNV_PRIME) & MASK
    return value


def below(words: npt.NDArray[np.uint64], limit: int) -> npt.NDArray[np.int64]:
    """Integers 0..limit-1 from the high halves of words; limit at most 2**32."""
    return (((words >> np.uint64(32)) * np.uint64(limit)) >> np.uint64(32)).astype(np.int64)


def fractions(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1) with 53 random bits."""
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some rows of one column: row `numbers` (uint64) of `table` under `seed`."""

    seed: int
    table: str
    column: str
    numbers: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.numbers)

    def of(self, column: str) -> Rows:
        """The same rows of another column of the table."""
        return Rows(seed=self.seed, table=self.table, column=column, numbers=self.numbers)

    def words(self, stream: int = 0) -> npt.NDArray[np.uint64]:
        """One random word a row; each `stream` is independent of the others."""
        spread = self.numbers * np.uint64(GOLDEN)
        spread += np.uint64(key_of(self.seed, self.table, self.column, stream))
        return mix_array(spread)


@lru_cache(maxsize=4096)
def key_of(seed: int, table: str, column: str, stream: int) -> int:
    """What sets apart the words of one stream of one column under one seed."""
    place = mix((salt(f"{table}.{column}") + stream * GOLDEN) & MASK)
    return mix((seed & MASK) ^ place)
