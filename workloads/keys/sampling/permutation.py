"""A fixed bijection of 0..n-1 that looks random, without a table.

On the next power of two above n: three rounds of multiplying by an odd number, adding, and folding
the upper half of the bits onto the lower. Each step can be undone. A result outside 0..n-1 is
permuted again until it falls inside (cycle walking; Black and Rogaway, CT-RSA 2002), on average less
than once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workloads.datasets.recipes.hashing import GOLDEN, MASK, mix

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Words = npt.NDArray[np.uint64]
    Step = Callable[[Words], Words]

ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Permutation:
    """The bijection of 0..count-1; `salt` picks one of 2**64."""

    count: int
    salt: int = 0

    @property
    def bits(self) -> int:
        return max((self.count - 1).bit_length(), 1)

    def constants(self) -> list[tuple[int, int]]:
        """Odd multiplier and addend of each round."""
        mask = (1 << self.bits) - 1
        words = [mix((self.salt + (i + 1) * GOLDEN) & MASK) for i in range(2 * ROUNDS)]
        return [(words[2 * i] & mask | 1, words[2 * i + 1] & mask) for i in range(ROUNDS)]

    def apply(self, positions: Positions) -> Positions:
        """Where each position goes."""
        return self._walk(positions, self._forward)

    def invert(self, positions: Positions) -> Positions:
        """Which position came to each of these."""
        return self._walk(positions, self._backward)

    def _walk(self, positions: Positions, step: Step) -> Positions:
        words = step(positions.astype(np.uint64))
        outside = np.flatnonzero(words >= self.count)
        while len(outside):
            moved = step(words[outside])
            words[outside] = moved
            outside = outside[moved >= self.count]
        return words.astype(np.int64)

    def _forward(self, words: Words) -> Words:
        mask, fold = np.uint64((1 << self.bits) - 1), np.uint64((self.bits + 1) // 2)
        for odd, addend in self.constants():
            words = words * np.uint64(odd)
            words += np.uint64(addend)
            words &= mask
            words ^= words >> fold
        return words

    def _backward(self, words: Words) -> Words:
        mask, fold = np.uint64((1 << self.bits) - 1), np.uint64((self.bits + 1) // 2)
        for odd, addend in reversed(self.constants()):
            words = words ^ (words >> fold)
            words -= np.uint64(addend)
            words *= np.uint64(pow(odd, -1, 1 << self.bits))
            words &= mask
        return words
