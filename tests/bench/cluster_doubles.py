"""An engine for tests of clusters: it writes down what it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import psutil

from bench.driver.conduct import Measured
from bench.driver.messages import Job
from bench.engines.seam import Row, Usage
from workloads.spec.model import Operation
from workloads.stream import Batch


@dataclass
class TapeBound:
    """One operation, by its name."""

    kind: str
    tape: TextIO

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[str]:
        columns = (batch.key, batch.limit, batch.token)
        return [f"{self.kind} {' '.join(str(c[row]) for c in columns)}\n" for row in rows]

    def call(self, argument: str) -> None:
        self.tape.write(argument)

    def answer(self, raw: object) -> list[Row]:
        return []


@dataclass
class TapeSession:
    """Appends every request to a file."""

    path: Path
    tape: TextIO = field(init=False)

    def __post_init__(self) -> None:
        self.tape = self.path.open("w")

    def bind(self, operation: Operation) -> TapeBound:
        return TapeBound(operation.kind, self.tape)

    def usage(self) -> Usage:
        return Usage()

    def server_pids(self) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        self.tape.close()


@dataclass(frozen=True)
class TapeDialer:
    """Each worker has a tape of its own."""

    path: Path

    def dial(self) -> TapeSession:
        return TapeSession(self.path)


def taped(found: list[Job], folder: Path) -> list[Job]:
    """The same jobs on tapes."""
    return [replace(job, dialer=TapeDialer(folder / str(job.worker))) for job in found]


def tapes(folder: Path) -> list[list[str]]:
    """What each worker was asked, in order."""
    paths = sorted(folder.iterdir(), key=lambda path: int(path.name))
    return [path.read_text().splitlines() for path in paths]


def done(measured: Measured) -> int:
    """Operations done in the window, of all workers."""
    return sum(t.done for report in measured.reports.values() for t in report.tallies)


def runs(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be collected."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def below(pid: int) -> set[int]:
    """Processes started by this one and by those it started."""
    return {child.pid for child in psutil.Process(pid).children(recursive=True) if runs(child.pid)}


@contextmanager
def none_left() -> Iterator[None]:
    """Nothing that is started inside is there afterwards, but what Python keeps for itself."""
    before = below(psutil.Process().pid)
    yield
    left = {pid for pid in below(psutil.Process().pid) - before if not _keeps(pid)}
    assert not left, [psutil.Process(pid).cmdline() for pid in left]


def _keeps(pid: int) -> bool:
    words = " ".join(psutil.Process(pid).cmdline())
    return "resource_tracker" in words or "forkserver" in words
