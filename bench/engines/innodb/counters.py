"""What the server counts: redo bytes, commits, reads and writes, sizes.

commits    transactions that are in the binary log, where there is one.
write_ios  what InnoDB writes: pages, their doublewrite, and the redo log. The binary log's writes
           are not counted by the server; their bytes are in the processes' write_bytes.
log_bytes  Innodb_os_log_written: MySQL counts whole blocks as written to the log's files, again
           each time one is filled further; MariaDB the bytes of log records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines.innodb.flavour import Flavour
from bench.engines.innodb.schema import Layout, like
from bench.engines.seam import Counters, OperationFailed
from bench.telemetry import ProcessUse
from results.record import StoredPart

if TYPE_CHECKING:
    from bench.engines.innodb.drivers import Connection

_READS, _LOG = "Innodb_data_reads", "Innodb_os_log_written"
_DATA = "Innodb_data_written"
_DIRTY, _FLUSHED = "Innodb_buffer_pool_pages_dirty", "Innodb_buffer_pool_pages_flushed"

_PARTS = (
    "SELECT index_name, CAST(sum(stat_value) * @@GLOBAL.innodb_page_size AS UNSIGNED)"
    " FROM mysql.innodb_index_stats WHERE stat_name = 'size' AND database_name = '{database}'"
    " AND (table_name = '{table}' OR table_name LIKE '{table}#p#%') GROUP BY index_name"
)


class ServerCounters:
    """Reads a server's counters over a connection; what a server does not tell stays None."""

    def __init__(self, connection: Connection, flavour: Flavour) -> None:
        self._connection = connection
        self._flavour = flavour
        self._logs_commits = connection.query(b"SELECT @@GLOBAL.log_bin").rows[0][0] == b"1"
        self._queues_pages = self._number("SELECT @@GLOBAL.innodb_use_native_aio") == 1

    def read(self, processes: ProcessUse, layout: Layout | None) -> Counters:
        """Everything at this moment, with what the server's processes have used."""
        logged = self._flavour.logged_commits
        values = self._status((_READS, _LOG, _DATA, logged, *self._flavour.write_counters))
        writes = [values.get(name) for name in self._flavour.write_counters]
        return Counters(
            cpu_s=processes.cpu_s,
            read_bytes=processes.read_bytes,
            write_bytes=processes.write_bytes,
            write_call_bytes=self._handed_over(processes.write_call_bytes, values.get(_DATA)),
            read_ios=values.get(_READS),
            write_ios=None if None in writes else sum(value or 0 for value in writes),
            log_bytes=values.get(_LOG),
            commits=values.get(logged) if self._logs_commits else self._own_commits(),
            memory_bytes=processes.memory_bytes,
            stored_bytes=None if layout is None else self.stored_bytes(layout),
        )

    def stored_bytes(self, layout: Layout) -> int | None:
        """Bytes of the files of the dataset's tables, indexes included.

        Who may not see the files gets the tables' pages, as the statistics have them.
        """
        pattern = like(layout.database, layout.prefix)
        files = self._number(self._flavour.spaces.format(like=pattern))
        if files:
            return files
        return self._number(
            "SELECT sum(data_length + index_length + data_free) FROM information_schema.tables"
            f" WHERE concat(table_schema, '/', table_name) LIKE '{pattern}'"
        )

    def stored_parts(self, layout: Layout) -> tuple[StoredPart, ...] | None:
        """Bytes of each table (its clustered index) and of each other index, as the statistics have
        them; partitions as one. None where they may not be read.
        """
        found: list[StoredPart] = []
        for table in layout.dataset.tables:
            database, _, name = layout.name(table).replace("`", "").rpartition(".")
            sql = _PARTS.format(database=database or layout.database, table=name)
            try:
                rows = self._connection.query(sql.encode()).rows
            except OperationFailed as failure:
                if failure.kind.startswith(("42", "HY000")):
                    return None
                raise
            found += [
                StoredPart(
                    table=table.name,
                    index=None if index == b"PRIMARY" else index.decode(),
                    stored_bytes=int(size),
                )
                for index, size in rows
                if index is not None and size is not None
            ]
        return tuple(found) or None

    def dirty_pages(self) -> int | None:
        """Pages changed in memory and not yet written."""
        return self._status((_DIRTY,)).get(_DIRTY)

    def flushed_pages(self) -> int | None:
        """Pages written since the server started."""
        return self._status((_FLUSHED,)).get(_FLUSHED)

    def _handed_over(self, in_calls: int | None, data: int | None) -> int | None:
        """Bytes in write calls, and the pages that are queued for writing without such a call."""
        if in_calls is None or not self._queues_pages:
            return in_calls
        return None if data is None else in_calls + data

    def _own_commits(self) -> int | None:
        return self._number(self._flavour.commits)

    def _status(self, names: tuple[str, ...]) -> dict[str, int]:
        wanted = ", ".join(f"'{name}'" for name in names)
        sql = f"SHOW GLOBAL STATUS WHERE Variable_name IN ({wanted})"
        rows = self._connection.query(sql.encode()).rows
        return {name.decode(): int(value) for name, value in rows if name and value}

    def _number(self, sql: str) -> int | None:
        try:
            rows = self._connection.query(sql.encode()).rows
        except OperationFailed as failure:
            # 42000: a right is missing, here on the tables of information_schema.
            if failure.kind.startswith(("42", "HY000")):
                return None
            raise
        return int(rows[0][0]) if rows and rows[0][0] is not None else None
