"""What a procedure is: something done to a loaded target that is no load.

A backup, the removal of old records, a cold start. One planned trial is one procedure in one way;
what it took becomes the steps of a record. What an engine must be able to do for it is an optional
protocol of `bench.engines.seam`; no engine's name stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from results.record import Step
    from workloads.spec.model import Workload


@dataclass(frozen=True, slots=True)
class Performed:
    """What was done. `spent`: the target does not hold any more what was loaded into it.

    The next trial then gets a target of its own, loaded afresh.
    """

    steps: tuple[Step, ...]
    spent: bool = False


class Impossible(Exception):
    """The way cannot be gone here, as is only seen on the running target; the reason in words.

    Its record has the outcome `unsupported`.
    """


class Procedure(Protocol):
    """Something that is done to a loaded target."""

    @property
    def name(self) -> str:
        """As in a suite and a phase: `backup`."""
        ...

    @property
    def title(self) -> str:
        """A few words for people: `backup while the workload runs`."""
        ...

    @property
    def axis(self) -> str:
        """The axis that it is evidence for: format, size, frequency, latency or retention."""
        ...

    def ways(
        self, target: Target, workload: Workload, options: Mapping[str, str]
    ) -> Mapping[str, str | None]:
        """Way -> None where it can be gone on this target, else the reason why not.

        Asked when a run is planned, before anything is started; `options` are the engine's.
        """
        ...

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        """Do it, in the parent process.

        Whatever it raises becomes the record's error, and the stand is given up; a step whose
        content is not correct makes the record `incorrect`. Impossible: `unsupported`.
        """
        ...


@runtime_checkable
class WithParameters(Protocol):
    """A procedure whose ways take something: `tpch@10`, where `tpch` is one of its ways."""

    def check(self, way: str) -> None:
        """InputError for a way that cannot be meant; asked before a run is planned."""
        ...
