"""The products' own client programs, run so that no argument and no variable holds a password.

How the server is reached stands in an option file (mode 0600, of the account that runs the
program) in the private directory where the program works, and is removed when it ends.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from bench.engines.innodb.flavour import Flavour
from bench.engines.innodb.link import Link
from bench.engines.seam import OperationFailed
from bench.targets.account import Account
from workloads.errors import PlaceError

_OPTION_FILE = "client.cnf"
_SAID_LINES = 3
# The variable from which `sh` takes what a program reads.
_INPUT = "STOREFIT_INPUT"
_PATIENCE_S = 20.0


def found(flavour: Flavour, name: str) -> str | None:
    """A program of the product on the PATH; None: there is none, or it is the other product's.

    Debian calls MariaDB's programs by MySQL's names too.
    """
    return _found(name, of_mariadb=flavour.is_mariadb)


@cache
def _found(name: str, *, of_mariadb: bool) -> str | None:
    path = shutil.which(name)
    if path is None:
        return None
    try:
        said = subprocess.run(
            [path, "--no-defaults", "--version"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    is_mariadb = re.search("mariadb", said.stdout + said.stderr, re.IGNORECASE) is not None
    return path if is_mariadb == of_mariadb else None


def call(
    argv: Sequence[str], account: Account, *, within: Path, link: Link | None, takes: Path | None
) -> None:
    """Run a program in a directory of the account's.

    `link`: the server, which it learns from an option file; `takes`: what it reads. Raises
    OperationFailed with its last words; neither address nor password is in them.
    """
    program, *arguments = argv
    name = Path(program).name
    with _option_file(link, account, within) as options:
        command = [program, *options, *arguments]
        variables = {}
        if takes is not None:
            command = ["/bin/sh", "-c", f'exec "$0" "$@" <"${_INPUT}"', *command]
            variables = {_INPUT: str(takes)}
        try:
            done = account.run(command, cwd=within, variables=variables)
        except OSError as error:
            raise PlaceError(f"{name} cannot be run: {error.strerror}") from error
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        said = " | ".join(lines[-_SAID_LINES:]) or f"exit code {done.returncode}"
        said = said.replace(str(within), "…")
        raise OperationFailed(name, link.cleaned(said) if link else said)


@contextmanager
def _option_file(link: Link | None, account: Account, within: Path) -> Iterator[list[str]]:
    if link is None:
        yield []
        return
    file = within / _OPTION_FILE
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        out.write("".join(_lines(link)))
    account.own(file)
    try:
        yield [f"--defaults-file={file}"]
    finally:
        file.unlink(missing_ok=True)


def _lines(link: Link) -> Iterator[str]:
    yield "[client]\n"
    if link.socket_path is not None:
        yield f"socket={_quoted(link.socket_path)}\n"
    else:
        yield f"host={_quoted(link.host)}\nport={link.port}\nprotocol=tcp\n"
    yield f"user={_quoted(link.user)}\n"
    if link.password is not None:
        yield f"password={_quoted(link.password.reveal())}\n"
    if link.encryption.authority is not None:
        yield f"ssl-ca={_quoted(link.encryption.authority)}\n"


def _quoted(text: str) -> str:
    """A value as option files have it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
