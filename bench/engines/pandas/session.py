"""Sessions on frames in memory: each file is read when the session opens.

pandas has types of its own that know null beside every integer; with its older ones a column of
large integers with nulls would be floats, and not exact. Files are read by pyarrow, as pandas'
own readers do, with one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.engines.files import arguments, reading
from bench.engines.files.target import Files
from bench.engines.seam import Row, Usage, Value

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from bench.engines.seam import Bound
    from workloads.spec.model import Operation
    from workloads.stream import Batch


@dataclass(frozen=True, slots=True)
class PandasDialer:
    """Opens sessions on files."""

    files: Files

    def dial(self) -> PandasSession:
        return PandasSession(self.files)


class PandasSession:
    """One client: a frame for each table, in the order of the key, which is its index."""

    def __init__(self, files: Files) -> None:
        self.dataset = files.dataset
        self.frames: dict[str, pd.DataFrame] = {}
        for number, table in enumerate(files.dataset.tables):
            frame = _frame(_table(files, number))
            frame.index = frame[table.key].astype("int64").array
            self.frames[table.name] = frame

    def bind(self, operation: Operation) -> Bound:
        from bench.engines.pandas import queries

        made = arguments.taken(operation.kind, self.dataset)
        return Query(made, queries.BY_KIND[operation.kind](self))

    def usage(self) -> Usage:
        return Usage()

    def server_pids(self) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        self.frames.clear()


class Query:
    """One operation: how its arguments are read from a batch, and the query. Raw: a frame."""

    def __init__(self, taken: arguments.Arguments, call: Callable[[Any], pd.DataFrame]) -> None:
        self._arguments = taken
        self.call = call

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        return self._arguments(batch, rows)

    def answer(self, raw: pd.DataFrame) -> list[Row]:
        return list(zip(*(_values(column) for _, column in raw.items()), strict=True))


def _values(column: pd.Series[Any]) -> list[Value]:
    """A column as canonical values."""
    import pandas as pd

    if isinstance(column.dtype, pd.DatetimeTZDtype):
        moments = column.dt.as_unit("us")
        whole = moments.astype("int64").tolist()
        return [None if none else one for one, none in zip(whole, moments.isna(), strict=True)]
    found: list[Value] = [None if one is pd.NA else one for one in column.tolist()]
    return found


def _table(files: Files, number: int) -> pa.Table:
    """The files of a table as pyarrow reads them, every column of the type it was written from."""
    import pyarrow as pa

    table = files.dataset.tables[number]
    read = [reading.read(path, table, files.form) for path in files.paths(number)]
    return read[0] if len(read) == 1 else pa.concat_tables(read)


def _frame(table: pa.Table) -> pd.DataFrame:
    """The table as a frame of pandas' types with nulls; moments as numpy has them."""
    import pandas as pd
    import pyarrow as pa

    types = {
        pa.int64(): pd.Int64Dtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
        pa.string(): pd.StringDtype("pyarrow", na_value=pd.NA),
    }
    frame: pd.DataFrame = table.to_pandas(types_mapper=types.get, use_threads=False)
    return frame
