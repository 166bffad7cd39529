"""What a key chooser is: draws which of the existing records an operation is about.

A chooser speaks of *positions* 0..records-1 (the loaded records, by key) and, as a worker inserts,
of `records`, `records + 1`, … (its own inserts, in order). `workloads.stream` turns positions
into keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]


class Chooser(Protocol):
    """Draws positions by one distribution over `records` loaded records."""

    @property
    def records(self) -> int: ...

    def draw(
        self, rng: np.random.Generator, size: int, *, newest: int | Positions | None = None
    ) -> Positions:
        """`size` positions, int64.

        `newest` is the highest position that exists, for all draws or for each; None means
        records - 1. Distributions over what exists (uniform, latest, exponential) follow it; those
        with a fixed hot set (zipfian, ycsb-zipfian, hotspot) stay among the loaded records.
        """
        ...

    def top_mass(self, hottest: int) -> float:
        """The expected share of draws that go to the `hottest` most popular loaded records."""
        ...
