"""Watches one probe: counts what is late, and ends the window when its verdict is clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.driver import sequential
from bench.driver.messages import Limit
from bench.driver.sequential import FEWEST_SLICES, FRACTIONS, Reading

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from bench.driver.messages import Slice
    from bench.runner.objectives import Objective
    from workloads.spec.model import Operation

# Larger shares of failed operations than this fail a probe, whatever its times.
MOST_FAILED = 0.001


class Monitor:
    """Judges a window while it runs. `patience` slices pass before it may end early.

    objectives   those that concern `operations`, the mix of the trial
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        operations: Sequence[Operation],
        *,
        patience: int = FEWEST_SLICES,
    ) -> None:
        self.objectives = tuple(objectives)
        self.limits = tuple(
            Limit(objective.positions(operations), round(objective.limit_s * 1e9 / fraction))
            for objective in objectives
            for fraction in FRACTIONS
        )
        self._patience = patience
        self.readings: tuple[Reading, ...] = ()

    def enough(self, slices: Sequence[Slice], lates: npt.NDArray[np.int64]) -> bool:
        """Whether any objective is shown to be missed, or all to be met."""
        if len(slices) < self._patience:
            return False
        standings = [reading.standing for reading in self._read(lates)]
        if "fails" in standings or set(standings) == {"holds"}:
            return True
        done, failed = [s.operations + s.errors for s in slices], [s.errors for s in slices]
        return sequential.read(done, [failed], allowed=MOST_FAILED).standing == "fails"

    def finish(self, lates: npt.NDArray[np.int64] | None) -> None:
        """Read the whole window; None: it never began."""
        self.readings = () if lates is None else self._read(lates)

    def _read(self, lates: npt.NDArray[np.int64]) -> tuple[Reading, ...]:
        found = []
        for at, objective in enumerate(self.objectives):
            rows = range(at * len(FRACTIONS), (at + 1) * len(FRACTIONS))
            counted = lates[:, rows[0], 0].tolist()
            late = [lates[:, row, 1].tolist() for row in rows]
            found.append(sequential.read(counted, late, allowed=objective.allowed))
        return tuple(found)
