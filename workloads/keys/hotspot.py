"""hotspot(data, operations): a share of the operations goes to a share of the data, evenly.

By default 80 % of the operations to 20 % of the records, as in YCSB's template. The rest goes
evenly to the other records. The hot records are scattered over all by one fixed permutation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workloads.errors import InputError
from workloads.keys import parameters_of
from workloads.keys.sampling.permutation import Permutation

if TYPE_CHECKING:
    from workloads.keys.seam import Positions

DEFAULTS = (0.2, 0.8)
SALT = 0x686F74  # which permutation


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """`hot` of the records get the share `operations` of the draws."""

    records: int
    hot: int
    operations: float
    scatter: Permutation

    def draw(
        self, rng: np.random.Generator, size: int, *, newest: int | Positions | None = None
    ) -> Positions:
        del newest  # the hot set is fixed
        to_hot = rng.random(size) < self.operations
        where = rng.random(size)
        cold = self.records - self.hot
        ranks = np.where(to_hot, where * self.hot, self.hot + where * cold)
        return self.scatter.apply(ranks.astype(np.int64))

    def top_mass(self, hottest: int) -> float:
        each_hot = self.operations / self.hot
        cold = self.records - self.hot
        each_cold = (1.0 - self.operations) / cold if cold else 0.0
        if each_cold > each_hot:  # the "hotspot" is the less popular part
            first = min(hottest, cold)
            return first * each_cold + min(hottest - first, self.hot) * each_hot
        first = min(hottest, self.hot)
        return first * each_hot + min(hottest - first, cold) * each_cold


def choose(parameters: tuple[float, ...], records: int) -> Hotspot:
    data, operations = parameters_of("hotspot", parameters, DEFAULTS)
    for what, share in (("data", data), ("operations", operations)):
        if not 0.0 < share <= 1.0:
            raise InputError(
                f"the share of {what} in 'hotspot' must be above 0 and at most 1, not {share:g}"
            )
    hot = min(max(round(data * records), 1), records)
    if hot == records:
        operations = 1.0
    scatter = Permutation(count=records, salt=SALT)
    return Hotspot(records=records, hot=hot, operations=operations, scatter=scatter)
