"""Requests that one connection encoded are sent on another whose statements have other numbers."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from bench.engines.innodb import wire
from bench.engines.innodb.channel import SocketChannel
from bench.engines.innodb.statements import Statement
from bench.engines.seam import OperationFailed

OK_REPLY = b"\x07\0\0\x01\0\0\0\2\0\0\0"


class Wired:
    """A client library's connection to a server that is scripted in `theirs`."""

    ends_with_ok = True
    encrypted = False

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()

    def fileno(self) -> int:
        return self.ours.fileno()

    def close(self) -> None:
        self.ours.close()


def prepared(number: int) -> bytes:
    return wire.packet(b"\0" + struct.pack("<IHH", number, 0, 0) + b"\0\0\0", 1)


@contextmanager
def channel(first: int, second: int) -> Iterator[tuple[SocketChannel, Any]]:
    """A channel with two prepared statements of these numbers."""
    connection = Wired()
    made = SocketChannel(connection, patience_s=5)  # type: ignore[arg-type]
    with closing(made), connection.theirs:
        for number, sql in ((first, "DO 1"), (second, "DO 2")):
            connection.theirs.sendall(prepared(number))
            made.prepare(Statement(sql, ()))
        connection.theirs.recv(1000)
        yield made, connection.theirs


def execution(number: int) -> bytes:
    return wire.packet(wire.EXECUTE + struct.pack("<I", number) + b"\0\1\0\0\0")


@pytest.mark.parametrize("first", [1, 2, 300, 70_000])
def test_the_servers_own_numbers_are_put_in(first: int) -> None:
    with channel(first, first + 1) as (made, server):
        for place in (1, 2):
            server.sendall(OK_REPLY)
            made.trip(execution(place))
            assert server.recv(1000) == execution(first + place - 1)
            made.post(execution(place))
            assert server.recv(1000) == execution(first + place - 1)


def test_texts_stay_as_they_are() -> None:
    with channel(5, 6) as (made, server):
        text = wire.packet(wire.QUERY + b"BEGIN")
        server.sendall(OK_REPLY)
        made.trip(text)
        assert server.recv(1000) == text


def test_numbers_with_a_gap_are_refused() -> None:
    with pytest.raises(OperationFailed, match="do not follow each other"), channel(1, 3):
        pass
