"""The main table cut into partitions by key, so that what is old goes by dropping a table.

Keys are given out in the order of time, so the lowest are the oldest. The table is cut by key and
not by time, because the primary key of a partitioned table must hold the column it is cut by: cut
by time, a read by key would look into every partition. The rows that are loaded are shared out
evenly; what is inserted later goes to one further partition.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.engines.postgresql.link import run, texts
from bench.engines.postgresql.schema import Layout, literal, quoted
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg.pq.abc import PGconn

_LOCK_PATIENCE_S = 15


@dataclass(frozen=True, slots=True)
class Partition:
    """Keys `start`..`stop`-1 of the main table; None: as far as keys go."""

    name: str  # in full, as SQL has it
    start: int | None
    stop: int | None


def partitions(layout: Layout) -> list[Partition]:
    """The partitions of the main table, the oldest first; none if it is one table."""
    if not layout.bounds:
        return []
    edges = (None, *layout.bounds, None)
    return [
        Partition(
            f"{quoted(layout.schema)}.{quoted(f'{layout.main.name}_{number}')}",
            edges[number],
            edges[number + 1],
        )
        for number in range(len(edges) - 1)
    ]


def create(layout: Layout) -> list[str]:
    """Commands that make the partitions of the main table, which is there."""
    return [
        f"CREATE TABLE {part.name} PARTITION OF {layout.name(layout.main)} FOR VALUES"
        f" FROM ({'MINVALUE' if part.start is None else part.start})"
        f" TO ({'MAXVALUE' if part.stop is None else part.stop})"
        for part in partitions(layout)
    ]


def cut(layout: Layout, batch: pa.RecordBatch, first: int) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Rows of the main table from key `first` on, each piece with the partition it belongs to."""
    stop = first + batch.num_rows
    for part in partitions(layout):
        low = first if part.start is None else max(first, part.start)
        high = stop if part.stop is None else min(stop, part.stop)
        if low < high:
            yield part.name, batch.slice(low - first, high - low)


def close_last(connection: PGconn, layout: Layout, stop: int) -> tuple[int, ...]:
    """End the partition of new records at key `stop` and make one behind it: the new bounds.

    No key from `stop` on is there yet. The partition is taken off and put back, as PostgreSQL has
    no way to change a bound; its rows are looked at once for it.
    """
    grown = replace(layout, bounds=(*layout.bounds, stop))
    whole, (last, following) = layout.name(layout.main), partitions(grown)[-2:]
    run(connection, "BEGIN")
    try:
        run(connection, f"ALTER TABLE {whole} DETACH PARTITION {last.name}")
        run(
            connection,
            f"ALTER TABLE {whole} ATTACH PARTITION {last.name}"
            f" FOR VALUES FROM ({layout.bounds[-1]}) TO ({stop})",
        )
        run(
            connection,
            f"CREATE TABLE {following.name} PARTITION OF {whole}"
            f" FOR VALUES FROM ({stop}) TO (MAXVALUE)",
        )
        run(connection, "COMMIT")
    except OperationFailed:
        run(connection, "ROLLBACK")
        raise
    return grown.bounds


def delete_below(connection: PGconn, layout: Layout, key: int) -> tuple[int, float]:
    """Delete the rows with lower keys in one statement: how many, and the seconds it took."""
    begin_s = time.perf_counter()
    done = run(
        connection,
        f"DELETE FROM {layout.name(layout.main)} WHERE {layout.key(layout.main)} < {key:d}",
    )
    seconds = time.perf_counter() - begin_s
    return int(done.command_tuples or 0), seconds


def drop_below(connection: PGconn, layout: Layout, key: int) -> tuple[int, float]:
    """Drop the partitions all of whose keys are lower: rows that went, and the seconds it took.

    Each is a transaction of its own, which waits for operations on the table and lets them wait.
    The rows are counted before, outside the time.
    """
    rows, seconds = 0, 0.0
    run(connection, f"SET lock_timeout = '{_LOCK_PATIENCE_S}s'")
    try:
        for part in _there(connection, layout):
            if part.stop is None or part.stop > key:
                continue
            ((count,),) = texts(connection, f"SELECT count(*) FROM {part.name}")
            begin_s = time.perf_counter()
            run(connection, f"DROP TABLE {part.name}")
            seconds += time.perf_counter() - begin_s
            rows += int(count or 0)
    finally:
        run(connection, "RESET lock_timeout")
    return rows, seconds


def _there(connection: PGconn, layout: Layout) -> list[Partition]:
    """The partitions that were not dropped yet."""
    return [
        part
        for part in partitions(layout)
        if texts(connection, f"SELECT to_regclass({literal(part.name)})") != [(None,)]
    ]
