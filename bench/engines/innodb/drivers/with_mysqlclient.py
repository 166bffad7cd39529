"""mysqlclient: the C client library of MySQL or MariaDB, whichever it was built with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bench.engines.innodb.drivers import CONNECT_TIMEOUT_S, Found
from bench.engines.innodb.failures import LOST, REFUSED, failed
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from bench.engines.innodb.link import Encryption, Link

# CLIENT_FOUND_ROWS: an update counts the rows it found, changed or not, as other engines do.
_FOUND_ROWS = 1 << 1
_DEPRECATE_EOF = 1 << 24


def connect(link: Link, *, patience_s: float) -> MysqlclientConnection:
    """A new connection. Raises OperationFailed."""
    from MySQLdb import MySQLError, _mysql

    wanted: dict[str, Any] = {
        "host": link.host,
        "port": link.port,
        "user": link.user,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "read_timeout": max(1, round(patience_s)),
        "write_timeout": max(1, round(patience_s)),
        "client_flag": _FOUND_ROWS,
        "local_infile": 1,
        "conv": {},
        "charset": "utf8mb4",
    }
    if link.socket_path is not None:
        wanted |= {"host": "localhost", "unix_socket": link.socket_path}
    if link.database is not None:
        wanted["database"] = link.database
    if link.password is not None:
        wanted["password"] = link.password.reveal()
    wanted["ssl_mode"] = _mode(link.encryption)
    if link.encryption.wanted and link.encryption.authority:
        wanted["ssl"] = {"ca": link.encryption.authority}
    try:
        raw = _mysql.connect(**wanted)
    except MySQLError as error:
        raise _refused(error, link) from None
    return MysqlclientConnection(raw)


def _mode(encryption: Encryption) -> str:
    if not encryption.wanted:
        return "DISABLED"
    if encryption.checks_name:
        return "VERIFY_IDENTITY"
    return "VERIFY_CA" if encryption.authority else "REQUIRED"


class MysqlclientConnection:
    """A connection of the C library, used through its low-level module: values stay bytes."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.version = str(raw.get_server_info())
        self.ends_with_ok = bool(raw.client_flag & _DEPRECATE_EOF)
        found = self.query(b"SHOW SESSION STATUS LIKE 'Ssl_cipher'").rows
        self.encrypted = bool(found and found[0][1])

    def query(self, sql: bytes) -> Found:
        return self._asked(lambda: self._raw.query(sql))

    def send(self, sql: bytes) -> None:
        self._tried(lambda: self._raw.send_query(sql))

    def receive(self) -> Found:
        return self._asked(self._raw.read_query_result)

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def close(self) -> None:
        self._raw.close()

    def _asked(self, ask: Callable[[], object]) -> Found:
        """What a statement gave, once `ask` has been told that the answer is there."""

        def take() -> Found:
            ask()
            result = self._raw.store_result()
            if result is None:
                return Found((), int(self._raw.affected_rows()))
            rows = result.fetch_row(maxrows=0)
            return Found(rows, len(rows))

        found: Found = self._tried(take)
        return found

    def _tried(self, act: Callable[[], Any]) -> Any:
        from MySQLdb import MySQLError

        try:
            return act()
        except MySQLError as error:
            number, message = _told(error)
            try:
                sqlstate = str(self._raw.sqlstate())
            except MySQLError:
                raise OperationFailed(LOST, message) from None
            raise failed(number, sqlstate, message) from None


def _refused(error: Exception, link: Link) -> OperationFailed:
    """Why there is no connection. Number 2000 and above: the library's own errors."""
    number, message = _told(error)
    message = link.cleaned(message)
    if 2000 <= number < 3000:
        return OperationFailed(REFUSED, message)
    return failed(number, "", message)


def _told(error: Exception) -> tuple[int, str]:
    """The number and text of the library's error."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    return number, str(error.args[1]) if len(error.args) > 1 else str(error)
