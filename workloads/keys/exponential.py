"""exponential(share, data): popularity falls exponentially with age.

`share` of the untruncated law lies within the newest `data` of the records: 0.95 and 6/7 by default,
as in YCSB (whose comment says 1/7). The tail beyond the first record is cut off, as YCSB does by
drawing again, so that part gets a little more than `share` (98 % by default). The hot records are the newest ones and neighbours; they move with inserts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workloads.errors import InputError
from workloads.keys import parameters_of

if TYPE_CHECKING:
    from workloads.keys.seam import Positions

DEFAULTS = (0.95, 6.0 / 7.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """Ages fall off at `decay` a record."""

    records: int
    decay: float

    def draw(
        self, rng: np.random.Generator, size: int, *, newest: int | Positions | None = None
    ) -> Positions:
        last = self.records - 1 if newest is None else newest
        inside = -np.expm1(-self.decay * (np.asarray(last) + 1.0))
        age = np.floor(-np.log1p(-rng.random(size) * inside) / self.decay).astype(np.int64)
        return last - np.minimum(age, last)

    def top_mass(self, hottest: int) -> float:
        inside = math.expm1(-self.decay * self.records)
        return math.expm1(-self.decay * min(hottest, self.records)) / inside


def choose(parameters: tuple[float, ...], records: int) -> Exponential:
    share, data = parameters_of("exponential", parameters, DEFAULTS)
    if not 0.0 < share < 1.0:
        raise InputError(f"the share in 'exponential' must be between 0 and 1, not {share:g}")
    if not 0.0 < data <= 1.0:
        raise InputError(f"the data of 'exponential' must be above 0 and at most 1, not {data:g}")
    return Exponential(records=records, decay=-math.log1p(-share) / (data * records))
