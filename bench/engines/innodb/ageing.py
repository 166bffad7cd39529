"""Old rows out, new rows in, holes away: the statements that retention asks for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.engines.innodb import loading, text
from bench.engines.innodb.documents import stored_columns
from bench.engines.innodb.schema import Layout, partition_name

if TYPE_CHECKING:
    from bench.engines.innodb.drivers import Connection
    from bench.engines.seam import LoadPlan

# Rows of one statement and so of one commit.
_BATCH_ROWS = 10_000


def delete_below(connection: Connection, layout: Layout, key: int) -> tuple[int, float]:
    """Delete the rows with lower keys in one statement: how many, and the seconds it took."""
    table, column = layout.name(layout.main), layout.key(layout.main)
    begin_s = time.perf_counter()
    connection.query(f"DELETE FROM {table} WHERE {column} < {key:d}".encode())
    seconds = time.perf_counter() - begin_s
    ((count,),) = connection.query(b"SELECT ROW_COUNT()").rows
    return int(count or 0), seconds


def drop_below(connection: Connection, layout: Layout, key: int) -> tuple[int, float]:
    """Drop the partitions all of whose keys are lower: rows that went, and the seconds it took.

    The rows are counted before, outside the time.
    """
    rows, seconds = 0, 0.0
    whole, there = layout.name(layout.main), _there(connection, layout)
    for number, stop in enumerate(layout.bounds):
        name = partition_name(number)
        if stop > key or name not in there:
            continue
        sql = f"SELECT count(*) FROM {whole} PARTITION ({name})"
        ((count,),) = connection.query(sql.encode()).rows
        begin_s = time.perf_counter()
        connection.query(f"ALTER TABLE {whole} DROP PARTITION {name}".encode())
        seconds += time.perf_counter() - begin_s
        rows += int(count or 0)
    return rows, seconds


def close_last(connection: Connection, layout: Layout, stop: int) -> tuple[int, ...]:
    """End the partition of new records at key `stop` and make one behind it: the new bounds."""
    last, following = (partition_name(len(layout.bounds) + more) for more in (0, 1))
    sql = (
        f"ALTER TABLE {layout.name(layout.main)} REORGANIZE PARTITION {last} INTO"
        f" (PARTITION {last} VALUES LESS THAN ({stop}),"
        f" PARTITION {following} VALUES LESS THAN MAXVALUE)"
    )
    connection.query(sql.encode())
    return (*layout.bounds, stop)


def load_next(
    connection: Connection, layout: Layout, plan: LoadPlan, *, first_key: int, rows: int
) -> float:
    """Put these records into the main table, a commit a batch; seconds."""
    main, stop = layout.main, first_key + rows
    kinds = [kind for _, kind in layout.stored(main)]
    streams = loading.allows_streams(connection)
    encode, put = (text.lines, loading.stream) if streams else (text.tuples, loading.insert)
    begin_s = time.perf_counter()
    for start in range(first_key, stop, _BATCH_ROWS):
        batch = plan.dataset.rows(
            main.name,
            start,
            min(start + _BATCH_ROWS, stop),
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
        )
        columns = stored_columns(batch.columns, main.columns, kinds)
        put(connection, layout, main, encode(columns, kinds))
    return time.perf_counter() - begin_s


def compact(connection: Connection, layout: Layout) -> str:
    """Write every table anew; the name of what was done."""
    for table in layout.dataset.tables:
        connection.query(f"OPTIMIZE TABLE {layout.name(table)}".encode())
    return "OPTIMIZE TABLE"


def _there(connection: Connection, layout: Layout) -> set[str]:
    """Partitions of the main table that were not dropped yet."""
    sql = (
        "SELECT partition_name FROM information_schema.partitions"
        f" WHERE table_schema = '{layout.database}'"
        f" AND table_name = '{layout.prefix}{layout.main.name}' AND partition_name IS NOT NULL"
    )
    return {name.decode() for (name,) in connection.query(sql.encode()).rows if name}
