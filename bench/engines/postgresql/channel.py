"""One connection's way to the server: request out, whole reply in.

libpq (through psycopg) connects, authenticates, encrypts and prepares. After that a plain
connection is used directly: frames that were built beforehand are written to libpq's socket, which
saves libpq's own bookkeeping and one `poll` per request. An encrypted connection stays with libpq
in pipeline mode. Both give the same answers.

The end of a reply is found without walking through its messages: ReadyForQuery preceded by the
zero that closes a command's tag. In a row those seven bytes would need a length field or number
of 0x005A0000 and more in exactly that place (a value of 5.9 MB), at the very end of what one
`recv` returned; the largest values storefit loads are below 1 MB.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from bench.engines.postgresql import wire
from bench.engines.seam import OperationFailed
from bench.engines.waiting import Wait

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

_RECEIVE_BYTES = 65_536
TIMEOUT, REFUSED, LOST = "timeout", "refused", "connection-lost"


class Channel(Protocol):
    """What a session needs of a connection. One request at a time is under way."""

    @property
    def trip(self) -> Callable[[Any], Any]:
        """Send one request and wait for its whole reply. Raises OperationFailed."""
        ...

    def prepare(self, name: str, sql: str, oids: Sequence[int]) -> None:
        """Prepare a statement with parameters of these types. Raises OperationFailed."""
        ...

    def requests(self, frames: Sequence[bytes]) -> list[Any]:
        """Frames as `trip` and `post` take them; not timed."""
        ...

    def post(self, request: Any) -> None:
        """Send one request."""
        ...

    def collect(self) -> Any | None:
        """The whole reply if it has arrived, else None. Raises OperationFailed."""
        ...

    def replies(self, raw: Any) -> list[wire.Reply]:
        """What each statement of a reply gave; not timed."""
        ...

    @property
    def aborted(self) -> bool:
        """Whether a transaction failed and waits for its ROLLBACK."""
        ...

    def fileno(self) -> int: ...

    def close(self) -> None: ...


def failed(sqlstate: str, message: str) -> OperationFailed:
    """An error of the server as an operation's failure, with a stable short kind.

    `timeout` (statement_timeout and lock_timeout), `refused` (too many connections),
    `connection-lost` (shutdown, crash, protocol), otherwise the SQLSTATE.
    """
    if sqlstate in ("57014", "55P03"):
        return OperationFailed(TIMEOUT, message)
    if sqlstate in ("53300", "57P03"):
        return OperationFailed(REFUSED, message)
    if sqlstate.startswith("08") or sqlstate in ("57P01", "57P02"):
        return OperationFailed(LOST, message)
    return OperationFailed(sqlstate or "unknown", message)


class SocketChannel:
    """A plain (not encrypted) connection, used through its socket."""

    def __init__(self, connection: PGconn, *, patience_s: float) -> None:
        self._connection = connection
        self._socket = socket.socket(fileno=os.dup(connection.socket))
        self._socket.setblocking(True)
        seconds = int(patience_s)
        wait = struct.pack("ll", seconds, int((patience_s - seconds) * 1e6))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)
        self._wait = (
            Wait(self._socket, patience_s=patience_s)
            if self._socket.family == socket.AF_UNIX
            else None
        )
        self._partial = bytearray()
        self.aborted = False
        self.trip = self._make_trip()

    def _make_trip(self) -> Callable[[bytes], bytes]:
        send, receive = self._socket.sendall, self._socket.recv
        finish, broken, ready = self._finish, self._broken, wire.READY
        wait = self._wait.until_readable if self._wait else None

        def trip(frame: bytes) -> bytes:
            try:
                send(frame)
                if wait:
                    wait()
                raw = receive(_RECEIVE_BYTES)
            except OSError as error:
                raise broken(error) from error
            # A command's tag ends in a digit or letter, an error's fields in a second zero.
            if raw[-7:-1] != ready or not raw[-8]:
                return finish(raw)
            return raw

        return trip

    def prepare(self, name: str, sql: str, oids: Sequence[int]) -> None:
        check(self._connection.prepare(name.encode(), sql.encode(), oids))

    def requests(self, frames: Sequence[bytes]) -> list[Any]:
        return list(frames)

    def post(self, request: Any) -> None:
        try:
            self._socket.sendall(request)
        except OSError as error:
            raise self._broken(error) from error

    def collect(self) -> bytes | None:
        try:
            data = self._socket.recv(_RECEIVE_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._broken(error) from error
        # as in `trip`
        if data[-7:-1] == wire.READY and data[-8] and not self._partial:
            self.aborted = False
            return data
        self._partial += data
        if data and self._partial[-wire.READY_BYTES : -1] != wire.READY:
            return None
        raw, self._partial = bytes(self._partial), bytearray()
        return self._checked(raw)

    def replies(self, raw: Any) -> list[wire.Reply]:
        return wire.replies(raw)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        if self._wait:
            self._wait.close()
        self._socket.close()
        self._connection.finish()

    def _finish(self, raw: bytes) -> bytes:
        """The rest of a reply whose first part is `raw`."""
        whole = bytearray(raw)
        while raw and whole[-wire.READY_BYTES : -1] != wire.READY:
            try:
                raw = self._socket.recv(_RECEIVE_BYTES)
            except OSError as error:
                raise self._broken(error) from error
            whole += raw
        return self._checked(bytes(whole))

    def _checked(self, raw: bytes) -> bytes:
        """A reply without an error in it; else OperationFailed. A lost connection is closed."""
        complete = raw[-wire.READY_BYTES : -1] == wire.READY
        self.aborted = complete and raw[-1] == wire.FAILED_TRANSACTION
        if complete and raw[-8]:
            return raw
        error = wire.error_in(raw)
        if not complete:
            self._socket.close()
        if error is not None:
            raise failed(error.sqlstate, error.message)
        if complete:  # only a notice stood at the end
            return raw
        raise OperationFailed(LOST, "the server closed the connection")

    def _broken(self, error: OSError) -> OperationFailed:
        """A failed send or receive. What comes later cannot be told apart, so the end is final."""
        self._socket.close()
        self.aborted = False
        if isinstance(error, BlockingIOError | TimeoutError):
            return OperationFailed(TIMEOUT, "the server did not answer in time")
        return OperationFailed(LOST, f"the connection broke: {error.strerror or error}")


class LibpqChannel:
    """A connection that libpq reads and writes, needed where it is encrypted."""

    def __init__(self, connection: PGconn, *, patience_s: float) -> None:
        self._connection = connection
        self._patience_s = patience_s
        self._results: list[PGresult] = []
        self._pipeline()

    def _pipeline(self) -> None:
        self._connection.nonblocking = 1
        self._connection.enter_pipeline_mode()

    @property
    def trip(self) -> Callable[[Any], Any]:
        def trip(request: Any) -> Any:
            self.post(request)
            while (raw := self.collect()) is None:
                ready, _, _ = select.select([self._connection.socket], [], [], self._patience_s)
                if not ready:
                    self._connection.finish()
                    raise OperationFailed(TIMEOUT, "the server did not answer in time")
            return raw

        return trip

    def prepare(self, name: str, sql: str, oids: Sequence[int]) -> None:
        self._connection.exit_pipeline_mode()
        self._connection.nonblocking = 0
        check(self._connection.prepare(name.encode(), sql.encode(), oids))
        self._pipeline()

    def requests(self, frames: Sequence[bytes]) -> list[Any]:
        return [wire.bound(frame) for frame in frames]

    def post(self, request: Any) -> None:
        import psycopg

        try:
            for name, values in request:
                self._connection.send_query_prepared(name, values, [1] * len(values), 1)
            self._connection.pipeline_sync()
            while self._connection.flush():
                select.select([], [self._connection.socket], [], self._patience_s)
        except psycopg.Error as error:
            raise OperationFailed(LOST, "the connection broke") from error

    def collect(self) -> list[PGresult] | None:
        import psycopg
        from psycopg.pq import ExecStatus

        nothing = 0
        try:
            self._connection.consume_input()
            # One None follows each statement's results; a second one means there is no more.
            while nothing < 2 and not self._connection.is_busy():
                result = self._connection.get_result()
                nothing = 0 if result is not None else nothing + 1
                if result is None:
                    continue
                if result.status == ExecStatus.PIPELINE_SYNC:
                    results, self._results = self._results, []
                    return _checked(results)
                self._results.append(result)
        except psycopg.Error as error:
            raise OperationFailed(LOST, "the connection broke") from error
        if nothing == 2:
            results, self._results = self._results, []
            _checked(results)
            raise OperationFailed(LOST, "the server closed the connection")
        return None

    def replies(self, raw: Any) -> list[wire.Reply]:
        return [
            wire.Reply(
                [
                    [result.get_value(row, column) for column in range(result.nfields)]
                    for row in range(result.ntuples)
                ],
                wire.tag_count(result.command_status or b""),
            )
            for result in raw
        ]

    @property
    def aborted(self) -> bool:
        from psycopg.pq import TransactionStatus

        return bool(self._connection.transaction_status == TransactionStatus.INERROR)

    def fileno(self) -> int:
        return self._connection.socket

    def close(self) -> None:
        self._connection.finish()


def _checked(results: list[PGresult]) -> list[PGresult]:
    """Results without an error among them; else OperationFailed."""
    for result in results:
        check(result)
    return results


def check(result: PGresult) -> PGresult:
    """A result that is not an error; else OperationFailed."""
    from psycopg.pq import DiagnosticField, ExecStatus

    if result.status != ExecStatus.FATAL_ERROR:
        return result
    sqlstate = result.error_field(DiagnosticField.SQLSTATE)
    message = result.error_field(DiagnosticField.MESSAGE_PRIMARY)
    if sqlstate is None:
        raise OperationFailed(LOST, "the server closed the connection")
    raise failed(sqlstate.decode(), (message or b"").decode(errors="replace"))
