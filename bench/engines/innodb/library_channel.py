"""A connection that a client library reads and writes, needed where it is encrypted."""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bench.engines.innodb import text
from bench.engines.innodb.joining import Rows
from bench.engines.seam import Row

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.engines.innodb.drivers import Connection
    from bench.engines.innodb.statements import Statement
    from bench.engines.innodb.text import Kind


class LibraryChannel:
    """Statements go as text, their parameters as literals."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.is_open = True

    @property
    def trip(self) -> Callable[[Any], Any]:
        return self._connection.query

    def prepare(self, statement: Statement) -> None:
        """Text needs no preparation."""

    def requests(self, statement: Statement, columns: Sequence[pa.Array], count: int) -> list[Any]:
        if not columns:
            return [statement.sql.encode()] * count
        rows = Rows(count)
        rows.constant(statement.pieces[0].encode())
        for column, parameter, piece in zip(
            columns, statement.parameters, statement.pieces[1:], strict=True
        ):
            rows.variable(text.literals(column, parameter.kind))
            rows.constant(piece.encode())
        made: list[Any] = rows.joined().to_pylist()
        return made

    def post(self, request: Any) -> None:
        self._connection.send(request)

    def collect(self) -> Any | None:
        ready, _, _ = select.select([self._connection.fileno()], [], [], 0)
        return self._connection.receive() if ready else None

    def rows(self, raw: Any, kinds: Sequence[Kind]) -> list[Row]:
        return [text.row(values, kinds) for values in raw.rows]

    def count(self, raw: Any) -> int:
        return int(raw.count)

    def fileno(self) -> int:
        return self._connection.fileno()

    def close(self) -> None:
        self._connection.close()
