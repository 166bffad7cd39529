"""zipfian(theta): the k-th most popular record is asked for in proportion to k^-theta.

The true bounded law over the loaded records, any theta > 0 (0.99 by default). Ranks are scattered
over the records by one fixed permutation, so that hot records are not neighbours. At theta 0.99 and
a million records the hottest one gets 6.5 % of the draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.errors import InputError
from workloads.keys import parameters_of
from workloads.keys.sampling.permutation import Permutation
from workloads.keys.sampling.zipf import Zipf

if TYPE_CHECKING:
    import numpy as np

    from workloads.keys.seam import Positions

THETA = 0.99
SALT = 0x7A697066  # which permutation


@dataclass(frozen=True, slots=True, kw_only=True)
class Zipfian:
    records: int
    law: Zipf
    scatter: Permutation

    def draw(
        self, rng: np.random.Generator, size: int, *, newest: int | Positions | None = None
    ) -> Positions:
        del newest  # the hot set is fixed
        return self.scatter.apply(self.law.ranks(rng, size, self.records))

    def top_mass(self, hottest: int) -> float:
        return self.law.mass(hottest, self.records)


def zipf(name: str, parameters: tuple[float, ...]) -> Zipf:
    """The law with the theta given (0.99 by default); InputError unless it is above 0."""
    (theta,) = parameters_of(name, parameters, (THETA,))
    if not 0.0 < theta < float("inf"):
        raise InputError(f"theta of '{name}' must be above 0, not {theta:g}")
    return Zipf(theta=theta)


def choose(parameters: tuple[float, ...], records: int) -> Zipfian:
    law = zipf("zipfian", parameters)
    return Zipfian(records=records, law=law, scatter=Permutation(count=records, salt=SALT))
