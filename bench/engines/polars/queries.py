"""What each kind of operation is for polars: a query made once, and its call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl

from bench.engines.files.arguments import child

if TYPE_CHECKING:
    from bench.engines.polars.session import PolarsSession
    from bench.engines.seam import Row


def read(session: PolarsSession) -> Callable[[int], pl.DataFrame]:
    """The row with a key."""
    main = session.dataset.tables[0]
    frame, key = session.frames[main.name], pl.col(main.key)
    return lambda wanted: session.collect(frame.filter(key == wanted))


def from_key(session: PolarsSession) -> Callable[[tuple[int, int]], pl.DataFrame]:
    """Rows from a key on: a window of keys, doubled until it holds enough.

    Row groups outside the window are not read; a bare `head` would read to the end of the file.
    """
    main = session.dataset.tables[0]
    frame, key = session.frames[main.name], pl.col(main.key)
    last = session.collect(frame.select(key.max())).item()

    def call(argument: tuple[int, int]) -> pl.DataFrame:
        start, limit = argument
        width = max(limit, 1)
        while True:
            window = frame.filter(key.is_between(start, start + width - 1))
            found = session.collect(window.sort(key).head(limit))
            if len(found) == limit or last is None or start + width > last:
                return found
            width *= 2

    return call


def _totals(session: PolarsSession) -> list[pl.Expr]:
    """Rows, sum of the measure, and how many measures there are (SQL's sum of none is null)."""
    measure = pl.col(session.dataset.roles.measure)
    return [
        pl.len().cast(pl.Int64).alias("rows"),
        measure.sum().alias("sum"),
        measure.count().cast(pl.Int64).alias("measures"),
    ]


def total(rows: list[Row]) -> list[Row]:
    """Drop the number of measures; a sum of none is None."""
    return [(*row[:-2], row[-2] if row[-1] else None) for row in rows]


def scan(session: PolarsSession) -> Callable[[str | int], pl.DataFrame]:
    """Totals of the rows with a value."""
    frame = session.frames[session.dataset.tables[0].name]
    column, totals = pl.col(session.dataset.roles.filter_column), _totals(session)
    return lambda wanted: session.collect(frame.filter(column == wanted).select(totals))


def aggregate(session: PolarsSession) -> Callable[[None], pl.DataFrame]:
    """Totals of each group."""
    group = session.dataset.roles.group_column
    query = (
        session.frames[session.dataset.tables[0].name]
        .group_by(_group(group))
        .agg(_totals(session))
        .sort("group", nulls_last=True)
    )
    return lambda _: session.collect(query)


def top_k(session: PolarsSession) -> Callable[[int], pl.DataFrame]:
    """Sorted and cut; what the optimiser makes of it is a partial sort."""
    main = session.dataset.tables[0]
    measure = pl.col(session.dataset.roles.measure)
    query = (
        session.frames[main.name]
        .filter(measure.is_not_null())
        .sort(measure, pl.col(main.key), descending=[True, False])
    )
    return lambda limit: session.collect(query.head(limit))


def window(session: PolarsSession) -> Callable[[None], pl.DataFrame]:
    """Both windows of every row, and of these the highest of each group."""
    main, roles = session.dataset.tables[0], session.dataset.roles
    measure, key = pl.col(roles.measure), pl.col(main.key)
    running = measure.cum_sum().over("group", order_by=key).alias("running")
    place = measure.rank("min", descending=True).over("group").cast(pl.Int64).alias("place")
    query = (
        session.frames[main.name]
        .filter(measure.is_not_null())
        .with_columns(_group(roles.group_column))
        .select("group", running, place)
        .group_by("group")
        .agg(pl.col("running").max(), pl.col("place").max())
        .sort("group", nulls_last=True)
    )
    return lambda _: session.collect(query)


def _group(name: str) -> pl.Expr:
    """The group column under a name that no total has."""
    return pl.col(name).alias("group")


def join(session: PolarsSession) -> Callable[[int], pl.DataFrame]:
    """Children of a key with the main row: both filtered first, then joined on the key."""
    main = session.dataset.tables[0]
    table, reference = child(session.dataset)
    names = {column.name: f"main.{column.name}" for column in main.columns}
    left, right = session.frames[table.name], session.frames[main.name].rename(names)
    key, order = f"main.{main.key}", table.key

    def call(wanted: int) -> pl.DataFrame:
        children = left.filter(pl.col(reference) == wanted)
        parent = right.filter(pl.col(key) == wanted)
        joined = children.join(parent, left_on=reference, right_on=key, coalesce=False)
        return session.collect(joined.sort(order))

    return call


BY_KIND: dict[str, Callable[[PolarsSession], Callable[[Any], pl.DataFrame]]] = {
    "read": read,
    "range": from_key,
    "scan": scan,
    "aggregate": aggregate,
    "top-k": top_k,
    "window": window,
    "join": join,
}
