"""Rows to packets and lines and back, and where replies end; without a server."""

from __future__ import annotations

import math
import os
import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.innodb import binary, text, wire
from bench.engines.innodb.channel import SocketChannel
from bench.engines.innodb.drivers import Found
from bench.engines.innodb.failures import failed
from bench.engines.innodb.joining import logical_bytes
from bench.engines.seam import OperationFailed, Row

INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)
EPOCH = datetime(1970, 1, 1)
MOMENT = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)).map(
    lambda moment: (moment - EPOCH) // timedelta(microseconds=1)
)
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["\\N", "\\", "\t", "\n", "'", "NULL", "a" * 250, "b" * 251, "é" * 40_000]),
)
COLUMNS = {
    "int64": (INT64, pa.int64()),
    "float64": (st.floats(allow_nan=False, allow_infinity=False), pa.float64()),
    "string": (TEXT, pa.string()),
    "timestamp_us": (MOMENT, pa.timestamp("us", tz="UTC")),
    "bool": (st.booleans(), pa.bool_()),
}
WIDTHS = {8: 8, 5: 8, 1: 1}  # type code -> bytes of a value
Table = tuple[list[str], list[pa.Array], list[Row]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Kinds, columns and the same as rows; every kind with and without nulls."""
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=10))
    count = draw(st.integers(min_value=1, max_value=4))
    columns, values = [], []
    for kind in kinds:
        one, arrow = COLUMNS[kind]
        strategy = st.one_of(st.none(), one) if draw(st.booleans()) else one
        column = draw(st.lists(strategy, min_size=count, max_size=count))
        values.append(column)
        columns.append(
            pa.array(column, pa.int64() if kind == "timestamp_us" else arrow).cast(arrow)
        )
    return kinds, columns, list(zip(*values, strict=True))


def as_result_row(frame: bytes, columns: int) -> bytes:
    """The values of an execution as the server would send them back as a row.

    What stands before them (numbers, which are null, types) is read on the way.
    """
    head, body = frame[:4], frame[4:]
    assert int.from_bytes(head[:3], "little") == len(body)
    assert head[3] == 0
    assert body[:10] == b"\x17" + struct.pack("<I", 7) + b"\0" + struct.pack("<I", 1)
    width = (columns + 7) // 8
    nulls, body = body[10 : 10 + width], body[10 + width :]
    assert body[0] == 1
    codes = struct.unpack_from(f"<{columns}H", body, 1)
    assert set(codes) <= set(binary.TYPE_CODES.values())
    bits = int.from_bytes(nulls, "little") << 2
    return b"\0" + bits.to_bytes((columns + 9) // 8, "little") + body[1 + 2 * columns :]


@settings(max_examples=80, deadline=None)
@given(tables())
def test_parameters_come_back(table: Table) -> None:
    kinds, columns, rows = table
    frames = wire.executions(7, binary.parameters(columns, kinds, len(rows)))
    found = [binary.row(as_result_row(frame, len(kinds)), kinds) for frame in frames]
    assert found == rows


def fields(line: str) -> Iterator[str | None]:
    """The fields of a line as LOAD DATA reads them: escapes undone, a bare \\N is null."""
    assert line.endswith("\n")
    kept: list[str] = []
    raw = ""
    characters = iter(line[:-1])
    for character in characters:
        if character == "\t":
            yield None if raw == "\\N" else "".join(kept)
            kept, raw = [], ""
            continue
        assert character != "\n"
        raw += character
        if character == "\\":
            character = next(characters)
            raw += character
        kept.append(character)
    yield None if raw == "\\N" else "".join(kept)


def value(kind: str, shown: str | None) -> object:
    return None if shown is None else text.row([shown.encode()], [kind])[0]


@settings(max_examples=80, deadline=None)
@given(tables())
def test_lines_come_back(table: Table) -> None:
    kinds, columns, rows = table
    lines = text.lines(columns, kinds).to_pylist()
    found = [
        tuple(value(k, f) for k, f in zip(kinds, fields(line.decode()), strict=True))
        for line in lines
    ]
    assert found == rows


@settings(max_examples=80, deadline=None)
@given(tables())
def test_literals_come_back(table: Table) -> None:
    kinds, columns, rows = table
    for place, (kind, column) in enumerate(zip(kinds, columns, strict=True)):
        for literal, row in zip(text.literals(column, kind).to_pylist(), rows, strict=True):
            shown: str | None = literal
            if literal == "NULL":
                shown = None
            elif kind in ("string", "timestamp_us"):
                assert literal[0] == literal[-1] == "'"
                inner = literal[1:-1]
                assert "'" not in inner.replace("\\\\", "").replace("\\'", "")
                shown = re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
            assert value(kind, shown) == row[place]


def test_a_statement_is_what_the_documentation_says() -> None:
    columns = [
        pa.array([258]),
        pa.array(["é"]),
        pa.array([None], pa.float64()),
        pa.array([1], pa.timestamp("us", tz="UTC")),
        pa.array([True]),
    ]
    kinds = ["int64", "string", "float64", "timestamp_us", "bool"]
    (frame,) = wire.executions(3, binary.parameters(columns, kinds, 1))
    body = (
        b"\x17\3\0\0\0\0\1\0\0\0"  # execute, statement 3, no cursor, once
        + b"\x04\1"  # the third is null; types follow
        + b"\x08\0\xfd\0\x05\0\x0c\0\x01\0"
        + b"\2\1\0\0\0\0\0\0" + b"\2" + "é".encode()
        + b"\x0b" + b"\xb2\x07\1\1\0\0\0" + b"\1\0\0\0" + b"\1"
    )  # fmt: skip
    assert frame == len(body).to_bytes(3, "little") + b"\0" + body


@pytest.mark.parametrize("length", [0, 250, 251, 65_535, 65_536, 70_000])
def test_lengths_of_every_width(length: int) -> None:
    (frame,) = wire.executions(7, binary.parameters([pa.array(["x" * length])], ["string"], 1))
    assert binary.row(as_result_row(frame, 1), ["string"]) == ("x" * length,)


def test_a_statement_without_parameters() -> None:
    assert (
        wire.executions(9, binary.parameters([], [], 2))
        == [b"\x0a\0\0\0\x17\x09\0\0\0\0\1\0\0\0"] * 2
    )


def test_a_float_keeps_its_sign() -> None:
    (line,) = text.lines([pa.array([-0.0])], ["float64"]).to_pylist()
    assert math.copysign(1.0, float(line)) == -1.0


def test_logical_bytes_count_values_only() -> None:
    columns = [
        pa.array([1, None]),
        pa.array(["é", None]),
        pa.array([True, False]),
        pa.array([None, None], pa.string()),
        pa.array([1.0, 2.0]),
    ]
    assert logical_bytes(columns) == 8 + 2 + 2 + 0 + 16


# --- where replies end

COLUMN = b"\3def" + bytes(20)
WARNINGS_AND_STATUS = b"\0\0\2\0"
EOF = b"\xfe" + WARNINGS_AND_STATUS
END = b"\xfe\0\0" + b"\2\0\0\0"
ERROR = b"\xff" + struct.pack("<H", 1317) + b"#70100Query execution was interrupted"
OK = b"\0\1\0\2\0\0\0"


def numbered(payloads: Sequence[bytes]) -> bytes:
    """Packets one after the other, numbered as the server numbers its reply."""
    return b"".join(wire.packet(payload, n & 0xFF) for n, payload in enumerate(payloads, 1))


def reply(
    rows: int, *, columns: int = 3, definitions: bool | None = None, ends_with_ok: bool = False,
    last: bytes | None = None,
) -> bytes:  # fmt: skip
    """A result set of `rows` rows. `definitions`: MariaDB says whether they follow, and they do."""
    count = bytes((columns,)) + (b"" if definitions is None else bytes((definitions,)))
    row = b"\0\0" + struct.pack("<q", 5) + b"\4text"
    between = [] if ends_with_ok else [EOF]
    payloads = [count, *([] if definitions is False else [COLUMN] * columns), *between]
    payloads += [row] * rows + [last or (END if ends_with_ok else EOF)]
    return numbered(payloads)


REPLIES = {
    "none": reply(0),
    "one": reply(1),
    "as many as its numbers wrap": reply(255),
    "nearly so": reply(254),
    "many": reply(600),
    "left out": reply(1, definitions=False),
    "left out, none": reply(0, definitions=False),
    "left out, wrapping": reply(255, definitions=False),
    "left out, as many as columns": reply(2, columns=3, definitions=False),
    "sent again": reply(2, definitions=True),
    "an error after rows": reply(3, last=ERROR),
    "an error": numbered([ERROR]),
    "changed": numbered([OK]),
}
ENDING_WITH_OK = {
    "none": reply(0, ends_with_ok=True),
    "many": reply(300, ends_with_ok=True),
    "left out": reply(2, definitions=False, ends_with_ok=True),
    "an error after rows": reply(3, last=ERROR, ends_with_ok=True),
    "changed": numbered([OK]),
}
ALL = [(name, raw, False) for name, raw in REPLIES.items()]
ALL += [(f"{name} (ok)", raw, True) for name, raw in ENDING_WITH_OK.items()]
EACH = pytest.mark.parametrize(
    ("raw", "ends_with_ok"), [(r, e) for _, r, e in ALL], ids=[n for n, _, _ in ALL]
)


@EACH
def test_a_reply_is_whole_at_its_end_and_nowhere_before(raw: bytes, ends_with_ok: bool) -> None:
    lengths = [n for n in range(len(raw) + 1) if wire.is_whole(raw[:n], ends_with_ok=ends_with_ok)]
    assert lengths == [len(raw)]


@pytest.mark.parametrize(("columns", "rows"), [(3, 4), (1, 0), (12, 300)])
@pytest.mark.parametrize("definitions", [None, True, False])
@pytest.mark.parametrize("ends_with_ok", [True, False])
def test_the_rows_of_a_reply(
    columns: int, rows: int, definitions: bool | None, ends_with_ok: bool
) -> None:
    raw = reply(rows, columns=columns, definitions=definitions, ends_with_ok=ends_with_ok)
    found = wire.rows(raw, ends_with_ok=ends_with_ok)
    assert [binary.row(body, ["int64", "string"]) for body in found] == [(5, "text")] * rows


def test_how_many_were_changed() -> None:
    assert wire.changed(REPLIES["changed"]) == 1
    assert wire.changed(numbered([b"\0\xfc\x10\x27\0\2\0\0\0"])) == 10_000


class Wired:
    """A connection whose server is this test, at the other end of a pair of sockets."""

    version, encrypted = "", False

    def __init__(self, ends_with_ok: bool) -> None:
        self.ends_with_ok = ends_with_ok
        self.ours, self.theirs = socket.socketpair()

    def query(self, sql: bytes) -> Found:
        raise AssertionError(sql)

    def send(self, sql: bytes) -> None:
        raise AssertionError(sql)

    def receive(self) -> Found:
        raise AssertionError

    def fileno(self) -> int:
        return self.ours.fileno()

    def close(self) -> None:
        self.ours.close()


@contextmanager
def answering(
    pieces: Sequence[bytes], *, ends_with_ok: bool = False, hang_up: bool = False,
    patience_s: float = 5.0,
) -> Iterator[SocketChannel]:  # fmt: skip
    """A channel to a server that reads a request and answers it in these pieces."""
    connection = Wired(ends_with_ok)
    channel = SocketChannel(connection, patience_s=patience_s)

    def serve() -> None:
        while connection.theirs.recv(1000):
            for piece in pieces:
                connection.theirs.sendall(piece)
            if hang_up:
                connection.theirs.close()
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield channel
    finally:
        channel.close()
        thread.join(5)
        connection.theirs.close()
        assert not thread.is_alive()


def outcome(channel: SocketChannel, *, pipelined: bool) -> bytes | str:
    try:
        if not pipelined:
            return channel.trip(b"request")
        channel.post(b"request")
        while (raw := channel.collect()) is None:
            pass
        return raw
    except OperationFailed as failure:
        return failure.kind


@pytest.mark.parametrize("pipelined", [False, True])
@EACH
def test_replies_in_pieces(raw: bytes, ends_with_ok: bool, pipelined: bool) -> None:
    """Cut behind the definitions, before the end, and everywhere in the shorter ones."""
    expected = "timeout" if wire.error_in(raw) else raw
    edge = raw.find(EOF) + len(EOF)
    cuts = {edge, len(raw) - 1, len(raw) - 9, 1, 4, 5} | set(range(0, len(raw), 97))
    for cut in sorted(cut for cut in cuts if 0 <= cut <= len(raw)):
        pieces = [piece for piece in (raw[:cut], raw[cut:]) if piece]
        with answering(pieces, ends_with_ok=ends_with_ok) as channel:
            assert outcome(channel, pipelined=pipelined) == expected
            assert outcome(channel, pipelined=pipelined) == expected
            assert channel.is_open


@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize("pieces", [[], [REPLIES["many"][:500]], [REPLIES["one"][:7]]])
def test_a_server_that_hangs_up(pieces: list[bytes], pipelined: bool) -> None:
    with answering(pieces, hang_up=True) as channel:
        assert outcome(channel, pipelined=pipelined) == "connection-lost"
        assert not channel.is_open
        assert outcome(channel, pipelined=pipelined) == "connection-lost"


def test_a_server_that_hangs_up_with_a_last_word() -> None:
    last = b"\xff" + struct.pack("<H", 4031) + b"#HY000The client was disconnected"
    with (
        answering([wire.packet(last)], hang_up=True) as channel,
        pytest.raises(OperationFailed, match="was disconnected") as caught,
    ):
        channel.trip(b"request")
    assert caught.value.kind == "connection-lost"


def test_a_server_that_says_nothing() -> None:
    with answering([], patience_s=0.05) as channel:
        assert outcome(channel, pipelined=False) == "timeout"
        assert outcome(channel, pipelined=False) == "connection-lost"


def test_a_channel_that_was_given_up_writes_to_nobody_else() -> None:
    """Its descriptor's number is not free for another connection until it is closed."""
    with answering([], patience_s=0.05) as channel:
        assert outcome(channel, pipelined=False) == "timeout"
        with socket.socket() as other, open(os.devnull) as file:
            assert channel.fileno() not in (other.fileno(), file.fileno())


@pytest.mark.parametrize(
    ("number", "sqlstate", "kind"),
    [
        (1205, "HY000", "timeout"),
        (3024, "HY000", "timeout"),
        (1969, "70100", "timeout"),
        (1040, "08004", "refused"),
        (1203, "42000", "refused"),
        (1053, "08S01", "connection-lost"),
        (2013, "HY000", "connection-lost"),
        (1213, "40001", "40001"),
        (1062, "23000", "23000"),
        (1045, "", "28000"),
        (1114, "HY000", "HY000-1114"),
    ],
)
def test_errors_have_few_kinds(number: int, sqlstate: str, kind: str) -> None:
    assert failed(number, sqlstate, "why").kind == kind
