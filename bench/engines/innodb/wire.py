"""Packets of the client/server protocol: requests built ahead, replies taken apart.

A packet is its length (3 bytes, little-endian), a number that counts within one exchange (1 byte)
and the payload. Formats: MySQL source documentation, "Client/Server Protocol".

A result set is the number of columns, their definitions, and rows. It ends with an EOF packet, and
then another one stands between definitions and rows; where CLIENT_DEPRECATE_EOF was agreed on, it
ends with an OK packet and there is no other. MariaDB leaves definitions out that it sent before and
says so in a byte behind the number of columns (MARIADB_CLIENT_CACHE_METADATA).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.innodb.binary import length_at

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.engines.innodb.joining import Rows

QUERY, PREPARE, EXECUTE = b"\x03", b"\x16", b"\x17"
HEAD_BYTES = 4
OK, ERROR, EOF, INFILE = 0x00, 0xFF, 0xFE, 0xFB
LARGEST_PAYLOAD = (1 << 24) - 2
# An EOF packet is 9 bytes: 5, 0, 0, number, FE, warnings (2), status (2).
EOF_BYTES, EOF_LENGTH = 9, b"\5\0\0"
# The OK packet that ends a result set is 11: 7, 0, 0, number, FE, 0, 0, status (2), warnings (2).
END_BYTES, END_LENGTH, END_NOTHING = 11, b"\7\0\0", b"\xfe\0\0"
# Where a statement's number stands in a COM_STMT_EXECUTE packet.
_NUMBER_AT, _NUMBER_END = 5, 9
# Behind the statement's number: no cursor, one execution.
_EXECUTE_TAIL = b"\0\1\0\0\0"
_ERROR_SEARCH_BYTES = 1024


@dataclass(frozen=True, slots=True)
class ServerError:
    """An ERR packet."""

    number: int
    sqlstate: str
    message: str


def packet(payload: bytes, number: int = 0) -> bytes:
    """A payload with its head."""
    return len(payload).to_bytes(3, "little") + bytes((number,)) + payload


def executions(statement: int, parameters: Rows) -> list[bytes]:
    """One COM_STMT_EXECUTE packet for each row of parameters (see `binary.parameters`)."""
    import numpy as np
    import pyarrow.compute as pc

    from bench.engines.innodb.joining import Rows, fixed_width

    head = EXECUTE + struct.pack("<I", statement) + _EXECUTE_TAIL
    values = parameters.joined()
    lengths = np.asarray(pc.binary_length(values)).astype(np.int64) + len(head)
    frames = Rows(parameters.count)
    # The fourth byte of a number below 2**24 is the packet's number, 0.
    frames.variable(fixed_width(lengths.astype("<u4").view(np.uint8).reshape(-1, HEAD_BYTES)))
    frames.constant(head)
    frames.variable(values)
    made: list[bytes] = frames.joined().to_pylist()
    return made


def shifted(frame: bytes, offset: int) -> bytes:
    """A frame of `executions` for the statement whose number is higher by `offset`.

    Other frames stay as they are.
    """
    if frame[HEAD_BYTES:_NUMBER_AT] != EXECUTE:
        return frame
    number = int.from_bytes(frame[_NUMBER_AT:_NUMBER_END], "little") + offset
    return frame[:_NUMBER_AT] + number.to_bytes(4, "little") + frame[_NUMBER_END:]


def queries(texts: pa.Array) -> list[bytes]:
    """One COM_QUERY packet for each text."""
    return [packet(QUERY + text) for text in texts.to_pylist()]


def packets(data: bytes) -> Iterator[bytes]:
    """The payloads of the whole packets in `data`."""
    place = 0
    while place + HEAD_BYTES <= len(data):
        end = place + HEAD_BYTES + int.from_bytes(data[place : place + 3], "little")
        if end > len(data):
            return
        yield data[place + HEAD_BYTES : end]
        place = end


def rows(data: bytes, *, ends_with_ok: bool) -> list[bytes]:
    """The row packets of a whole binary result set without an error in it."""
    following = packets(data)
    first = next(following)
    count, place = length_at(first, 0)
    if place == len(first) or first[place]:  # definitions follow
        for _ in range(count):
            next(following)
    if not ends_with_ok:
        next(following)
    return [payload for payload in following if payload[0] == OK]


def changed(data: bytes) -> int:
    """The number of records that an OK packet says were found."""
    return length_at(data, HEAD_BYTES + 1)[0]


def warnings(data: bytes) -> int:
    """The number of warnings that an OK packet tells of."""
    _, place = length_at(data, HEAD_BYTES + 1)
    _, place = length_at(data, place)
    return int.from_bytes(data[place + 2 : place + 4], "little")


def prepared(data: bytes) -> tuple[int, int, int]:
    """The number of a prepared statement, and how many columns and parameters it has."""
    return struct.unpack_from("<IHH", data, HEAD_BYTES + 1)


def error_in(data: bytes) -> ServerError | None:
    """The error a reply is or ends with; None when it holds none. The reply may be cut off."""
    start = _error_start(data)
    if start is None:
        return None
    payload = data[start:]
    number = int.from_bytes(payload[1:3], "little")
    if payload[3:4] == b"#":
        return ServerError(number, payload[4:9].decode(), payload[9:].decode(errors="replace"))
    return ServerError(number, "", payload[3:].decode(errors="replace"))


def _error_start(data: bytes) -> int | None:
    """Where the payload of an ERR packet at the very end begins."""
    least = max(len(data) - _ERROR_SEARCH_BYTES, HEAD_BYTES)
    place = len(data)
    while (place := data.rfind(b"\xff", least, place)) != -1:
        if int.from_bytes(data[place - 4 : place - 1], "little") == len(data) - place:
            return place
    return None


def is_whole(data: bytes, *, ends_with_ok: bool) -> bool:
    """Whether a reply has arrived to its end. It may end with an error."""
    if len(data) <= HEAD_BYTES:
        return False
    if data[HEAD_BYTES] in (OK, ERROR, INFILE):
        return len(data) >= HEAD_BYTES + int.from_bytes(data[:3], "little")
    if ends_with_ok:
        ended = data[-11:-8] == END_LENGTH and data[-7:-4] == END_NOTHING
    else:
        ended = data[-9:-6] == EOF_LENGTH and data[-5] == EOF and not ends_between(data)
    return ended or _error_start(data) is not None


def ends_between(data: bytes) -> bool:
    """Whether the EOF packet at the end is the one behind the definitions.

    It is told by its number; where that says nothing, the packets are counted.
    """
    left_out = data[0] == 2 and not data[5]
    between = 2 if left_out else (data[HEAD_BYTES] + 2) & 0xFF
    if data[-6] != between:
        return False
    return sum(is_eof(payload) for payload in packets(data)) < 2


def is_eof(payload: bytes) -> bool:
    return len(payload) < EOF_BYTES and payload[0] == EOF
