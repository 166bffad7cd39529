"""Requests as frames of the frontend/backend protocol 3.0, and replies taken apart.

A frame is one request, ready to be sent: Bind and Execute of one or more prepared statements and
a Sync. Frames are built for many operations at once, before anything is timed.
Message formats: PostgreSQL documentation, chapter "Frontend/Backend Protocol".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

# The end of every reply: the zero that closes the message before it, then ReadyForQuery up to
# its status byte. See `channel` for why this cannot be met inside a reply.
READY = b"\0Z\0\0\0\5"
READY_BYTES = 7
SYNC = b"S\0\0\0\4"
EXECUTE = b"E\0\0\0\t\0\0\0\0\0"
# Results in binary, then Execute of the unnamed portal without a limit.
_BIND_END = b"\0\1\0\1"
FAILED_TRANSACTION = ord("E")


@dataclass(frozen=True, slots=True)
class Reply:
    """What one statement gave: rows of binary values, and the records its tag counts."""

    rows: list[list[bytes | None]]
    count: int | None


@dataclass(frozen=True, slots=True)
class ServerError:
    """An ErrorResponse: its SQLSTATE and message."""

    sqlstate: str
    message: str


def frames(statements: Sequence[tuple[str, pa.Array | None]], count: int) -> list[bytes]:
    """One frame for each of `count` operations.

    statements  of one round trip, in order: the prepared statement's name and, unless it takes
                no parameters, its rows of parameters as `encoding.binary_rows` makes them
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    pieces: list[Any] = []
    for name, rows in statements:
        head = _bind_head(name)
        if rows is None:
            pieces.append(_bind(head + b"\0\0") + EXECUTE)
            continue
        pieces += [b"B", _bind_lengths(rows, len(head)), head, rows, _BIND_END + EXECUTE]
    pieces = _merged([*pieces, SYNC])
    if len(pieces) == 1:
        return [pieces[0]] * count
    scalars = [pa.scalar(p, pa.binary()) if isinstance(p, bytes) else p for p in pieces]
    joined = pc.binary_join_element_wise(*scalars, pa.scalar(b"", pa.binary()))
    made: list[bytes] = joined.to_pylist()
    return made


def bound(frame: bytes) -> list[tuple[bytes, list[bytes | None]]]:
    """The statements a frame executes, each with its parameters: `frames` undone."""
    found = []
    for kind, body in _messages(frame):
        if kind != ord("B"):
            continue
        end = body.index(b"\0", 1)
        values, _ = _values(body, end + 5)
        found.append((body[1:end], values))
    return found


def replies(raw: bytes) -> list[Reply]:
    """What each statement of a reply gave. The reply holds no error."""
    found = []
    rows: list[list[bytes | None]] = []
    for kind, body in _messages(raw):
        if kind == ord("D"):
            rows.append(_values(body, 0)[0])
        elif kind == ord("C"):
            found.append(Reply(rows, tag_count(body[:-1])))
            rows = []
    return found


def error_in(raw: bytes) -> ServerError | None:
    """The first error of a reply, or None; the reply may be cut off."""
    for kind, body in _messages(raw):
        if kind == ord("E"):
            fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0")}
            return ServerError(fields.get(b"C", ""), fields.get(b"M", ""))
    return None


def tag_count(tag: bytes) -> int | None:
    """The number of records in a command's tag (`UPDATE 2`, `INSERT 0 1`)."""
    last = tag.rpartition(b" ")[2]
    return int(last) if last.isdigit() else None


def _bind_head(name: str) -> bytes:
    """Unnamed portal, statement, all parameters in binary."""
    return b"\0" + name.encode() + b"\0" + b"\0\1\0\1"


def _bind(body: bytes) -> bytes:
    """A Bind message that is the same for every operation."""
    return b"B" + struct.pack(">i", 4 + len(body) + len(_BIND_END)) + body + _BIND_END


def _bind_lengths(rows: pa.Array, head_bytes: int) -> pa.Array | bytes:
    """The length field of each operation's Bind message; one for all if they are equal."""
    import numpy as np
    import pyarrow.compute as pc

    from bench.engines.postgresql.encoding import fixed_width

    lengths = np.asarray(pc.binary_length(rows)) + (4 + head_bytes + len(_BIND_END))
    if len(lengths) and (lengths == lengths[0]).all():
        return struct.pack(">i", int(lengths[0]))
    return fixed_width(lengths.astype(">i4").view(np.uint8).reshape(-1, 4))


def _merged(pieces: Sequence[Any]) -> list[Any]:
    """The same pieces, neighbouring constants made one."""
    merged: list[Any] = []
    for piece in pieces:
        if merged and isinstance(piece, bytes) and isinstance(merged[-1], bytes):
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


def _messages(data: bytes) -> list[tuple[int, bytes]]:
    """Kind and body of every whole message in `data`."""
    found = []
    position = 0
    while position + 5 <= len(data):
        end = position + 1 + int.from_bytes(data[position + 1 : position + 5], "big")
        if end > len(data):
            break
        found.append((data[position], data[position + 5 : end]))
        position = end
    return found


def _values(body: bytes, position: int) -> tuple[list[bytes | None], int]:
    """The values of a DataRow or Bind message from `position` on, and where they end."""
    count = int.from_bytes(body[position : position + 2], "big")
    position += 2
    values: list[bytes | None] = []
    for _ in range(count):
        length = int.from_bytes(body[position : position + 4], "big", signed=True)
        position += 4
        values.append(None if length < 0 else body[position : position + length])
        position += max(length, 0)
    return values, position
