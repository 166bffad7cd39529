"""What follows `--cluster`, and which engines can be reached from there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.runner.plan import Target

# So many worker processes of a local cluster are the most that one machine should be asked for.
MOST_LOCAL = 64
_FORMS = "local, local:4 (processes on this machine), or a scheduler's address: tcp://HOST:8786"
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss)://)?(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}")


@dataclass(frozen=True, slots=True)
class Where:
    """A cluster: `address` of its scheduler, or None: one of `size` processes is made here.

    `size` None: one process per processor.
    """

    address: str | None = None
    size: int | None = None

    @property
    def text(self) -> str:
        """The form that `parse` reads as this."""
        if self.address is not None:
            return self.address
        return "local" if self.size is None else f"local:{self.size}"


def parse(text: str) -> Where:
    """Read what follows `--cluster`. InputError says which forms there are.

    >>> parse("local:4")
    Where(address=None, size=4)
    >>> parse("10.0.0.5:8786").address
    'tcp://10.0.0.5:8786'
    """
    kind, colon, number = text.strip().partition(":")
    if kind == "local":
        if not colon:
            return Where()
        size = int(number) if number.isdecimal() else 0
        if not 1 <= size <= MOST_LOCAL:
            raise InputError(
                f"--cluster {text}: '{number}' is not a number of processes (1 to {MOST_LOCAL})",
                hint=f"write {_FORMS}",
            )
        return Where(size=size)
    address = text.strip()
    if not _ADDRESS.fullmatch(address):
        raise InputError(f"--cluster {text}: this is no cluster", hint=f"write {_FORMS}")
    return Where(address=address if "://" in address else f"tcp://{address}")


def require_reach(targets: Iterable[Target], *, away: int, size: int) -> None:
    """InputError when load from other machines cannot reach a target.

    `away` of the cluster's `size` workers are on other machines. They reach what has an address of
    its own; not what runs inside the worker process on this machine's files, and not a server that
    storefit starts here, which listens on this machine only.
    """
    if not away:
        return
    elsewhere = f"{away} of the cluster's {size} workers are on other machines"
    for target in targets:
        if target.engine.in_process:
            raise InputError(
                f"{target.text} runs inside the load worker and its data lies on this machine, "
                f"but {elsewhere}",
                hint="--cluster local measures it with several processes here",
            )
        if target.place.kind != "remote":
            raise InputError(
                f"{target.text} is started by storefit and can be reached from this machine only, "
                f"but {elsewhere}",
                hint="start the server yourself and give its DSN with --engine, or --cluster local",
            )
