"""Rows to bytes and back, without a server."""

from __future__ import annotations

import math
import struct

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.postgresql import wire
from bench.engines.postgresql.encoding import (
    EPOCH_US,
    binary_rows,
    decoded,
    key_arrays,
    logical_bytes,
    payload,
)

INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)
# Microseconds that a timestamp of PostgreSQL can be counted from 2000 on.
MOMENT = st.integers(min_value=-(2**62), max_value=2**62)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
COLUMNS = {
    "int64": (INT64, pa.int64()),
    "float64": (st.floats(allow_nan=False), pa.float64()),
    "string": (TEXT, pa.string()),
    "timestamp_us": (MOMENT, pa.timestamp("us", tz="UTC")),
    "bool": (st.booleans(), pa.bool_()),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[pa.Array], list[tuple[object, ...]]]:
    """Kinds, columns and the same as rows; every kind with and without nulls."""
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=7))
    count = draw(st.integers(min_value=1, max_value=5))
    columns, values = [], []
    for kind in kinds:
        one, arrow = COLUMNS[kind]
        strategy = st.one_of(st.none(), one) if draw(st.booleans()) else one
        column = draw(st.lists(strategy, min_size=count, max_size=count))
        values.append(column)
        plain = pa.array(column, pa.int64() if kind == "timestamp_us" else arrow)
        columns.append(plain.cast(arrow))
    return kinds, columns, list(zip(*values, strict=True))


@settings(max_examples=120, deadline=None)
@given(tables())
def test_rows_come_back(table: tuple[list[str], list[pa.Array], list[tuple[object, ...]]]) -> None:
    """Through Bind, as a server reads it, and back as it would answer."""
    kinds, columns, rows = table
    frames = wire.frames([("s0", binary_rows(columns, kinds))], len(rows))
    assert len(frames) == len(rows)
    for frame, row in zip(frames, rows, strict=True):
        ((name, values),) = wire.bound(frame)
        assert name == b"s0"
        assert decoded([values], kinds) == [row]


def test_a_row_is_what_the_documentation_says() -> None:
    columns = [
        pa.array([258]),
        pa.array([None, "é"], pa.string())[1:],
        pa.array([None], pa.float64()),
        pa.array([EPOCH_US + 1], pa.timestamp("us", tz="UTC")),
        pa.array([True]),
    ]
    kinds = ["int64", "string", "float64", "timestamp_us", "bool"]
    assert binary_rows(columns, kinds)[0].as_py() == (
        b"\0\5"
        + b"\0\0\0\x08" + b"\0\0\0\0\0\0\1\2"
        + b"\0\0\0\2" + "é".encode()
        + b"\xff\xff\xff\xff"
        + b"\0\0\0\x08" + b"\0\0\0\0\0\0\0\1"
        + b"\0\0\0\1\1"
    )  # fmt: skip


def test_a_list_of_keys_is_what_the_documentation_says() -> None:
    made = key_arrays(np.array([[1, 2], [3, 4]]))
    head = struct.pack(">iiiii", 1, 0, 20, 2, 1)
    assert made.to_pylist() == [
        head + struct.pack(">iqiq", 8, 1, 8, 2),
        head + struct.pack(">iqiq", 8, 3, 8, 4),
    ]


def test_the_payload_of_a_slice() -> None:
    rows = pa.array([b"ab", b"", b"cde", b"f"], pa.binary())
    assert bytes(payload(rows)) == b"abcdef"
    assert bytes(payload(rows[1:3])) == b"cde"
    assert bytes(payload(rows[4:])) == b""


def test_logical_bytes_count_values_only() -> None:
    columns = [
        pa.array([1, None]),
        pa.array(["é", None]),
        pa.array([True, False]),
        pa.array([None, None], pa.string()),
        pa.array([1.0, 2.0]),
    ]
    assert logical_bytes(columns) == 8 + 2 + 2 + 0 + 16


def test_a_frame_of_several_statements() -> None:
    keys = binary_rows([pa.array([7, 8])], ["int64"])
    words = binary_rows([pa.array(["a", "long"])], ["string"])
    frames = wire.frames([("begin", None), ("s1", keys), ("s2", words)], 2)
    assert wire.bound(frames[1]) == [
        (b"begin", []),
        (b"s1", [struct.pack(">q", 8)]),
        (b"s2", [b"long"]),
    ]
    assert frames[0].count(wire.EXECUTE) == 3
    assert frames[0].endswith(wire.SYNC)
    assert wire.frames([("all", None)], 2) == [wire.frames([("all", None)], 1)[0]] * 2


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">i", 4 + len(body)) + body


ROW = message(b"D", b"\0\2" + b"\0\0\0\1x" + b"\xff\xff\xff\xff")
ERROR = message(b"E", b"SERROR\0C23505\0Mtwice\0\0")
READY = message(b"Z", b"I")


def test_replies_are_taken_apart() -> None:
    raw = (
        message(b"2", b"")
        + message(b"C", b"BEGIN\0")
        + message(b"N", b"SNOTICE\0\0")
        + message(b"2", b"")
        + ROW
        + ROW
        + message(b"C", b"SELECT 2\0")
        + message(b"2", b"")
        + message(b"C", b"UPDATE 12\0")
        + READY
    )
    first, second, third = wire.replies(raw)
    assert (first.rows, first.count) == ([], None)
    assert (second.rows, second.count) == ([[b"x", None], [b"x", None]], 2)
    assert third.count == 12
    assert wire.error_in(raw) is None


def test_the_first_error_counts_even_in_a_cut_reply() -> None:
    whole = message(b"2", b"") + ERROR + READY
    assert wire.error_in(whole) == wire.ServerError("23505", "twice")
    assert wire.error_in(whole[:-3]) == wire.ServerError("23505", "twice")
    assert wire.error_in(whole[:9]) is None


@pytest.mark.parametrize(
    ("tag", "count"),
    [(b"INSERT 0 1", 1), (b"DELETE 0", 0), (b"COMMIT", None), (b"SELECT 100", 100)],
)
def test_tags(tag: bytes, count: int | None) -> None:
    assert wire.tag_count(tag) == count


def test_extremes_are_exact() -> None:
    values = [0.1, -0.0, math.inf, 5e-324]
    rows = binary_rows([pa.array(values)], ["float64"]).to_pylist()
    back = [struct.unpack(">d", row[6:])[0] for row in rows]
    assert [math.copysign(1, v) for v in back] == [math.copysign(1, v) for v in values]
    assert back == values
