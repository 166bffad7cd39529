"""The account a server runs under. Database servers refuse to run as root; root steps down.

When storefit is not root, servers simply run as the same user.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.targets.memory_group import MemoryGroup, waiting
from workloads.errors import PlaceError

# Accounts without rights of their own that systems have.
UNPRIVILEGED = "nobody"
# What a server may see of the environment: settings of clients (PGPORT, MYSQL_HOST, …) would
# change what it does.
_KEPT_VARIABLES = ("PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Account:
    """Another user to run processes as; `None` ids: the user storefit runs as.

    `memory`: what holds them together to a limit of memory; None: nothing does.
    """

    name: str
    uid: int | None = None
    gid: int | None = None
    memory: MemoryGroup | None = None

    @property
    def is_other(self) -> bool:
        return self.uid is not None

    def own(self, *paths: Path) -> None:
        """Give paths to the account."""
        if self.uid is not None and self.gid is not None:
            for path in paths:
                os.chown(path, self.uid, self.gid)

    def run(
        self, argv: Sequence[str], *, cwd: Path, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a short command as the account and take what it prints (both streams as one)."""
        child = self.start(argv, cwd=cwd, output=subprocess.PIPE, variables=variables)
        text, _ = child.communicate()
        return subprocess.CompletedProcess(argv, child.returncode, text.decode(errors="replace"))

    def start(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        output: int,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a process as the account, in a session of its own, without input.

        `output` is a file descriptor, or `subprocess.PIPE`; `variables` of its environment come
        on top of the few that are kept. Raises PlaceError when the system does not let storefit
        become the account, OSError when there is no such program.
        """
        try:
            child = subprocess.Popen(
                waiting(argv) if self.memory else argv,
                cwd=cwd,
                env=_environment(os.environ) | dict(variables or {}),
                stdin=subprocess.PIPE if self.memory else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.uid,
                group=self.gid,
                extra_groups=[] if self.is_other else None,
            )
        except PermissionError as error:
            # Either the change of user or the program itself was refused.
            if not self.is_other or error.filename == argv[0]:
                raise
            raise PlaceError(
                f"a server cannot run as root, and this process may not become '{self.name}'",
                hint="run storefit as an ordinary user",
            ) from error
        if self.memory is not None:
            self.memory.release(child)
        return child

    def reaches(self, directory: Path) -> bool:
        """Whether the account may enter `directory`: every folder above it must let it pass."""
        if not self.is_other:
            return os.access(directory, os.X_OK)
        try:
            probe = self.run(["/bin/sh", "-c", 'cd "$0"', str(directory)], cwd=Path("/"))
        except PermissionError:
            return False
        return probe.returncode == 0


def server_account(preferred: str) -> Account:
    """The account servers run under: the current user, or as root `preferred` or `nobody`.

    Raises PlaceError when storefit is root and neither account exists.
    """
    if os.geteuid() != 0:
        return Account("the current user")
    for name in (preferred, UNPRIVILEGED):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise PlaceError(
        f"a server cannot run as root, and this system has no account '{preferred}'"
        f" or '{UNPRIVILEGED}'",
        hint=f"run storefit as an ordinary user, or add one: useradd --system {preferred}",
    )


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: variables[name] for name in _KEPT_VARIABLES if name in variables} | {
        "LC_ALL": "C",
        "HOME": "/",
    }
