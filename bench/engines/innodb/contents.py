"""All rows of the tables as a number and a checksum, computed by the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bench.engines.innodb.schema import Layout, quoted
from bench.engines.retention import Contents

if TYPE_CHECKING:
    from bench.engines.innodb.drivers import Connection
    from workloads.datasets.seam import Table


def contents(connection: Connection, layout: Layout) -> Mapping[str, Contents]:
    """The sum of 60 bits of each row's SHA-256: any order, any changed value shows (but in 2^-60)."""
    connection.query(b"SET SESSION time_zone = '+00:00'")
    found = {}
    for table in layout.dataset.tables:
        digest = f"CONV(LEFT(SHA2({_row(layout, table)}, 256), 15), 16, 10)"
        sql = (
            f"SELECT count(*), coalesce(sum(CAST({digest} AS UNSIGNED)), 0)"
            f" FROM {layout.name(table)}"
        )
        rows, checksum = connection.query(sql.encode()).rows[0]
        found[table.name] = Contents(int(rows or 0), (checksum or b"").decode())
    return found


def _row(layout: Layout, table: Table) -> str:
    """A row as one text: each value with its length before it, so that no two rows are alike."""
    values = []
    for name, _ in layout.stored(table):
        value = f"CAST({quoted(name)} AS CHAR CHARACTER SET utf8mb4)"
        values.append(f"coalesce(concat(length({value}), ':', {value}), '-')")
    return f"concat({', '.join(values)})"
