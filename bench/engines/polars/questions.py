"""Queries of a set for polars: its tables are scanned where they are, nothing is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from bench.engines.seam import OperationFailed
from workloads import queries
from workloads.queries.answers import Answer

if TYPE_CHECKING:
    import polars as pl

    from workloads.queries.seam import Query, QuerySet, Tables


@dataclass(frozen=True, slots=True)
class PolarsQuestioner:
    """Opens an inquiry. `threads` of polars in that process; `mode` is one of MODES."""

    tables: Tables
    threads: int
    mode: str

    def open(self) -> PolarsInquiry:
        from bench.engines.polars.session import THREADS_VARIABLE

        # Read by polars when it is first imported.
        os.environ[THREADS_VARIABLE] = str(self.threads)
        return PolarsInquiry(self.tables, self.mode)


class PolarsInquiry:
    """Lazy frames of the tables, and the queries to them."""

    def __init__(self, tables: Tables, mode: str) -> None:
        self._set: QuerySet = queries.get(tables.set)
        self._scale = tables.scale
        self._engine: Literal["streaming", "in-memory"] = (
            "streaming" if mode == "streaming" else "in-memory"
        )
        self._frames = scanned(tables, keep=mode == "eager")

    def ask(self, query: Query) -> pl.DataFrame:
        from polars.exceptions import PolarsError

        try:
            frame = self._set.frame(query.id, self._frames, self._scale)
            return frame.collect(engine=self._engine)
        except (PolarsError, OSError) as error:
            raise OperationFailed(type(error).__name__, str(error)) from error

    def rows(self, raw: pl.DataFrame) -> int:
        return len(raw)

    def answer(self, raw: pl.DataFrame) -> Answer:
        import polars as pl
        import polars.selectors as cs

        made = raw.with_columns(
            cs.datetime().dt.epoch("us").cast(pl.Int64), cs.decimal().cast(pl.Float64)
        )
        shapes = [_SHAPES.get(kind.base_type().__name__) for kind in made.dtypes]
        rows = tuple(
            tuple(
                cell if shape is None or cell is None else shape(cell)
                for shape, cell in zip(shapes, row, strict=True)
            )
            for row in made.iter_rows()
        )
        return Answer(columns=tuple(made.columns), rows=rows)

    def close(self) -> None:
        """Lazy frames hold no file open."""


def _iso(day: date) -> str:
    return day.isoformat()


_SHAPES: dict[str, Callable[[Any], str]] = {"Date": _iso}


def scanned(tables: Tables, *, keep: bool = False) -> dict[str, pl.LazyFrame]:
    """A lazy frame for each relation, decimals as floats; `keep`: in memory as a whole."""
    import polars as pl

    frames: dict[str, pl.LazyFrame] = {}
    for relation in queries.get(tables.set).relations:
        frame = pl.scan_parquet(tables.path(relation.name))
        money = [field.name for field in relation.fields if field.kind == "decimal"]
        if money:
            frame = frame.cast(dict.fromkeys(money, pl.Float64))
        frames[relation.name] = frame.collect().lazy() if keep else frame
    return frames
