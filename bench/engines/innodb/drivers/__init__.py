"""Client libraries: they connect, authenticate and encrypt; and what else needs no speed.

Requests that are timed go over the connection's socket where it is not encrypted (`channel`).
Adding a library is adding a module with `connect` and naming it in `KNOWN`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.engines.innodb.link import Link

# Name -> module of the library; the preferred one first.
KNOWN = {"mysqlclient": "MySQLdb", "pymysql": "pymysql"}
# Beside the C library's headers and a compiler, which the first one needs, there is the second.
INSTALL = "pip install mysqlclient (or, without a C compiler, pip install pymysql)"
CONNECT_TIMEOUT_S = 10

# Values of result rows as the server writes them.
TextRow = Sequence[bytes | None]


@dataclass(frozen=True, slots=True)
class Found:
    """What a statement gave: rows, or the number of records it is about."""

    rows: Sequence[TextRow]
    count: int


class Connection(Protocol):
    """A connection that a library opened. Every method may raise OperationFailed."""

    @property
    def version(self) -> str:
        """As the server says it, with whatever it adds to the number."""
        ...

    @property
    def encrypted(self) -> bool: ...

    @property
    def ends_with_ok(self) -> bool:
        """Whether result sets end with an OK packet (CLIENT_DEPRECATE_EOF was agreed on)."""
        ...

    def query(self, sql: bytes) -> Found:
        """Run one statement and take all it gives."""
        ...

    def send(self, sql: bytes) -> None:
        """Send one statement; `receive` takes what it gives."""
        ...

    def receive(self) -> Found:
        """Wait for the answer to what was sent."""
        ...

    def fileno(self) -> int: ...

    def close(self) -> None: ...


def installed() -> str | None:
    """The first library that is here, or None."""
    return next((name for name in KNOWN if is_installed(name)), None)


def connect(name: str | None, link: Link, *, patience_s: float) -> Connection:
    """A new connection through a library (None: the first that is here).

    `patience_s`: how long to wait for an answer. Raises OperationFailed (`refused` or another
    kind when the server is there and does not let us in) or PlaceError.
    """
    name = name or installed()
    if name is None or not is_installed(name):
        missing = f"the client library '{name}'" if name else "a client library"
        raise PlaceError(f"{missing} is not installed", hint=INSTALL)
    module = importlib.import_module(f"{__name__}.with_{name}")
    connection: Connection = module.connect(link, patience_s=patience_s)
    return connection


def is_installed(name: str) -> bool:
    """Whether a library can be imported here; it is not."""
    return importlib.util.find_spec(KNOWN[name]) is not None
