"""The calibration of a machine: what `bench calibrate` measured, and where it is kept.

One file, `calibration.json`, beside the runs that the machine made. It is of one machine: the records
of others are not touched by it.
"""

from __future__ import annotations

import contextlib
import math
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from results.record import Environment
from workloads.errors import InputError, PlaceError

SCHEMA = 1
FILE = "calibration.json"
# Of the processors' time, what other programs must leave for figures of all of them to count.
LEAST_FREE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the machine: its best, the median of n repetitions, and the slowest tenth.

    For rates `best` is the largest, for times the smallest. `unit` is per second for rates.
    """

    name: str
    unit: str
    best: float
    p50: float
    worst_tenth: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A machine's figures. `NAME.single` is one thread's, `NAME.all` that of one a processor.

    deflate   megabytes deflated a second       lookups   index lookups a second inside SQLite
    memory    bytes copied a second, read and written     fsync     s for 4 KiB written and flushed
    loopback  s for a small message there and back over TCP

    `free_share` is what other programs left of the processors' time meanwhile.
    """

    schema: int
    made_at: str  # ISO 8601, UTC
    environment: Environment
    figures: tuple[Figure, ...]
    free_share: float

    def figure(self, name: str) -> Figure | None:
        """A figure by its name; None when it could not be measured."""
        return next((figure for figure in self.figures if figure.name == name), None)

    def is_of(self, machine: Environment) -> bool:
        """Whether it is of that machine: the same processors, as many of them, as much memory."""
        own = self.environment
        return (own.cpu_model, own.cpu_family, own.cpus, own.memory_bytes) == (
            machine.cpu_model,
            machine.cpu_family,
            machine.cpus,
            machine.memory_bytes,
        )

    def all_core_share(self) -> float | None:
        """What a processor gives while all are busy, as a share of one alone; None: not known.

        The geometric mean over the kernels. Not known where other programs took part of them.
        """
        if self.free_share < LEAST_FREE:
            return None
        shares = []
        for kernel in ("deflate", "lookups"):
            one, every = self.figure(f"{kernel}.single"), self.figure(f"{kernel}.all")
            if one is not None and every is not None:
                shares.append(every.best / one.best / self.environment.cpus)
        if not shares:
            return None
        return min(1.0, math.exp(math.fsum(map(math.log, shares)) / len(shares)))


def write(found: Calibration, directory: Path) -> Path:
    """Keep a calibration in a directory, whole or not at all. Raises PlaceError."""
    path = directory / FILE
    part = path.with_suffix(".tmp")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise PlaceError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def read(path: Path) -> Calibration:
    """A calibration from its file. Raises InputError."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Calibration)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror}", hint="`bench calibrate` makes one"
        ) from error
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: this is no calibration: {error}") from error
    if found.schema != SCHEMA:
        raise InputError(f"{path}: a calibration of schema {found.schema}, not {SCHEMA}")
    return found


def beside(paths: tuple[Path, ...]) -> tuple[Calibration, ...]:
    """The calibrations in these directories, or beside these runs or files; none where none is."""
    places = dict.fromkeys(place / FILE for path in paths for place in (path, path.parent))
    return tuple(read(place) for place in places if place.is_file())
