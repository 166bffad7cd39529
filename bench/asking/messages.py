"""What the parent and the asking process say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.engines.seam import Questioner
    from workloads.queries.answers import Answer
    from workloads.queries.seam import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Get ready to ask."""

    questioner: Questioner


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """It is. `memory_bytes`: of the process before anything was asked; None: not known here."""

    memory_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask a query; `answer`: its rows are wanted, too."""

    query: Query
    answer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of it.

    seconds       from sending to having the whole answer
    cpu_s         of the asking process, all its threads
    memory_bytes  the most that the process held meanwhile (resident); None: not known here
    """

    seconds: float
    cpu_s: float
    memory_bytes: int | None
    rows: int
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It failed; `kind` as in OperationFailed."""

    kind: str
    message: str
