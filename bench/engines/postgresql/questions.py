"""Queries of a set for PostgreSQL: its SQL, sent as it is over a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.engines.postgresql.link import Link, run
from bench.engines.postgresql.schema import quoted
from workloads.queries.answers import Answer

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

    from workloads.queries.answers import Cell
    from workloads.queries.seam import Query

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PostgresqlQuestioner:
    """Opens an inquiry; the server itself ends what takes longer than `limit_s`."""

    link: Link
    schema: str
    limit_s: float

    def open(self) -> PostgresqlInquiry:
        connection = self.link.connect()
        for command in (
            f"SET search_path = {quoted(self.schema)}",
            "SET timezone = 'UTC'",
            f"SET statement_timeout = {round(self.limit_s * 1000)}",
        ):
            run(connection, command)
        return PostgresqlInquiry(connection)


class PostgresqlInquiry:
    """One connection."""

    def __init__(self, connection: PGconn) -> None:
        self._connection = connection

    def ask(self, query: Query) -> PGresult:
        return run(self._connection, query.sql)

    def rows(self, raw: PGresult) -> int:
        return raw.ntuples

    def answer(self, raw: PGresult) -> Answer:
        columns = range(raw.nfields)
        names = tuple((raw.fname(column) or b"").decode() for column in columns)
        readers = [_READERS.get(raw.ftype(column), str) for column in columns]
        rows = tuple(
            tuple(
                None if (value := raw.get_value(row, column)) is None else read(value.decode())
                for column, read in zip(columns, readers, strict=True)
            )
            for row in range(raw.ntuples)
        )
        return Answer(columns=names, rows=rows)

    def close(self) -> None:
        self._connection.finish()


def _number(text: str) -> Cell:
    """A numeric: a whole number where it has no fraction, as the sum of bigints is."""
    return float(text) if "." in text else int(text)


def _moment(text: str) -> Cell:
    """Microseconds since 1970; the session's zone is UTC."""
    moment = datetime.fromisoformat(text)
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


# By pg_type.oid, which is fixed for built-in types; anything else is taken as its text.
_READERS: dict[int, Callable[[str], Cell]] = {
    16: lambda text: text == "t",
    20: int,
    21: int,
    23: int,
    700: float,
    701: float,
    1114: _moment,
    1184: _moment,
    1700: _number,
}
