"""ycsb-zipfian: what YCSB calls "zipfian", for comparing with its results.

YCSB draws a rank over 10^10 items at theta 0.99, by the approximation of Gray et al. ("Quickly
generating billion-record synthetic databases", SIGMOD 1994), hashes it with 64-bit FNV and takes it
modulo the number of records. The hottest record gets 1/26.469 = 3.8 % of the draws whatever the
number of records, and ranks beyond it fold over all records: a million records are asked for more
evenly than by `zipfian(0.99)`. Constants as in YCSB's ScrambledZipfianGenerator (Apache-2.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workloads.datasets.recipes.hashing import FNV_BASIS, FNV_PRIME
from workloads.errors import InputError
from workloads.keys import parameters_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from workloads.keys.seam import Positions

ITEMS = 10_000_000_001  # 0..10^10, both included
THETA = 0.99
ZETA = 26.46902820178302  # of 10^10 items at theta 0.99
ZETA_2 = 1.0 + 0.5**THETA
ALPHA = 1.0 / (1.0 - THETA)
ETA = (1.0 - (2.0 / ITEMS) ** (1.0 - THETA)) / (1.0 - ZETA_2 / ZETA)
EXACT_RANKS = 1 << 16  # of the ranks whose mass is added up one by one in `top_mass`


def fnv_hash(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """64-bit FNV-1a over the eight bytes of each value, lowest first, as a positive number."""
    rest = values.astype(np.uint64)
    hashed = np.full(len(rest), FNV_BASIS, dtype=np.uint64)
    for _ in range(8):
        hashed ^= rest & np.uint64(0xFF)
        hashed *= np.uint64(FNV_PRIME)
        rest >>= np.uint64(8)
    positive: npt.NDArray[np.int64] = np.abs(hashed.view(np.int64))
    return positive


def ranks_of(drawn: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The ranks that uniform numbers in [0, 1) stand for."""
    scaled = drawn * ZETA
    power = np.exp(np.log(ETA * drawn - ETA + 1.0) * ALPHA)
    ranks: npt.NDArray[np.int64] = (ITEMS * power).astype(np.int64)
    ranks[scaled < ZETA_2] = 1
    ranks[scaled < 1.0] = 0
    return ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class YcsbZipfian:
    records: int

    def draw(
        self, rng: np.random.Generator, size: int, *, newest: int | Positions | None = None
    ) -> Positions:
        del newest  # the hot set is fixed
        return fnv_hash(ranks_of(rng.random(size))) % self.records

    def top_mass(self, hottest: int) -> float:
        """Ranks below 65,536 where their hash puts them, the rest spread evenly (an approximation)."""
        edges = np.arange(2, EXACT_RANKS + 1) / ITEMS
        below = (edges ** (1.0 / ALPHA) - 1.0 + ETA) / ETA  # share of draws below each rank
        cumulative = np.concatenate([[0.0, 1.0 / ZETA], below])
        places = fnv_hash(np.arange(EXACT_RANKS)) % self.records
        _, slot = np.unique(places, return_inverse=True)
        mass = np.sort(np.bincount(slot, weights=np.diff(cumulative)))[::-1]
        rest = float(1.0 - cumulative[-1])
        taken = min(hottest, len(mass))
        return min(float(mass[:taken].sum()) + rest * min(hottest / self.records, 1.0), 1.0)


def choose(parameters: tuple[float, ...], records: int) -> YcsbZipfian:
    (theta,) = parameters_of("ycsb-zipfian", parameters, (THETA,))
    if theta != THETA:
        raise InputError(
            f"'ycsb-zipfian' has theta {THETA} only, not {theta:g}",
            hint=f"zipfian({theta:g}) takes any theta above 0",
        )
    return YcsbZipfian(records=records)
