"""Private directories of a target: made for one run, removed with it."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.targets.account import Account
from bench.targets.keeper import Keeper
from workloads.errors import PlaceError

# sockaddr_un holds 108 bytes on Linux and 104 on macOS and the BSDs, with a closing zero.
SOCKET_PATH_BYTES = 103


@dataclass(frozen=True, slots=True)
class PrivateDirectory:
    """A directory that only the account (and root) can enter.

    `moved`: it does not lie below the directory that was asked for, because the account cannot
    enter that one; it lies in the system's directory for temporary files.
    """

    path: Path
    moved: bool = False


def private_directory(
    keeper: Keeper, account: Account, *, below: Path, prefix: str
) -> PrivateDirectory:
    """Make a directory that the keeper removes. Raises PlaceError when `below` cannot be used."""
    try:
        below.mkdir(parents=True, exist_ok=True)
        path = _made(keeper, account, below=below, prefix=prefix)
    except OSError as error:
        raise PlaceError(
            f"no directory can be made for the server: {error.strerror}",
            hint="choose another work directory, one that is writable and has space",
        ) from error
    return path


def _made(keeper: Keeper, account: Account, *, below: Path, prefix: str) -> PrivateDirectory:
    if account.is_other and not account.reaches(below):
        _open_for_passage(below)
    moved = account.is_other and not account.reaches(below)
    root = Path(tempfile.gettempdir()) if moved else below
    path = root / f"{prefix}{os.urandom(6).hex()}"
    keeper.directory(path)
    path.mkdir(mode=0o700)
    account.own(path)
    return PrivateDirectory(path, moved)


def _open_for_passage(directory: Path) -> None:
    """Let others pass through (not list) a directory of our own, such as mkdtemp's."""
    found = directory.stat()
    if found.st_uid == os.geteuid():
        directory.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXGRP | stat.S_IXOTH)


def socket_directory(
    keeper: Keeper, account: Account, *, preferred: Path, name: str
) -> Path | None:
    """A private directory in which a Unix socket's path is short enough, or None.

    `name` is the socket's file name; `preferred` is taken if its path is short.
    """
    if _fits(preferred / name):
        return preferred
    for root in dict.fromkeys((Path(tempfile.gettempdir()), Path("/tmp"))):
        path = root / f"storefit-{os.urandom(6).hex()}"
        if _fits(path / name) and account.reaches(root) and os.access(root, os.W_OK):
            keeper.directory(path)
            path.mkdir(mode=0o700)
            account.own(path)
            return path
    return None


def _fits(path: Path) -> bool:
    return len(os.fsencode(path.absolute())) <= SOCKET_PATH_BYTES


def copy_trees(pairs: Sequence[tuple[Path, Path]], account: Account) -> None:
    """Copy directory trees (source, destination) so that the account can read them."""
    for source, destination in pairs:
        shutil.copytree(source, destination, symlinks=True, dirs_exist_ok=True)
        parents = [destination.parent, destination]
        account.own(*parents)
        for folder, _, _ in os.walk(destination):
            Path(folder).chmod(0o755)
