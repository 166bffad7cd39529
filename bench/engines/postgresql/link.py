"""How a server is reached: parameters, password, and opening connections with libpq."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.engines.postgresql.channel import LOST, REFUSED, TIMEOUT, check
from bench.engines.seam import OperationFailed
from bench.targets.secret import Secret
from workloads.errors import InputError

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

# libpq's connection parameters whose values nobody may see.
SECRET_PARAMETERS = frozenset(
    {"password", "sslpassword", "oauth_client_secret", "scram_client_key"}
)
CONNECT_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way to a server. It can cross to another process, and does not print what it holds.

    parameters  libpq's connection parameters but the secret ones
    secrets     the secret ones
    setup       SET commands run on every new connection
    own_server  a server of ours: variables such as PGSSLMODE are about another one
    contained   its process ids are a container's, not this machine's
    """

    parameters: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    setup: tuple[str, ...] = ()
    own_server: bool = False
    contained: bool = False

    def connect(self) -> PGconn:
        """A new connection, set up. Raises OperationFailed (`refused`) when there is none."""
        from psycopg import pq
        from psycopg.conninfo import make_conninfo

        everything = {"connect_timeout": str(CONNECT_TIMEOUT_S), "application_name": "storefit"}
        everything |= self.parameters
        everything |= {name: secret.reveal() for name, secret in self.secrets.items()}
        with _without_client_variables() if self.own_server else nullcontext():
            connection = pq.PGconn.connect(make_conninfo(**everything).encode())
        if connection.status != pq.ConnStatus.OK:
            reason = self.cleaned(connection.get_error_message())
            connection.finish()
            raise OperationFailed(REFUSED, reason)
        # Notices would be printed by libpq.
        connection.notice_handler = lambda _: None
        for command in self.setup:
            run(connection, command)
        return connection

    def cleaned(self, message: str) -> str:
        """A message of libpq on one line, without the server's address and without secrets."""
        text = " ".join(message.rpartition("failed: ")[2].split())
        for secret in self.secrets.values():
            text = secret.hidden_in(text)
        return text or "the server refused the connection"


@contextmanager
def _without_client_variables() -> Iterator[None]:
    """Hide libpq's environment variables (PGOPTIONS, PGSERVICE, …) for a moment."""
    hidden = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


def link_of(dsn: str) -> Link:
    """The link a DSN describes, `postgresql://…`. Raises InputError, which repeats none of it."""
    import psycopg
    from psycopg import pq

    try:
        found = {
            option.keyword.decode(): option.val.decode()
            for option in pq.Conninfo.parse(dsn.encode())
            if option.val is not None
        }
    except psycopg.Error:
        raise InputError(
            "the PostgreSQL address cannot be read",
            hint="write postgresql://USER@HOST:PORT/DATABASE, special characters as %XX; the"
            " password is best kept in PGPASSWORD or ~/.pgpass",
        ) from None
    return Link(
        parameters={k: v for k, v in found.items() if k not in SECRET_PARAMETERS},
        secrets={k: Secret(v) for k, v in found.items() if k in SECRET_PARAMETERS},
    )


def is_encrypted(connection: PGconn) -> bool:
    """Whether only libpq can read and write this connection."""
    return bool(connection.ssl_in_use or connection.used_gssapi)


def run(connection: PGconn, sql: str, *, patience_s: float | None = None) -> PGresult:
    """Run commands without parameters. Raises OperationFailed with the SQLSTATE as its kind.

    With `patience_s`, a server that has not answered by then is a `timeout`, and the connection
    can be used no more; otherwise the answer is waited for, however long it takes.
    """
    if patience_s is None:
        return check(connection.exec_(sql.encode()))
    return check(_answered(connection, sql.encode(), patience_s))


def _answered(connection: PGconn, sql: bytes, patience_s: float) -> PGresult:
    """The last result of commands, or the first that is an error. Raises OperationFailed."""
    import psycopg

    deadline = time.monotonic() + patience_s
    try:
        connection.send_query(sql)
        connection.flush()
        last = None
        while True:
            while connection.is_busy():
                left_s = deadline - time.monotonic()
                if left_s <= 0 or not select.select([connection.socket], [], [], left_s)[0]:
                    raise OperationFailed(TIMEOUT, f"no answer in {patience_s:g} s")
                connection.consume_input()
            result = connection.get_result()
            if result is None:
                break
            last = result
    except psycopg.Error as error:
        raise OperationFailed(LOST, "the connection cannot be used any more") from error
    if last is None:
        raise OperationFailed(LOST, "the server gave no answer")
    return last


def texts(
    connection: PGconn, sql: str, *, patience_s: float | None = None
) -> list[tuple[str | None, ...]]:
    """Run a query and take its rows as text; `patience_s` as for `run`."""
    result = run(connection, sql, patience_s=patience_s)
    return [
        tuple(
            None if (value := result.get_value(row, column)) is None else value.decode()
            for column in range(result.nfields)
        )
        for row in range(result.ntuples)
    ]
