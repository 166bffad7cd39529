"""The next records of the main table by COPY, and space given back: what retention asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from bench.engines.postgresql.channel import LOST
from bench.engines.postgresql.encoding import COPY_HEADER, COPY_TRAILER, payload, stored_rows
from bench.engines.postgresql.link import Link, run
from bench.engines.postgresql.loading import Connection, end_copy, sink
from bench.engines.postgresql.schema import Layout, quoted
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from bench.engines.seam import LoadPlan

# Rows of one batch, and of one transaction.
_BATCH_ROWS = 10_000


def copy_next(link: Link, layout: Layout, plan: LoadPlan, *, first_key: int, rows: int) -> float:
    """Copy these records into the main table, a transaction a batch; seconds."""
    import psycopg

    columns = ", ".join(quoted(name) for name, _ in layout.stored(layout.main))
    copy = f"COPY {layout.name(layout.main)} ({columns}) FROM STDIN (FORMAT binary)"
    begin_s = time.perf_counter()
    with closing(Connection(link)) as connection:
        try:
            for data in _encoded(layout, plan, first_key, first_key + rows):
                run(connection.raw, copy)
                with sink(connection.raw) as put:
                    put(memoryview(COPY_HEADER))
                    put(data)
                    put(memoryview(COPY_TRAILER))
                end_copy(connection.raw)
        except (OSError, psycopg.Error) as error:
            raise OperationFailed(LOST, "the server went away while it grew") from error
    return time.perf_counter() - begin_s


def compact(connection: PGconn, layout: Layout) -> str:
    """Write every table anew; the name of what was done."""
    for table in layout.dataset.tables:
        run(connection, f"VACUUM (FULL, ANALYZE) {layout.name(table)}")
    return "VACUUM FULL"


def _encoded(layout: Layout, plan: LoadPlan, first: int, stop: int) -> Iterator[memoryview]:
    main = layout.main
    for start in range(first, stop, _BATCH_ROWS):
        batch = plan.dataset.rows(
            main.name,
            start,
            min(start + _BATCH_ROWS, stop),
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
        )
        yield payload(stored_rows(batch.columns, main.columns, layout.stored(main)))
