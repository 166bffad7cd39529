"""uniform: every existing record equally often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workloads.keys import parameters_of

if TYPE_CHECKING:
    from workloads.keys.seam import Positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    records: int

    def draw(
        self, rng: np.random.Generator, size: int, *, newest: int | Positions | None = None
    ) -> Positions:
        # 53 random bits: the bias is below 1e-7 for 10**9 records.
        exist = self.records if newest is None else newest + 1
        return (rng.random(size) * exist).astype(np.int64)

    def top_mass(self, hottest: int) -> float:
        return min(hottest / self.records, 1.0)


def choose(parameters: tuple[float, ...], records: int) -> Uniform:
    parameters_of("uniform", parameters, ())
    return Uniform(records=records)
