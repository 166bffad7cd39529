"""Loading: how fast, and how many bytes the records take at rest.

Every stand is loaded once before anything is measured on it; this tells what that took.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.procedures.seam import Performed
from results.record import Step

if TYPE_CHECKING:
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from workloads.spec.model import Workload

_WAY = "bulk"


@dataclass(frozen=True, slots=True)
class LoadProcedure:
    """What loading the stand took."""

    name: str = "load"
    title: str = "loading all records, in bulk"
    axis: str = "size"

    def ways(
        self,
        target: Target,  # noqa: ARG002 - any can be loaded with any
        workload: Workload,  # noqa: ARG002
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        """In bulk, as every engine is loaded."""
        return {_WAY: None}

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:  # noqa: ARG002
        """Nothing is done again: the stand was loaded for this."""
        loaded = stand.loaded
        bulk = Step(
            name="load",
            seconds=loaded.seconds,
            rows=loaded.rows,
            stored_bytes_after=loaded.stored_bytes,
        )
        settled = Step(
            name="settle",
            seconds=stand.settle_s,
            rows=loaded.rows,
            stored_bytes_before=loaded.stored_bytes,
            stored_bytes_after=stand.counters().stored_bytes,
        )
        return Performed((bulk, settled))


PROCEDURE = LoadProcedure()
