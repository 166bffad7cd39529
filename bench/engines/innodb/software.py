"""Where a product's programs are, and which version they are.

A program may lie in the tree of another system (an unpacked image, a directory of debootstrap):
then it is started by that tree's own loader, with that tree's libraries, and needs no root rights.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.engines.innodb.flavour import Flavour

# `mysqld  Ver 8.4.3 for Linux …`, `mariadbd  Ver 10.11.6-MariaDB-…`
_VERSION = re.compile(r"Ver (\d+(?:\.\d+)+)(-MariaDB)?")
_PATIENCE_S = 20.0
# Below the root of a system: its dynamic loader, and its libraries.
_LOADERS = ("lib64/ld-linux-*.so.*", "usr/lib64/ld-linux-*.so.*", "lib/ld-linux-*.so.*")
_LIBRARIES = (
    "usr/lib/*-linux-gnu*",
    "lib/*-linux-gnu*",
    "usr/lib64",
    "lib64",
    "usr/lib",
    "usr/lib/mysql/private",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """One installed server. `installer` makes data directories where a program does that.

    `loader`: what starts the server where the programs belong to another system's tree.
    """

    server: Path
    installer: Path | None
    version: str
    loader: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """What starts the server; its options follow."""
        return (*self.loader, str(self.server))

    @property
    def number(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split("."))


def local(flavour: Flavour) -> tuple[Software, ...]:
    """The versions on this machine: the one the variable names, then the newest first."""
    named = os.environ.get(flavour.variable)
    if named:
        return _all_of(flavour, [Path(named)])
    folders = [
        *os.environ.get("PATH", os.defpath).split(os.pathsep),
        *(folder for pattern in flavour.folders for folder in glob.glob(pattern)),
    ]
    return _in(flavour, folders)


def at(flavour: Flavour, directory: str) -> tuple[Software, ...]:
    """The version in a directory: of the programs, the one above, or another system's root."""
    parts = ("", "bin", "sbin", "libexec", "usr/sbin", "usr/libexec", "usr/bin")
    return _in(flavour, [os.path.join(directory, part) for part in parts])


def chosen(found: Iterable[Software], version: str | None) -> Software | None:
    """The first of `found`, or the one of a version given as `9`, `9.7` or `9.7.4`."""
    for software in found:
        if version is None or f"{software.version}.".startswith(f"{version}."):
            return software
    return None


def _in(flavour: Flavour, folders: Iterable[str]) -> tuple[Software, ...]:
    programs = [Path(folder, name) for folder in folders for name in flavour.programs if folder]
    return _all_of(flavour, programs)


def _all_of(flavour: Flavour, programs: Iterable[Path]) -> tuple[Software, ...]:
    found: dict[Path, Software] = {}
    for program in programs:
        resolved = program.resolve()
        if resolved not in found and os.access(program, os.X_OK) and program.is_file():
            software = _software(flavour, program)
            if software is not None:
                found[resolved] = software
    newest_first = sorted(found.values(), key=lambda software: software.number, reverse=True)
    return tuple(software for software in newest_first if software.number >= flavour.oldest)


def _software(flavour: Flavour, program: Path) -> Software | None:
    """What a program says it is; None when it is another product, or cannot run here."""
    loader: tuple[str, ...] = ()
    said = _said(program)
    if said is None and not flavour.installer:
        loader = _loader(program)
        said = _said(*loader, program) if loader else None
    match = _VERSION.search(said or "")
    if match is None or bool(match[2]) != flavour.is_mariadb:
        return None
    installer = _installer(flavour, program)
    if flavour.installer and installer is None:
        return None
    return Software(server=program.absolute(), installer=installer, version=match[1], loader=loader)


def _said(*command: str | Path) -> str | None:
    """What a server says of its version; None when it does not run."""
    try:
        done = subprocess.run(
            [*command, "--no-defaults", "--version"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def _loader(program: Path) -> tuple[str, ...]:
    """The dynamic loader of the tree that a program lies in, told where its libraries are.

    Empty when the program lies in no tree of another system.
    """
    for root in program.absolute().parents[:-1]:
        for loader in sorted(found for name in _LOADERS for found in root.glob(name)):
            folders = [str(folder) for name in _LIBRARIES for folder in sorted(root.glob(name))]
            return (str(loader), "--library-path", os.pathsep.join(folders))
    return ()


def _installer(flavour: Flavour, program: Path) -> Path | None:
    """The program that makes data directories: near the server's, or on the PATH."""
    above = program.resolve().parent.parent
    for name in flavour.installer:
        for folder in (program.parent, above / "bin", above / "scripts"):
            if os.access(folder / name, os.X_OK):
                return folder / name
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    return None
