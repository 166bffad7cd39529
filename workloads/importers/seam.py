"""What an importer is: it recognises one foreign format and reads it as a workload.

An importer is one module in this folder that defines `IMPORTER`. It is found by looking, and
asked in the order of the modules' names whether a file is its own; a second format (scripts of
another load tool) is one more module here and touches nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from workloads.spec.model import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A workload and remarks on what the foreign file says that a workload cannot hold."""

    workload: Workload
    notes: tuple[str, ...] = ()


class Importer(Protocol):
    """Reads one foreign format."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    def recognises(self, name: str, content: bytes) -> bool:
        """Whether a file of this name with this content is of the format; cheap, never raises."""
        ...

    def read(self, content: bytes, *, path: str, name: str) -> Imported:
        """The workload of the file; `path` is for messages, `name` what to call the workload.

        Raises WorkloadFaults with every fault of the file.
        """
        ...
