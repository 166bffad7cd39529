"""The tables of a query set in PostgreSQL: COPY BINARY from their Parquet files, keys, indexes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from bench.engines.postgresql.channel import LOST
from bench.engines.postgresql.encoding import SQL_TYPES, binary_rows, payload
from bench.engines.postgresql.indexing import Indexing
from bench.engines.postgresql.link import Link, run, texts
from bench.engines.postgresql.loading import Connection, Copied, Encoded, copy_into, made_ahead
from bench.engines.postgresql.schema import literal, quoted
from bench.engines.seam import OperationFailed
from workloads import queries

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg.pq.abc import PGconn

    from workloads.queries.seam import Field, Relation, Tables

# Rows in memory at a time; those of the widest table are some 0.6 kB.
_BATCH_ROWS = 16_384


def load(link: Link, schema: str, tables: Tables) -> Copied:
    """Make the tables in an empty schema, with their keys and indexes. Raises OperationFailed."""
    import psycopg

    start_s, rows, logical = time.perf_counter(), 0, 0
    with closing(Connection(link)) as connection, Indexing(link) as indexing:
        for relation in queries.get(tables.set).relations:
            into = _name(schema, relation)
            run(connection.raw, "BEGIN")
            columns = ", ".join(map(_column, relation.fields))
            run(connection.raw, f"CREATE TABLE {into} ({columns})")
            names = ", ".join(quoted(field.name) for field in relation.fields)
            try:
                with made_ahead(lambda r=relation, i=into: _encoded(r, i, tables)) as batches:  # type: ignore[misc]
                    for batch in copy_into(connection.raw, into, names, batches):
                        rows, logical = rows + batch.rows, logical + batch.logical_bytes
            except (OSError, psycopg.Error) as error:
                raise OperationFailed(LOST, "the server went away during loading") from error
            run(connection.raw, "COMMIT")
            for commands in _indexes(into, relation):
                indexing.start(commands)
        indexing.finish()
    return Copied(rows, logical, time.perf_counter() - start_s)


def settle(connection: PGconn, schema: str, tables: Tables) -> int:
    """Statistics and a checkpoint; bytes at rest, indexes included. Raises OperationFailed."""
    found = queries.get(tables.set).relations
    for relation in found:
        run(connection, f"VACUUM (ANALYZE) {_name(schema, relation)}")
    with suppress(OperationFailed):
        # Needs a right that a guest on somebody's server rarely has.
        run(connection, "CHECKPOINT")
    sizes = (f"pg_total_relation_size({literal(_name(schema, each))})" for each in found)
    return int(texts(connection, f"SELECT {' + '.join(sizes)}")[0][0] or 0)


def _name(schema: str, relation: Relation) -> str:
    return f"{quoted(schema)}.{quoted(relation.name)}"


def _column(field: Field) -> str:
    collation = ' COLLATE "C"' if field.kind == "string" else ""
    null = "" if field.nullable else " NOT NULL"
    return f"{quoted(field.name)} {SQL_TYPES[field.kind]}{collation}{null}"


def _indexes(into: str, relation: Relation) -> Iterator[tuple[str, ...]]:
    name, key = quoted(f"{relation.name}_pkey"), ", ".join(map(quoted, relation.key))
    yield (
        f"CREATE UNIQUE INDEX {name} ON {into} ({key})",
        f"ALTER TABLE {into} ADD PRIMARY KEY USING INDEX {name}",
    )
    for columns in relation.indexes:
        yield (f"CREATE INDEX ON {into} ({', '.join(map(quoted, columns))})",)


def _encoded(relation: Relation, into: str, tables: Tables) -> Iterator[Encoded]:
    import pyarrow.parquet as pq

    kinds = [field.kind for field in relation.fields]
    names = [field.name for field in relation.fields]
    with pq.ParquetFile(tables.path(relation.name)) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=names):
            arrays = [_plain(batch.column(name)) for name in names]
            data = payload(binary_rows(arrays, kinds))
            yield Encoded(into, batch.num_rows, _logical_bytes(arrays), data)


def _plain(column: pa.Array) -> pa.Array:
    """Views of text as text."""
    import pyarrow as pa

    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column


def _logical_bytes(arrays: list[pa.Array]) -> int:
    """The sum of the values' bytes: a text's UTF-8, what a number, date or flag takes in Arrow."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in arrays:
        if pa.types.is_string(column.type):
            total += pc.sum(pc.binary_length(column)).as_py() or 0
        else:
            width = 8 if pa.types.is_decimal(column.type) else max(1, column.type.bit_width // 8)
            total += width * (len(column) - column.null_count)
    return total
