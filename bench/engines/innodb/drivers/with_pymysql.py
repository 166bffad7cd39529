"""PyMySQL: a client in pure Python, for where no C library can be installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bench.engines.innodb.drivers import CONNECT_TIMEOUT_S, Found
from bench.engines.innodb.failures import LOST, REFUSED, failed
from bench.engines.seam import OperationFailed
from workloads.errors import PlaceError

if TYPE_CHECKING:
    import ssl

    from bench.engines.innodb.link import Encryption, Link


# CLIENT_FOUND_ROWS: an update counts the rows it found, changed or not, as other engines do.
_FOUND_ROWS = 1 << 1
_DEPRECATE_EOF = 1 << 24
_COM_QUERY = 3


def _library() -> Any:
    return importlib.import_module("pymysql")


def connect(link: Link, *, patience_s: float) -> PymysqlConnection:
    """A new connection. Raises OperationFailed."""
    pymysql = _library()
    wanted: dict[str, Any] = {
        "host": link.host,
        "port": link.port,
        "user": link.user,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "read_timeout": max(1, round(patience_s)),
        "write_timeout": max(1, round(patience_s)),
        "client_flag": _FOUND_ROWS,
        "local_infile": True,
        "charset": "utf8mb4",
        "use_unicode": False,
        "conv": {},
        "autocommit": True,
    }
    if link.socket_path is not None:
        wanted["unix_socket"] = link.socket_path
    if link.database is not None:
        wanted["database"] = link.database
    if link.password is not None:
        wanted["password"] = link.password.reveal()
    if link.encryption.wanted:
        wanted["ssl"] = _context(link.encryption)
    else:
        wanted["ssl_disabled"] = True
    try:
        raw = pymysql.connect(**wanted)
    except pymysql.MySQLError as error:
        number, sqlstate, message = _told(error)
        message = link.cleaned(message)
        if 2000 <= number < 3000:  # the library's own errors
            raise OperationFailed(REFUSED, message) from None
        raise failed(number, sqlstate, message) from None
    except RuntimeError as error:  # a method of authentication that needs another package
        raise PlaceError(
            f"PyMySQL cannot log in to this server: {link.cleaned(str(error))}",
            hint="pip install cryptography, or mysqlclient instead of PyMySQL",
        ) from None
    return PymysqlConnection(raw)


def _context(encryption: Encryption) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context(cafile=encryption.authority)
    context.check_hostname = encryption.checks_name
    if encryption.authority is None and not encryption.checks_name:
        context.verify_mode = ssl.CERT_NONE
    return context


class PymysqlConnection:
    """A connection in pure Python. Its socket, and sending without waiting, are not public."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.version = str(raw.get_server_info())
        self.ends_with_ok = bool(raw.client_flag & _DEPRECATE_EOF)
        found = self.query(b"SHOW SESSION STATUS LIKE 'Ssl_cipher'").rows
        self.encrypted = bool(found and found[0][1])

    def query(self, sql: bytes) -> Found:
        def ask() -> Found:
            with self._raw.cursor() as cursor:
                count = cursor.execute(sql)
                rows = cursor.fetchall() if cursor.description else ()
            return Found([_bytes(row) for row in rows], count)

        found: Found = self._tried(ask)
        return found

    def send(self, sql: bytes) -> None:
        self._tried(lambda: self._raw._execute_command(_COM_QUERY, sql))

    def receive(self) -> Found:
        def take() -> Found:
            count = self._raw._read_query_result()
            return Found([_bytes(row) for row in self._raw._result.rows or ()], count)

        found: Found = self._tried(take)
        return found

    def fileno(self) -> int:
        return int(self._raw._sock.fileno())

    def close(self) -> None:
        self._raw.close()

    def _tried(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except _library().MySQLError as error:
            number, sqlstate, message = _told(error)
            if not number:  # the connection was given up before
                raise OperationFailed(LOST, message or "the connection is closed") from None
            raise failed(number, sqlstate, message) from None
        except OSError as error:
            raise OperationFailed(LOST, f"the connection broke: {error}") from None


def _bytes(row: tuple[Any, ...]) -> list[bytes | None]:
    return [value.encode() if isinstance(value, str) else value for value in row]


def _told(error: Exception) -> tuple[int, str, str]:
    """The number, SQLSTATE and text of the library's error."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return number, getattr(error, "sqlstate", None) or "", text
