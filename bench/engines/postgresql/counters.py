"""What the server counts: WAL bytes, commits, reads and writes, checkpoints, sizes.

WAL bytes and sizes are exact at any moment. Commits and IOs come from the cumulative statistics,
which a busy backend hands in at most once a second and an idle one within ten seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines.postgresql.link import texts
from bench.engines.postgresql.schema import Layout, literal
from bench.engines.seam import Counters, OperationFailed
from bench.telemetry import ProcessUse
from results.record import StoredPart

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

# A server that says nothing for so long stands still; it answers in milliseconds.
_PATIENCE_S = 20.0
_LOG_BYTES = "pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
# The version that brought a way to hand in one's own statistics at once.
_FLUSHES_SINCE = 15
_COMMITS = "(SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())"

_PARTS = """
    WITH part AS (SELECT {table}::regclass AS id UNION SELECT relid FROM pg_partition_tree({table}))
    SELECT NULL, sum(pg_table_size(id))::bigint FROM part
    UNION ALL
    SELECT c.relname, sum(pg_relation_size(i.indexrelid))::bigint
    FROM part JOIN pg_index i ON i.indrelid = part.id
    JOIN pg_class c ON c.oid = coalesce(pg_partition_root(i.indexrelid), i.indexrelid)
    GROUP BY c.relname
"""


class ServerCounters:
    """Reads a server's counters over a connection; what a server does not have stays None."""

    def __init__(self, connection: PGconn) -> None:
        self._connection = connection
        self._version = connection.server_version // 10_000
        self._own_commits = 0
        wanted = {"log_bytes": _LOG_BYTES, "commits": _COMMITS, **_ios(self._version)}
        # Managed services and readers lack some of them.
        self._known = {name: sql for name, sql in wanted.items() if self._ask(sql) is not None}

    def read(self, processes: ProcessUse, layout: Layout | None) -> Counters:
        """Everything at this moment, with what the server's processes have used.

        The commits of these looks themselves are left out.
        """
        if self._version >= _FLUSHES_SINCE:
            self._query("SELECT pg_stat_force_next_flush()")
        own_commits = self._own_commits
        wanted = self._known | ({"stored_bytes": _stored_bytes(layout)} if layout else {})
        values: dict[str, int | None] = {}
        if wanted:
            found = self._query(f"SELECT {', '.join(wanted.values())}")
            values = {
                name: None if text is None else int(text)
                for name, text in zip(wanted, found, strict=True)
            }
        commits = values.get("commits")
        return Counters(
            cpu_s=processes.cpu_s,
            read_bytes=processes.read_bytes,
            write_bytes=processes.write_bytes,
            write_call_bytes=processes.write_call_bytes,
            read_ios=values.get("read_ios"),
            write_ios=values.get("write_ios"),
            log_bytes=values.get("log_bytes"),
            commits=None if commits is None else commits - own_commits,
            memory_bytes=processes.memory_bytes,
            stored_bytes=values.get("stored_bytes"),
        )

    def stored_bytes(self, layout: Layout) -> int:
        """Bytes of the dataset's tables with their indexes and everything else they need."""
        return self._number(_stored_bytes(layout))

    def stored_parts(self, layout: Layout) -> tuple[StoredPart, ...]:
        """Bytes of each table without its indexes, and of each index; partitions as one."""
        return tuple(
            StoredPart(table=table.name, index=index, stored_bytes=int(size or 0))
            for table in layout.dataset.tables
            for index, size in texts(
                self._connection,
                _PARTS.format(table=literal(layout.name(table))),
                patience_s=_PATIENCE_S,
            )
        )

    def checkpoints(self) -> int | None:
        """Checkpoints completed or begun since the server started, whatever caused them."""
        view = (
            "(SELECT num_timed + num_requested FROM pg_stat_checkpointer)"
            if self._version >= 17
            else "(SELECT checkpoints_timed + checkpoints_req FROM pg_stat_bgwriter)"
        )
        return self._ask(view)

    def housekeeping(self) -> dict[str, int]:
        """What the server has done by itself so far; empty where it does not tell."""
        view, columns = (
            ("pg_stat_checkpointer", "num_timed + num_requested, buffers_written")
            if self._version >= 17
            else ("pg_stat_bgwriter", "checkpoints_timed + checkpoints_req, buffers_checkpoint")
        )
        vacuums = (
            "(SELECT coalesce(sum(autovacuum_count + autoanalyze_count), 0)::bigint"
            " FROM pg_stat_user_tables)"
        )
        values = self._query(f"SELECT {columns}, {vacuums} FROM {view}")
        names = ("checkpoints", "pages written by checkpoints", "autovacuum runs")
        return {n: int(v) for n, v in zip(names, values, strict=True) if v is not None}

    def _ask(self, expression: str) -> int | None:
        try:
            return self._number(expression)
        except OperationFailed:
            return None

    def _number(self, expression: str) -> int:
        value = self._query(f"SELECT {expression}")[0]
        if value is None:
            raise OperationFailed("null", expression)
        return int(value)

    def _query(self, sql: str) -> tuple[str | None, ...]:
        """The one row of a query."""
        row = texts(self._connection, sql, patience_s=_PATIENCE_S)[0]
        self._own_commits += 1
        return row


def _stored_bytes(layout: Layout) -> str:
    """A partitioned table has no bytes of its own: its partitions have."""
    return " + ".join(
        "(SELECT sum(pg_total_relation_size(relid))::bigint"
        f" FROM pg_partition_tree({literal(layout.name(table))}))"
        if layout.is_partitioned(table)
        else f"pg_total_relation_size({literal(layout.name(table))})"
        for table in layout.dataset.tables
    )


def _ios(version: int) -> dict[str, str]:
    """Reads and writes of all processes, WAL included; from 18 on pg_stat_io holds the WAL too."""
    if version < 16:
        return {}
    reads = "(SELECT sum(reads)::bigint FROM pg_stat_io)"
    writes = "(SELECT sum(coalesce(writes, 0) + coalesce(extends, 0))::bigint FROM pg_stat_io)"
    if version < 18:
        writes = f"({writes} + (SELECT wal_write FROM pg_stat_wal))"
    return {"read_ios": reads, "write_ios": writes}
