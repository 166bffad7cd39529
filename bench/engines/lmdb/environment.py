"""The LMDB environment: opened once in each process, bounded by the disk, errors translated.

Durability `full` is LMDB's default: every commit waits until data and meta page are on disk.
`relaxed` does not wait (no sync, no metasync): a crash of the machine may lose the last commits.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import lmdb

from bench.engines.seam import OperationFailed
from workloads.errors import PlaceError

SPARE_BYTES = 256 * 1024**2  # of the disk, left to others
SMALLEST_MAP_BYTES = 64 * 1024**2
READERS = 1024
DATABASES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where an environment is and how it is opened; picklable.

    readahead   whether the system may read more of the file than is asked for, as LMDB lets it by
                default: of use for scans, a waste where records are read one by one and the file
                does not fit into memory
    """

    path: Path
    synchronous: bool
    map_bytes: int
    readahead: bool = True

    @property
    def data_file(self) -> Path:
        return self.path / "data.mdb"


@dataclass(slots=True)
class _Open:
    environment: lmdb.Environment
    users: int


# LMDB forbids a second opening of one environment in one process, so sessions share it. The
# process id keeps what a forked child inherited from being used there.
_open: dict[tuple[int, Path], _Open] = {}


def map_bytes(directory: Path) -> int:
    """Size of the map: what the disk can still take. Pages are allocated only when written."""
    free = shutil.disk_usage(directory).free - SPARE_BYTES
    if free < SMALLEST_MAP_BYTES:
        raise PlaceError(
            f"only {max(free, 0) // 1024**2} MiB of disk can be used for the key-value store",
            hint="free some disk space, or put the working directory on another disk",
        )
    return free


def acquire(store: Store) -> lmdb.Environment:
    """The process's environment of this store; give it back with `release`."""
    slot = (os.getpid(), store.path)
    held = _open.get(slot)
    if held is None:
        store.path.mkdir(parents=True, exist_ok=True)
        try:
            environment = lmdb.open(
                str(store.path),
                map_size=store.map_bytes,
                sync=store.synchronous,
                metasync=store.synchronous,
                readahead=store.readahead,
                max_readers=READERS,
                max_dbs=DATABASES,
                max_spare_txns=4,
            )
        except lmdb.Error as error:
            raise PlaceError(f"the key-value store cannot be opened: {error}") from error
        held = _open[slot] = _Open(environment, 0)
    held.users += 1
    return held.environment


def release(store: Store) -> None:
    """Give an environment back; the last user closes it."""
    slot = (os.getpid(), store.path)
    held = _open[slot]
    held.users -= 1
    if not held.users:
        del _open[slot]
        held.environment.close()


def remove(store: Store) -> None:
    """Delete what is stored; PlaceError while sessions of this process have it open."""
    if (os.getpid(), store.path) in _open:
        raise PlaceError(
            "the key-value store is in use", hint="close its sessions before loading again"
        )
    for name in ("data.mdb", "lock.mdb"):
        (store.path / name).unlink(missing_ok=True)


@contextmanager
def using(store: Store) -> Iterator[lmdb.Environment]:
    """The environment for the length of a block."""
    environment = acquire(store)
    try:
        yield environment
    finally:
        release(store)


def failed(error: lmdb.Error) -> OperationFailed:
    """The operation's failure that an LMDB error means."""
    if is_full(error):
        return OperationFailed("disk-full", "the disk (or the map) has no room for another page")
    if isinstance(error, lmdb.ReadersFullError):
        return OperationFailed("too-many-readers", str(error))
    return OperationFailed(type(error).__name__, str(error))


def is_full(error: lmdb.Error) -> bool:
    """Whether there was no room left."""
    return isinstance(error, lmdb.MapFullError) or "No space left" in str(error)


def no_room(store: Store) -> PlaceError:
    """The error of a load that did not fit."""
    return PlaceError(
        f"the data does not fit: the key-value store may use {store.map_bytes // 1024**2} MiB here",
        hint="load fewer or smaller records, free disk space, or use another working directory",
    )
