"""Loading: COPY BINARY of Arrow batches, generated and encoded in a second thread."""

from __future__ import annotations

import os
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from bench.engines.postgresql import partitions
from bench.engines.postgresql.channel import LOST, check
from bench.engines.postgresql.encoding import (
    COPY_HEADER,
    COPY_TRAILER,
    logical_bytes,
    payload,
    stored_rows,
)
from bench.engines.postgresql.indexing import Indexing
from bench.engines.postgresql.link import Link, is_encrypted, run
from bench.engines.postgresql.schema import Layout, quoted
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from bench.engines.seam import LoadPlan
    from workloads.datasets.seam import Table

# Bytes of one CopyData message: the server works on one while the next is on its way.
_PIECE_BYTES = 64 << 10
# Linux takes 1,024 buffers a call (IOV_MAX), two for each message.
_PIECES_A_CALL = 500
# Encoded batches that wait for the server.
_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch of rows ready to be sent; `into`: the table or partition, as SQL has it."""

    into: str
    rows: int
    logical_bytes: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class Copied:
    """What went into the tables. `logical_bytes`: sum of the values' bytes."""

    rows: int  # of all tables
    logical_bytes: int
    seconds: float


def load(link: Link, layout: Layout, plan: LoadPlan) -> Copied:
    """Make the tables, copy the rows, build keys and indexes. Statistics come with settling.

    The schema is empty. Raises OperationFailed; when it ends early, some tables may be there.
    """
    start_s = time.perf_counter()
    with closing(Connection(link)) as connection, Indexing(link) as indexing:
        rows, logical = _copy_tables(connection.raw, layout, plan, indexing)
        indexing.finish()
    return Copied(rows, logical, time.perf_counter() - start_s)


class Connection:
    """A connection to load with, which `closing` can close."""

    def __init__(self, link: Link) -> None:
        self.raw = link.connect()
        # No limit of time holds for loading.
        run(self.raw, "SET statement_timeout = 0")

    def close(self) -> None:
        self.raw.finish()


def _copy_tables(
    connection: PGconn, layout: Layout, plan: LoadPlan, indexing: Indexing
) -> tuple[int, int]:
    """Copy every table and set its indexes going; rows and logical bytes."""
    dataset = plan.dataset
    total = sum(dataset.row_count(table.name, plan.records) for table in dataset.tables)
    done = logical = 0
    for table in dataset.tables:
        run(connection, "BEGIN")
        run(connection, layout.create(table))
        for command in partitions.create(layout) if layout.is_partitioned(table) else ():
            run(connection, command)
        for batch in _copied(connection, layout, table, plan):
            done, logical = done + batch.rows, logical + batch.logical_bytes
            if plan.progress is not None:
                plan.progress(done, total)
        run(connection, "COMMIT")
        for commands in layout.indexes(table):
            indexing.start(commands)
    return done, logical


def _copied(connection: PGconn, layout: Layout, table: Table, plan: LoadPlan) -> Iterator[Encoded]:
    """Copy a table made in this transaction; each batch once it was sent."""
    import psycopg

    columns = ", ".join(quoted(name) for name, _ in layout.stored(table))
    try:
        with encoded_ahead(layout, table, plan) as batches:
            for into, following in groupby(batches, key=lambda batch: batch.into):
                # FREEZE: rows of a table made in the same transaction need no second visit by
                # VACUUM. A partitioned table takes none so, but each of its partitions does.
                yield from copy_into(connection, into, columns, following)
    except (OSError, psycopg.Error) as error:
        raise OperationFailed(LOST, "the server went away during loading") from error


def copy_into(
    connection: PGconn, into: str, columns: str, batches: Iterable[Encoded]
) -> Iterator[Encoded]:
    """Copy batches into a table made in this transaction; each batch once it was sent."""
    run(connection, f"COPY {into} ({columns}) FROM STDIN (FORMAT binary, FREEZE)")
    with sink(connection) as put:
        put(memoryview(COPY_HEADER))
        for batch in batches:
            put(batch.data)
            yield batch
        put(memoryview(COPY_TRAILER))
    end_copy(connection)


@contextmanager
def sink(connection: PGconn) -> Iterator[Callable[[memoryview], None]]:
    """A function that sends COPY data over a connection in the state COPY IN.

    libpq's own would hold the interpreter's lock while the server takes the data, and the thread
    that makes the data would stand still. So a connection that is not encrypted is written to
    directly: a batch is one call, in which many CopyData messages (`d`, length, bytes) go out.
    """
    if is_encrypted(connection):
        yield lambda data: _through_libpq(connection, data)
        return
    with socket.socket(fileno=os.dup(connection.socket)) as plain:
        plain.setblocking(True)
        yield lambda data: _send_all(plain, data)


def _send_all(plain: socket.socket, data: memoryview) -> None:
    pieces = [data[start : start + _PIECE_BYTES] for start in range(0, len(data), _PIECE_BYTES)]
    for start in range(0, len(pieces), _PIECES_A_CALL):
        messages: list[bytes | memoryview] = []
        for piece in pieces[start : start + _PIECES_A_CALL]:
            messages += [b"d" + struct.pack(">i", 4 + len(piece)), piece]
        sent = plain.sendmsg(messages)
        if sent < sum(map(len, messages)):  # a signal came in between
            plain.sendall(b"".join(messages)[sent:])


def _through_libpq(connection: PGconn, data: memoryview) -> None:
    for start in range(0, len(data), _PIECE_BYTES):
        connection.put_copy_data(data[start : start + _PIECE_BYTES])


def end_copy(connection: PGconn) -> None:
    """Finish a COPY. Raises OperationFailed with what the server has against it."""
    connection.put_copy_end()
    results = []
    while (result := connection.get_result()) is not None:
        results.append(result)
    for result in results:
        check(result)


def encoded_ahead(
    layout: Layout, table: Table, plan: LoadPlan
) -> AbstractContextManager[Iterator[Encoded]]:
    """Batches of a table in order, made in a thread while the ones before are being sent."""
    return made_ahead(lambda: _encoded(layout, table, plan))


@contextmanager
def made_ahead(make: Callable[[], Iterable[Encoded]]) -> Iterator[Iterator[Encoded]]:
    """What `make` gives, made in a thread while the ones before are being used."""
    made: queue.Queue[Encoded | BaseException | None] = queue.Queue(_AHEAD)
    stop = threading.Event()

    def put(item: Encoded | BaseException | None) -> None:
        while not stop.is_set():
            try:
                made.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for batch in make():
                put(batch)
                if stop.is_set():
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the batches are used
            put(error)

    def batches() -> Iterator[Encoded]:
        while (item := made.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    thread = threading.Thread(target=work, name="storefit-generator", daemon=True)
    thread.start()
    try:
        yield batches()
    finally:
        stop.set()
        thread.join()


def _encoded(layout: Layout, table: Table, plan: LoadPlan) -> Iterator[Encoded]:
    from workloads.datasets import chunks

    stored, first = layout.stored(table), 0
    batches = chunks(
        plan.dataset,
        table.name,
        plan.records,
        seed=plan.seed,
        record_size_bytes=plan.record_size_bytes,
    )
    for batch in batches:
        pieces = [(layout.name(table), batch)]
        if layout.is_partitioned(table):
            pieces = list(partitions.cut(layout, batch, first))
        for into, rows in pieces:
            data = payload(stored_rows(rows.columns, table.columns, stored))
            yield Encoded(into, rows.num_rows, logical_bytes(rows.columns), data)
        first += batch.num_rows
