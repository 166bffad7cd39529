"""All rows of the tables as a number and a checksum, computed by the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bench.engines.postgresql.link import run, texts
from bench.engines.postgresql.schema import Layout
from bench.engines.retention import Contents

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

# A row is hashed as text, so what decides how a value is written must be the same on both sides.
_WRITTEN = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO'",
    "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'",
)


def contents(connection: PGconn, layout: Layout) -> Mapping[str, Contents]:
    """The sum of a 64-bit hash of each row: any order, any changed bit shows (but in 2^-64).

    The connection is the caller's own: its settings are changed.
    """
    for setting in _WRITTEN:
        run(connection, setting)
    found = {}
    for table in layout.dataset.tables:
        rows, checksum = texts(
            connection,
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text"
            f" FROM {layout.name(table)} AS t",
        )[0]
        found[table.name] = Contents(int(rows or 0), str(checksum))
    return found
