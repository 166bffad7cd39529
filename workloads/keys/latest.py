"""latest(theta): the newest records are the hot ones, by the bounded Zipf law over age.

The newest existing record has rank 0, the one before it rank 1, and so on back to the first. As
records are inserted, the hot set moves with them (YCSB's workload D). theta is 0.99 by default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.keys.zipfian import zipf

if TYPE_CHECKING:
    import numpy as np

    from workloads.keys.sampling.zipf import Zipf
    from workloads.keys.seam import Positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    records: int
    law: Zipf

    def draw(
        self, rng: np.random.Generator, size: int, *, newest: int | Positions | None = None
    ) -> Positions:
        last = self.records - 1 if newest is None else newest
        return last - self.law.ranks(rng, size, last + 1)

    def top_mass(self, hottest: int) -> float:
        return self.law.mass(hottest, self.records)


def choose(parameters: tuple[float, ...], records: int) -> Latest:
    return Latest(records=records, law=zipf("latest", parameters))
