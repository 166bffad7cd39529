"""How a server is reached: address, user, password, encryption, and what every session sets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import ParseResult, parse_qsl, unquote, urlparse

from bench.engines.innodb import drivers
from bench.engines.innodb.drivers import Connection
from bench.engines.innodb.failures import REFUSED
from bench.engines.seam import OperationFailed
from bench.targets.secret import Secret
from workloads.errors import InputError

DEFAULT_PORT = 3306
# The variable that the clients of both products read.
PASSWORD_VARIABLE = "MYSQL_PWD"
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "")
_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_PARAMETERS = ("ssl-mode", "ssl-ca", "socket")
# Whatever the server's defaults are, values mean the same here: backslashes escape, wrong values
# are errors, a statement of its own is a transaction of its own.
_ALWAYS = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION autocommit = 1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """Whether TLS is used. `authority`: a file of certificates that the server's is checked by.

    `or_plain`: go on without where the server has none. MariaDB's client library checks the
    server's name whenever it checks its certificate.
    """

    wanted: bool = False
    or_plain: bool = False
    authority: str | None = None
    checks_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way to a server. It can cross to another process, and does not print what it holds.

    setup   statements run on every new connection
    driver  the client library; None: the first that is installed
    """

    host: str = field(default="localhost", repr=False)
    port: int = DEFAULT_PORT
    socket_path: str | None = field(default=None, repr=False)
    user: str = field(default="", repr=False)
    password: Secret | None = field(default=None, repr=False)
    database: str | None = field(default=None, repr=False)
    encryption: Encryption = field(default_factory=Encryption, repr=False)
    setup: tuple[str, ...] = ()
    driver: str | None = None

    def connect(self, *, patience_s: float = 86_400.0) -> Connection:
        """A new connection, set up.

        `patience_s`: the longest wait for an answer. Raises OperationFailed (`refused`, or
        another kind with the server's reason) when there is none.
        """
        connection = self._opened(patience_s)
        if self.encryption.wanted and not self.encryption.or_plain and not connection.encrypted:
            connection.close()
            raise OperationFailed(REFUSED, "the server does not encrypt")
        for command in (*_ALWAYS, *self.setup):
            connection.query(command.encode())
        return connection

    def cleaned(self, message: str) -> str:
        """A message of a client library on one line, without the password and the address."""
        text = " ".join(message.split())
        hidden = [self.socket_path, self.host if self.host not in _LOOPBACK else None]
        for part in hidden:
            if part:
                text = text.replace(part, "…")
        return self.password.hidden_in(text) if self.password else text

    def _opened(self, patience_s: float) -> Connection:
        try:
            return drivers.connect(self.driver, self, patience_s=patience_s)
        except OperationFailed:
            if not (self.encryption.wanted and self.encryption.or_plain):
                raise
        plain = replace(self, encryption=Encryption())
        return drivers.connect(self.driver, plain, patience_s=patience_s)


def link_of(dsn: str) -> Link:
    """The link a DSN describes: `mysql://USER[:PASSWORD]@HOST[:PORT][/DATABASE][?…]`.

    After the question mark: `ssl-mode` (DISABLED, PREFERRED, REQUIRED, VERIFY_CA or
    VERIFY_IDENTITY), `ssl-ca` (a file), `socket` (a path). Without `ssl-mode`, what leaves this
    machine is encrypted where the server can. Without a password, MYSQL_PWD is taken. Raises
    InputError, which repeats none of it.
    """
    try:
        parsed = urlparse(dsn)
        port = parsed.port or DEFAULT_PORT
        given = dict(
            parse_qsl(parsed.query, keep_blank_values=True, strict_parsing=bool(parsed.query))
        )
    except ValueError:
        raise _unreadable() from None
    unknown = sorted(set(given) - set(_PARAMETERS))
    if unknown or not parsed.username:
        raise _unreadable()
    socket_path = given.get("socket") or None
    return Link(
        host=parsed.hostname or "localhost",
        port=port,
        socket_path=socket_path,
        user=unquote(parsed.username),
        password=_password(parsed),
        database=unquote(parsed.path.strip("/")) or None,
        encryption=_encryption(given, near=bool(socket_path) or parsed.hostname in _LOOPBACK),
    )


def _password(parsed: ParseResult) -> Secret | None:
    if parsed.password is not None:
        return Secret(unquote(parsed.password))
    text = os.environ.get(PASSWORD_VARIABLE)
    return None if text is None else Secret(text)


def _encryption(given: Mapping[str, str], *, near: bool) -> Encryption:
    """What is wanted; near: the server is on this machine."""
    authority = given.get("ssl-ca") or None
    mode = given.get("ssl-mode", "VERIFY_CA" if authority else "PREFERRED").upper()
    if mode not in _MODES:
        raise InputError(
            "the address's ssl-mode is none that there is", hint=f"one of: {', '.join(_MODES)}"
        )
    if mode in ("VERIFY_CA", "VERIFY_IDENTITY") and authority is None:
        raise InputError(
            f"the address asks for ssl-mode={mode} without certificates to check by",
            hint="add &ssl-ca=FILE (for Amazon RDS: its certificate bundle)",
        )
    if mode == "DISABLED" or (mode == "PREFERRED" and near):
        return Encryption()
    return Encryption(
        wanted=True,
        or_plain=mode == "PREFERRED",
        authority=authority if mode.startswith("VERIFY") else None,
        checks_name=mode == "VERIFY_IDENTITY",
    )


def _unreadable() -> InputError:
    return InputError(
        "the address of the server cannot be read",
        hint="write ENGINE://USER@HOST:PORT/DATABASE?ssl-mode=REQUIRED, special characters as"
        f" %XX; the password is best kept in {PASSWORD_VARIABLE}; after the question mark:"
        f" {', '.join(_PARAMETERS)}",
    )
