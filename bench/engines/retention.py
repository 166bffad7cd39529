"""What an engine may be able to do about what is old, and about copies of what it holds.

    ExpiringEngine, seam.ExpiringTarget    remove the oldest records
    GrowingTarget                          take in the next records as one bulk
    CompactingTarget                       give space that nothing uses back to the file system
    WholeTarget                            tell all its rows by their number and a checksum
    BackupEngine, BackupTarget             back up with its own tools, restore into a private place

Engines say what they can do before anything is started, targets do it. Each protocol is optional.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from bench.engines.seam import OperationFailed
from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.engines.seam import Place, Target
    from bench.targets.keeper import Keeper

# The kind of failure of a backup or a restore: the tool said no, or what it made is not whole.
DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Contents:
    """All rows of a table: how many, and a checksum that does not depend on their order."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What taking in records cost. `log_bytes`: written to the log for it."""

    rows: int
    seconds: float
    log_bytes: int | None
    stored_bytes_after: int | None


@dataclass(frozen=True, slots=True)
class Space:
    """Where private directories may be made. Where the engine's account cannot enter `below`, it
    makes them elsewhere; the keeper removes them all."""

    keeper: Keeper
    below: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished backup: `directory` holds it and nothing else."""

    way: str
    directory: Path
    seconds: float
    made_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore gave: `seconds` until the rows could be asked for, and the rows by table."""

    seconds: float
    contents: Mapping[str, Contents]


@runtime_checkable
class ExpiringEngine(Protocol):
    """An engine whose targets may remove their oldest records."""

    def expiry_ways(self, place: Place, options: Mapping[str, str]) -> Mapping[str, str | None]:
        """Way -> why it cannot be had with these options (and what would mend it), None: it can."""
        ...


@runtime_checkable
class GrowingTarget(Protocol):
    """A target that takes in the next records of the main table as one bulk."""

    def grow(self, *, first_key: int, rows: int) -> Grown:
        """Insert the records `first_key`..`first_key + rows - 1`; all keys before are lower.

        They are on the disk when it returns. Where the main table is cut into partitions they get
        one of their own.
        """
        ...


@runtime_checkable
class CompactingTarget(Protocol):
    """A target that can give back space that settling leaves; other work may have to wait."""

    def compact(self) -> str:
        """Rewrite what is stored without holes; the name of what was done (`VACUUM FULL`)."""
        ...


@runtime_checkable
class WholeTarget(Protocol):
    """A target whose rows can be compared with those of another one."""

    def contents(self) -> Mapping[str, Contents]:
        """All rows that are there now, by table."""
        ...


@runtime_checkable
class BackupEngine(Protocol):
    """An engine that has tools for backups."""

    def backup_ways(self, place: Place, options: Mapping[str, str]) -> Mapping[str, str | None]:
        """Way -> why it cannot be had here, with the command that adds it, None: it can."""
        ...


@runtime_checkable
class BackupTarget(WholeTarget, Protocol):
    """A target that can be backed up while it works."""

    def backup(self, way: str, space: Space) -> Backup:
        """Make a backup in a private directory. OperationFailed with what the tool said."""
        ...

    def restore(self, backup: Backup, space: Space) -> Restored:
        """Restore a backup into a private place of its own, look at its rows, remove it again.

        The target itself is not touched. OperationFailed (`damaged`) where the backup cannot be
        restored or read.
        """
        ...


def require_way(way: str, ways: Mapping[str, str | None], *, doing: str) -> None:
    """InputError for a way that there is not, or that cannot be had."""
    if way not in ways:
        raise InputError(f"'{way}' is no way of {doing} here", hint=f"ways: {', '.join(ways)}")
    reason = ways[way]
    if reason is not None:
        raise InputError(f"{doing} by {way} cannot be had: {reason}")


def bounds(records: int, parts: int) -> tuple[int, ...]:
    """The keys at which `parts` parts of equal size end; fewer when there are not so many records.

    >>> bounds(10, 4)
    (2, 5, 7, 10)
    """
    return tuple(sorted({records * number // parts for number in range(1, parts + 1)} - {0}))


def private(space: Space, prefix: str) -> Path:
    """A new private directory for an engine that runs in this process."""
    path = space.below / f"{prefix}{os.urandom(6).hex()}"
    space.keeper.directory(path)
    path.mkdir(mode=0o700)
    return path


def bytes_below(directory: Path) -> int:
    """Bytes of all files in a directory and below."""
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def synchronised(paths: Iterable[Path]) -> None:
    """Return when these files and directories are on the disk."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@dataclass(slots=True)
class Noted:
    """What a block did to a target: filled in at its end."""

    log_bytes: int | None = None
    stored_bytes_before: int | None = None
    stored_bytes_after: int | None = None


@contextmanager
def noted(target: Target) -> Iterator[Noted]:
    """Compare the counters of a target before and after the block."""
    before, found = target.counters(), Noted()
    found.stored_bytes_before = before.stored_bytes
    yield found
    after = target.counters()
    found.stored_bytes_after = after.stored_bytes
    if before.log_bytes is not None and after.log_bytes is not None:
        found.log_bytes = after.log_bytes - before.log_bytes


def damaged(what: str) -> OperationFailed:
    """The failure of a backup that is not whole."""
    return OperationFailed(DAMAGED, what)
