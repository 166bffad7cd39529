"""One connection's way to the server: request out, whole reply in.

A client library connects, authenticates and encrypts. After that a plain connection is used
directly: packets of prepared statements that were built beforehand are written to the library's
socket. An encrypted connection stays with the library, which sends the statements as text. Both
give the same answers.

A request names its statement by its place among those that the channel prepared, so that all
connections which prepared the same can send it. The server's own numbers are mostly the same; where
a connection has inherited the count of an earlier one (MariaDB keeps threads, and the count with
them), they are put in when the request is sent.

Where a reply ends is told by its last bytes: see `wire`. In a row these bytes would have to be
part of a number, at the very end of what one `recv` returned.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from bench.engines.innodb import binary, wire
from bench.engines.innodb.failures import LOST, TIMEOUT, failed
from bench.engines.seam import OperationFailed, Row
from bench.engines.waiting import Wait

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.engines.innodb.drivers import Connection
    from bench.engines.innodb.statements import Statement
    from bench.engines.innodb.text import Kind

_RECEIVE_BYTES = 65_536


class Channel(Protocol):
    """What a session needs of a connection. One request at a time is under way."""

    @property
    def trip(self) -> Callable[[Any], Any]:
        """Send one request and wait for its whole reply. Raises OperationFailed."""
        ...

    def prepare(self, statement: Statement) -> None:
        """Make ready for requests of a statement. Raises OperationFailed."""
        ...

    def requests(self, statement: Statement, columns: Sequence[pa.Array], count: int) -> list[Any]:
        """`count` requests as `trip` and `post` take them; not timed."""
        ...

    def post(self, request: Any) -> None:
        """Send one request."""
        ...

    def collect(self) -> Any | None:
        """The whole reply if it has arrived, else None. Raises OperationFailed."""
        ...

    def rows(self, raw: Any, kinds: Sequence[Kind]) -> list[Row]:
        """The canonical rows of a reply, whose columns are of these kinds; not timed."""
        ...

    def count(self, raw: Any) -> int:
        """How many records a reply says were changed."""
        ...

    @property
    def is_open(self) -> bool:
        """False once the connection was given up."""
        ...

    def fileno(self) -> int: ...

    def close(self) -> None: ...


class SocketChannel:
    """A plain (not encrypted) connection, used through its socket."""

    def __init__(self, connection: Connection, *, patience_s: float) -> None:
        self._connection = connection
        self._ends_with_ok = connection.ends_with_ok
        self._socket = plain_socket(connection, patience_s=patience_s)
        self._partial = b""
        self._places: dict[Statement, int] = {}  # from 1 on, in the order of preparing
        self._offset: int | None = None  # of the server's numbers
        self.is_open = True
        self._wait = (
            Wait(self._socket, patience_s=patience_s)
            if self._socket.family == socket.AF_UNIX
            else None
        )
        self.trip = self._make_trip()
        self.collect = self._make_collect()

    def _make_trip(self) -> Callable[[bytes], bytes]:
        """The timed path. The commonest replies are known by their last bytes or their length.

        `os.write` and `os.read` take a third of a microsecond less than the socket's methods.
        """
        descriptor, write, read = self._socket.fileno(), os.write, os.read
        send, finish, broken = self._socket.sendall, self._finish, self._broken
        ok, head_bytes, eof_length = b"\0", wire.HEAD_BYTES, wire.EOF_LENGTH
        end_length, end_nothing = wire.END_LENGTH, wire.END_NOTHING
        wait = self._wait.until_readable if self._wait else None

        def trip_until_eof(frame: bytes) -> bytes:
            try:
                if (sent := write(descriptor, frame)) != len(frame):
                    send(frame[sent:])
                if wait:
                    wait()
                raw = read(descriptor, _RECEIVE_BYTES)
            except OSError as error:
                raise broken(error) from error
            # An EOF packet, and not the one behind the definitions: its number would be that of
            # the last definition and one, or 2 where the definitions were left out.
            if (
                raw[-5:-4] == b"\xfe"
                and raw[-9:-6] == eof_length
                and raw[-6] != (raw[4] + 2 if raw[0] == 1 or raw[5] else 2)
            ):
                return raw
            if raw[4:5] == ok and len(raw) == raw[0] + head_bytes:
                return raw
            return finish(raw)

        def trip_until_ok(frame: bytes) -> bytes:
            try:
                if (sent := write(descriptor, frame)) != len(frame):
                    send(frame[sent:])
                if wait:
                    wait()
                raw = read(descriptor, _RECEIVE_BYTES)
            except OSError as error:
                raise broken(error) from error
            if raw[-7:-4] == end_nothing and raw[-11:-8] == end_length:
                return raw
            if raw[4:5] == ok and len(raw) == raw[0] + head_bytes:
                return raw
            return finish(raw)

        return trip_until_ok if self._ends_with_ok else trip_until_eof

    def _shifting(self, trip: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        """`trip` for a connection whose statement numbers are not those in requests."""
        offset, shifted = self._offset or 0, wire.shifted
        return lambda frame: trip(shifted(frame, offset))

    def prepare(self, statement: Statement) -> None:
        if statement.control or statement in self._places:
            return
        payload = wire.PREPARE + statement.sql.encode()
        raw = self._prepared(wire.packet(payload))
        number, _, parameters = wire.prepared(raw)
        if parameters != len(statement.parameters):
            raise OperationFailed("protocol", "the server counts other parameters")
        place = len(self._places) + 1
        if self._offset is None:
            self._offset = number - place
            if self._offset:
                self.trip = self._shifting(self.trip)
        if number != place + self._offset:
            raise OperationFailed(
                "protocol", "the server's statement numbers do not follow each other"
            )
        self._places[statement] = place

    def requests(self, statement: Statement, columns: Sequence[pa.Array], count: int) -> list[Any]:
        if statement.control:
            return [wire.packet(wire.QUERY + statement.sql.encode())] * count
        kinds = [parameter.kind for parameter in statement.parameters]
        values = binary.parameters(columns, kinds, count)
        return wire.executions(self._places[statement], values)

    def post(self, request: Any) -> None:
        try:
            self._socket.sendall(wire.shifted(request, self._offset) if self._offset else request)
        except OSError as error:
            raise self._broken(error) from error

    def _make_collect(self) -> Callable[[], bytes | None]:
        """The same without waiting. Of a reply in pieces only the last one takes the longer way."""
        receive, at_once, gather = self._socket.recv, socket.MSG_DONTWAIT, self._gather
        is_known = _is_known_by_ok if self._ends_with_ok else _is_known_by_eof

        def collect() -> bytes | None:
            try:
                raw = receive(_RECEIVE_BYTES, at_once)
            except BlockingIOError:
                return None
            except OSError as error:
                raise self._broken(error) from error
            return gather(raw) if self._partial or not is_known(raw) else raw

        return collect

    def _gather(self, data: bytes) -> bytes | None:
        """The reply with its next piece, once it is whole."""
        whole = self._partial + data
        if data and not wire.is_whole(whole, ends_with_ok=self._ends_with_ok):
            self._partial = whole
            return None
        self._partial = b""
        return self._checked(whole)

    def rows(self, raw: Any, kinds: Sequence[Kind]) -> list[Row]:
        found = wire.rows(raw, ends_with_ok=self._ends_with_ok)
        return [binary.row(body, kinds) for body in found]

    def count(self, raw: Any) -> int:
        return wire.changed(raw)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        if self._wait:
            self._wait.close()
        self._socket.close()
        self._connection.close()

    def _prepared(self, request: bytes) -> bytes:
        """The whole reply to a COM_STMT_PREPARE: a head, and definitions that it announces."""
        self.post(request)
        raw = self._more(b"")
        while True:
            payloads = list(wire.packets(raw))
            if payloads and payloads[0][0] == wire.ERROR:
                return self._checked(raw)
            if payloads:
                _, columns, parameters = wire.prepared(raw)
                ends = 0 if self._ends_with_ok else bool(columns) + bool(parameters)
                if len(payloads) == 1 + columns + parameters + ends:
                    return raw
            raw = self._more(raw)

    def _finish(self, raw: bytes) -> bytes:
        """The rest of a reply whose first part is `raw`."""
        if not raw:
            raise self._gone(raw)
        while not wire.is_whole(raw, ends_with_ok=self._ends_with_ok):
            raw = self._more(raw)
        return self._checked(raw)

    def _more(self, raw: bytes) -> bytes:
        """`raw` and what comes next."""
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except OSError as error:
            raise self._broken(error) from error
        if not data:
            raise self._gone(raw)
        return raw + data

    def _checked(self, raw: bytes) -> bytes:
        """A reply without an error in it; else OperationFailed. A lost connection is closed."""
        if raw[wire.HEAD_BYTES : wire.HEAD_BYTES + 1] == b"\0":
            return raw
        if not wire.is_whole(raw, ends_with_ok=self._ends_with_ok):
            raise self._gone(raw)
        error = wire.error_in(raw)
        if error is None:
            return raw
        failure = failed(error.number, error.sqlstate, error.message)
        if failure.kind == LOST:
            self._give_up()
        raise failure

    def _gone(self, raw: bytes) -> OperationFailed:
        """The server closed the connection, perhaps with a last word."""
        self._give_up()
        error = wire.error_in(raw)
        if error is not None:
            return failed(error.number, error.sqlstate, error.message)
        return OperationFailed(LOST, "the server closed the connection")

    def _give_up(self) -> None:
        """Use the connection no more. Its descriptor stays taken, as `trip` knows it by number."""
        self.is_open = False
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _broken(self, error: OSError) -> OperationFailed:
        """A failed send or receive. What comes later cannot be told apart, so the end is final."""
        self._give_up()
        if isinstance(error, BlockingIOError | TimeoutError):
            return OperationFailed(TIMEOUT, "the server did not answer in time")
        return OperationFailed(LOST, f"the connection broke: {error.strerror or error}")


def _is_known_by_eof(raw: bytes) -> bool:
    """Whether a reply that has arrived at once is whole and no error: what `trip` looks at."""
    return (
        raw[-5:-4] == b"\xfe"
        and raw[-9:-6] == wire.EOF_LENGTH
        and raw[-6] != (raw[4] + 2 if raw[0] == 1 or raw[5] else 2)
    ) or (raw[4:5] == b"\0" and len(raw) == raw[0] + wire.HEAD_BYTES)


def _is_known_by_ok(raw: bytes) -> bool:
    """The same where result sets end with an OK packet."""
    return (raw[-7:-4] == wire.END_NOTHING and raw[-11:-8] == wire.END_LENGTH) or (
        raw[4:5] == b"\0" and len(raw) == raw[0] + wire.HEAD_BYTES
    )


def plain_socket(connection: Connection, *, patience_s: float) -> socket.socket:
    """The socket of a connection that is not encrypted; it waits so long, then times out."""
    raw = socket.socket(fileno=os.dup(connection.fileno()))
    raw.setblocking(True)
    seconds = int(patience_s)
    wait = struct.pack("ll", seconds, int((patience_s - seconds) * 1e6))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)
    return raw
