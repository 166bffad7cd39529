"""Loading: LOAD DATA of Arrow batches, generated and encoded in a second thread.

A batch is one LOAD DATA statement, streamed from memory over the connection's socket, and one
commit. Where a server does not allow that, or the connection is encrypted, rows go as INSERT
statements of many rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.innodb import text, wire
from bench.engines.innodb.ahead import made_ahead
from bench.engines.innodb.channel import plain_socket
from bench.engines.innodb.documents import stored_columns
from bench.engines.innodb.failures import LOST, failed
from bench.engines.innodb.joining import logical_bytes, payload
from bench.engines.innodb.link import Link
from bench.engines.innodb.schema import Layout, quoted
from bench.engines.interpreter import handed_over_quickly
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.engines.innodb.drivers import Connection
    from bench.engines.seam import LoadPlan
    from workloads.datasets.seam import Table

# Bytes of one packet: fewer calls than with less, and no faster with more.
_PIECE_BYTES = 1 << 20
# Bytes of one INSERT statement, unless the server takes less at once.
_INSERT_BYTES = 2 << 20
# One statement of a load (the index of a large table) may take so long; then the server is given up.
_PATIENCE_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch of rows: lines of LOAD DATA or bracketed rows of INSERT, a binary value each."""

    rows: int
    logical_bytes: int
    data: pa.Array


@dataclass(frozen=True, slots=True)
class Copied:
    """What went into the tables. `logical_bytes`: sum of the values' bytes."""

    rows: int  # of all tables
    logical_bytes: int
    seconds: float
    method: str  # `load data` or `insert`


def load(link: Link, layout: Layout, plan: LoadPlan, *, unlogged: bool) -> Copied:
    """Make the tables, load the rows, build indexes, gather statistics.

    Tables of an earlier load are replaced. `unlogged`: nothing of it goes to the binary log (a
    server of our own; the log is for others). Raises OperationFailed.
    """
    start_s = time.perf_counter()
    with (
        handed_over_quickly(),
        closing(link.connect(patience_s=_PATIENCE_S)) as connection,
    ):
        if unlogged:
            connection.query(b"SET SESSION sql_log_bin = 0")
        streams = allows_streams(connection)
        done = logical = 0
        counts = [plan.dataset.row_count(t.name, plan.records) for t in layout.dataset.tables]
        for table in layout.dataset.tables:
            connection.query(layout.drop(table).encode())
            connection.query(layout.create(table).encode())
            with made_ahead(encoded(layout, table, plan, as_lines=streams)) as batches:
                for batch in batches:
                    put = stream if streams else insert
                    put(connection, layout, table, batch.data)
                    done, logical = done + batch.rows, logical + batch.logical_bytes
                    if plan.progress is not None:
                        plan.progress(done, sum(counts))
        for table in layout.dataset.tables:
            for command in layout.indexes(table):
                connection.query(command.encode())
        for table in layout.dataset.tables:
            connection.query(f"ANALYZE TABLE {layout.name(table)}".encode())
    method = "load data" if streams else "insert"
    return Copied(done, logical, time.perf_counter() - start_s, method)


def allows_streams(connection: Connection) -> bool:
    if connection.encrypted:
        return False
    return connection.query(b"SELECT @@GLOBAL.local_infile").rows[0][0] == b"1"


def encoded(layout: Layout, table: Table, plan: LoadPlan, *, as_lines: bool) -> Iterator[Encoded]:
    """The rows of a table in the form it keeps them in."""
    from workloads.datasets import chunks

    kinds = [kind for _, kind in layout.stored(table)]
    encode = text.lines if as_lines else text.tuples
    batches = chunks(
        plan.dataset,
        table.name,
        plan.records,
        seed=plan.seed,
        record_size_bytes=plan.record_size_bytes,
    )
    for batch in batches:
        columns = stored_columns(batch.columns, table.columns, kinds)
        yield Encoded(batch.num_rows, logical_bytes(batch.columns), encode(columns, kinds))


def _columns(layout: Layout, table: Table) -> str:
    return ", ".join(quoted(name) for name, _ in layout.stored(table))


def stream(connection: Connection, layout: Layout, table: Table, rows: pa.Array) -> None:
    """One LOAD DATA statement. The server asks for a file and gets these rows instead."""
    sql = (
        f"LOAD DATA LOCAL INFILE 'rows' INTO TABLE {layout.name(table)} CHARACTER SET utf8mb4"
        f" ({_columns(layout, table)})"
    )
    with closing(plain_socket(connection, patience_s=_PATIENCE_S)) as server:
        try:
            server.sendall(wire.packet(wire.QUERY + sql.encode()))
            raw = server.recv(_PIECE_BYTES)
            if raw[wire.HEAD_BYTES : wire.HEAD_BYTES + 1] == bytes((wire.INFILE,)):
                number = 2
                data = payload(rows)
                for start in range(0, len(data), _PIECE_BYTES):
                    piece = data[start : start + _PIECE_BYTES]
                    server.sendall(len(piece).to_bytes(3, "little") + bytes((number & 0xFF,)))
                    server.sendall(piece)
                    number += 1
                server.sendall(wire.packet(b"", number & 0xFF))
                raw = server.recv(_PIECE_BYTES)
        except OSError as error:
            raise OperationFailed(LOST, "the server went away during loading") from error
    error_packet = wire.error_in(raw)
    if error_packet is not None:
        raise failed(error_packet.number, error_packet.sqlstate, error_packet.message)
    if not raw:
        raise OperationFailed(LOST, "the server closed the connection during loading")
    # What is wrong with a row is only a warning here: the row is changed or left out.
    if wire.warnings(raw) or wire.changed(raw) != len(rows):
        raise _warned(connection, f"{wire.changed(raw)} of {len(rows)} rows were taken")


def _warned(connection: Connection, otherwise: str) -> OperationFailed:
    """The first warning of the last statement as a failure."""
    for _, number, message in connection.query(b"SHOW WARNINGS LIMIT 1").rows:
        return failed(int(number or 0), "", (message or b"").decode(errors="replace"))
    return OperationFailed("warning", otherwise)


def insert(connection: Connection, layout: Layout, table: Table, rows: pa.Array) -> None:
    """INSERT statements, each no longer than the server takes at once."""
    import pyarrow.compute as pc

    head = f"INSERT INTO {layout.name(table)} ({_columns(layout, table)}) VALUES ".encode()
    most = int(connection.query(b"SELECT @@max_allowed_packet").rows[0][0] or _INSERT_BYTES)
    room = min(most - 1024, _INSERT_BYTES) - len(head)
    connection.query(b"START TRANSACTION")
    for start, stop in _groups(pc.binary_length(rows).to_pylist(), room):
        connection.query(head + b",".join(rows[start:stop].to_pylist()))
    connection.query(b"COMMIT")


def _groups(lengths: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """Cut rows of these lengths into runs that fit, one row at least each."""
    start = used = 0
    for position, length in enumerate(lengths):
        if position > start and used + length + 1 > room:
            yield start, position
            start, used = position, 0
        used += length + 1
    if lengths:
        yield start, len(lengths)
