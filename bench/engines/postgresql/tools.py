"""PostgreSQL's own client programs, run so that no argument and no variable holds a password.

How the server is reached stands in a libpq service file (mode 0600, of the account that runs the
program) in the private directory where the program works, and is removed when it ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.engines.postgresql.link import Link
from bench.engines.postgresql.software import Software
from bench.engines.seam import OperationFailed
from bench.targets.account import Account
from workloads.errors import PlaceError

SERVICE = "storefit"
_SERVICE_FILE = "service"
_SAID_LINES = 3
# Parameters that are not about how to reach the server.
_NOT_IN_SERVICE = frozenset({"service", "servicefile", "passfile"})


def has(software: Software, name: str) -> bool:
    """Whether a program lies beside the server's."""
    return os.access(software.program(name), os.X_OK)


def call(
    argv: Sequence[str], account: Account, *, link: Link | None, within: Path, called: str
) -> None:
    """Run a program in a directory of the account's, its server (if any) as `service=storefit`.

    Raises OperationFailed with its last words; neither address nor password is in them.
    """
    with _service(link, account, within) as variables:
        try:
            done = account.run(argv, cwd=within, variables=variables)
        except OSError as error:
            raise PlaceError(f"{called} cannot be run: {error.strerror}") from error
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        said = " | ".join(lines[-_SAID_LINES:]) or f"exit code {done.returncode}"
        said = said.replace(str(within), "…")
        raise OperationFailed(called, link.cleaned(said) if link else said)


@contextmanager
def _service(link: Link | None, account: Account, within: Path) -> Iterator[dict[str, str]]:
    """The environment in which `service=storefit` is the server."""
    if link is None:
        yield {}
        return
    values = dict(link.parameters) | {n: s.reveal() for n, s in link.secrets.items()}
    lines = [f"[{SERVICE}]"]
    lines += [f"{name}={value}" for name, value in values.items() if name not in _NOT_IN_SERVICE]
    file = within / _SERVICE_FILE
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        out.write("\n".join(lines) + "\n")
    account.own(file)
    variables = {"PGSERVICEFILE": str(file), "PGCONNECT_TIMEOUT": "10"}
    if not link.own_server:  # whose password may be kept where libpq looks for it
        variables |= {name: os.environ[name] for name in _PASSWORDS if name in os.environ}
    try:
        yield variables
    finally:
        file.unlink(missing_ok=True)


# Where a person keeps the password of a server of theirs.
_PASSWORDS = ("PGPASSWORD", "PGPASSFILE", "HOME")
