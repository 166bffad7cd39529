"""Sessions on files: lazy frames, with the filters pushed down to the reader.

polars is imported here and nowhere earlier, after the number of its threads was set: one a
client, unless the target says otherwise. It must not be imported before a fork.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bench.engines.files import arguments
from bench.engines.files.formats import FLAT, TEXT
from bench.engines.files.snapshot import Snapshot
from bench.engines.files.target import Files
from bench.engines.seam import OperationFailed, Row, Usage
from workloads.nesting import branch

if TYPE_CHECKING:
    import polars as pl

    from bench.engines.seam import Bound
    from workloads.datasets.seam import Table
    from workloads.nesting import Branch
    from workloads.spec.model import Operation
    from workloads.stream import Batch

THREADS_VARIABLE = "POLARS_MAX_THREADS"


@dataclass(frozen=True, slots=True)
class PolarsDialer:
    """Opens sessions on files. `threads` of polars in that process; `mode` is one of MODES."""

    files: Files
    threads: int
    mode: str

    def dial(self) -> PolarsSession:
        # Read by polars when it is first imported; a process that has it already keeps its own.
        os.environ[THREADS_VARIABLE] = str(self.threads)
        return PolarsSession(self.files, self.mode)


class PolarsSession:
    """One client: a lazy frame for each table, of the files as they are when it asks.

    In the mode `eager` it holds what it read when it began.
    """

    def __init__(self, files: Files, mode: str) -> None:
        self.dataset = files.dataset
        self.engine: Literal["streaming", "in-memory"] = (
            "streaming" if mode == "streaming" else "in-memory"
        )
        self._files, self._eager = files, mode == "eager"
        self._snapshot, self._generation, self._scanned = Snapshot(files), 0, False
        self.frames: dict[str, pl.LazyFrame] = {}
        self._scan()
        if self._eager:
            self._snapshot.close()

    def _scan(self) -> None:
        self._scanned = False
        for number, table in enumerate(self.dataset.tables):
            frame = _scanned(self._files, self._snapshot.paths(number), table)
            kept = frame.collect(engine=self.engine).lazy() if self._eager else frame
            self.frames[table.name] = kept
        self._scanned = True

    def generation(self) -> int:
        """A number that grows when files were replaced, added or deleted; the frames follow."""
        if not self._eager and (self._snapshot.changed() or not self._scanned):
            self._scanned = False
            self._snapshot.take()
            self._scan()
            self._generation += 1
        return self._generation

    def collect(self, query: pl.LazyFrame) -> pl.DataFrame:
        """The answer to a query, by the engine of polars that the mode asks for."""
        return query.collect(engine=self.engine)

    def bind(self, operation: Operation) -> Bound:
        from bench.engines.polars import queries

        kind = operation.kind
        made = arguments.taken(kind, self.dataset)
        shape = queries.total if kind in ("scan", "aggregate") else list
        return Query(made, Current(self, queries.BY_KIND[kind]), shape)

    def usage(self) -> Usage:
        return Usage()

    def server_pids(self) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        """Lazy frames hold no file open; the links go."""
        self.frames.clear()
        self._snapshot.close()


class Current:
    """A query over the files as they are: made again when one of them has changed."""

    def __init__(
        self,
        session: PolarsSession,
        make: Callable[[PolarsSession], Callable[[Any], pl.DataFrame]],
    ) -> None:
        self._session, self._make = session, make
        self._generation = session.generation()
        self._call = make(session)

    def __call__(self, argument: Any) -> pl.DataFrame:
        generation = self._session.generation()
        if generation != self._generation:
            self._call = self._make(self._session)
            self._generation = generation
        return self._call(argument)


class Query:
    """One operation: how its arguments are read from a batch, and the query."""

    def __init__(
        self,
        taken: arguments.Arguments,
        call: Callable[[Any], pl.DataFrame],
        shape: Callable[[list[Row]], list[Row]] = list,
    ) -> None:
        self._arguments = taken
        self._shape = shape
        self.call = _translated(call)

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        return self._arguments(batch, rows)

    def answer(self, raw: pl.DataFrame) -> list[Row]:
        import polars as pl
        import polars.selectors as cs

        moments = cs.datetime()
        rows: list[Row] = raw.with_columns(moments.dt.epoch("us").cast(pl.Int64)).rows()
        return self._shape(rows)


def _scanned(files: Files, path: list[Path], table: Table) -> pl.LazyFrame:
    """The rows of a table's files, flat."""
    return _flat(_read(files, path, table), files, table)


def _read(files: Files, path: list[Path], table: Table) -> pl.LazyFrame:
    """The files as they are."""
    import polars as pl

    if files.form == "parquet":
        return pl.scan_parquet(path)
    if files.form == "ipc":
        return pl.scan_ipc(path)
    types: dict[str, pl.DataType] = {
        "int64": pl.Int64(),
        "float64": pl.Float64(),
        "string": pl.String(),
        "timestamp_us": pl.Int64(),  # as the text formats have it
        "bool": pl.Boolean(),
    }
    assert files.form in TEXT
    kinds = [types[column.kind] for column in table.columns]
    paths = [c.path if files.form not in FLAT else (c.name,) for c in table.columns]

    def typed(fields: Branch) -> dict[str, pl.DataType]:
        return {
            name: kinds[below]
            if isinstance(below, int)
            else pl.Struct([pl.Field(*each) for each in typed(below).items()])
            for name, below in fields
        }

    # Said, not guessed: a guess from the first rows would change with the data.
    schema = typed(branch(paths))
    return (pl.scan_csv if files.form == "csv" else pl.scan_ndjson)(path, schema=schema)


def _flat(frame: pl.LazyFrame, files: Files, table: Table) -> pl.LazyFrame:
    """Every value a column; filters and choices of columns still reach the reader through this."""
    import polars as pl

    if not table.nested or files.form in FLAT:
        return frame
    columns = []
    for column in table.columns:
        value = pl.col(column.path[0])
        for name in column.path[1:]:
            value = value.struct.field(name)
        columns.append(value.alias(column.name))
    return frame.select(columns)


def _translated(call: Callable[[Any], pl.DataFrame]) -> Callable[[Any], pl.DataFrame]:
    """The call with polars' errors as failures of the operation."""
    from polars.exceptions import PolarsError

    def guarded(argument: Any) -> pl.DataFrame:
        try:
            return call(argument)
        except (PolarsError, OSError) as error:
            raise OperationFailed(type(error).__name__, str(error)) from error

    return guarded
