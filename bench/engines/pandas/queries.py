"""What each kind of operation is for pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.engines.files.arguments import child

if TYPE_CHECKING:
    from bench.engines.pandas.session import PandasSession


def read(session: PandasSession) -> Callable[[int], pd.DataFrame]:
    """The row with a key: a binary search of the index."""
    frame = session.frames[session.dataset.tables[0].name]

    def call(key: int) -> pd.DataFrame:
        first, behind = frame.index.searchsorted([key, key + 1])
        return frame.iloc[first:behind]

    return call


def from_key(session: PandasSession) -> Callable[[tuple[int, int]], pd.DataFrame]:
    """Rows from a key on."""
    frame = session.frames[session.dataset.tables[0].name]

    def call(argument: tuple[int, int]) -> pd.DataFrame:
        key, limit = argument
        first = int(frame.index.searchsorted(key))
        return frame.iloc[first : first + limit]

    return call


def scan(session: PandasSession) -> Callable[[str | int], pd.DataFrame]:
    """Count and sum of the rows with a value."""
    frame, roles = session.frames[session.dataset.tables[0].name], session.dataset.roles
    column, measure = frame[roles.filter_column], frame[roles.measure]

    def call(wanted: str | int) -> pd.DataFrame:
        found = measure[(column == wanted).fillna(False)]
        total = pd.array([found.sum(min_count=1)], dtype="Int64")
        return pd.DataFrame({"rows": [len(found)], "sum": total})

    return call


def aggregate(session: PandasSession) -> Callable[[None], pd.DataFrame]:
    """Count and sum of each group."""
    frame, roles = session.frames[session.dataset.tables[0].name], session.dataset.roles
    column, measure = frame[roles.group_column], frame[roles.measure]

    def call(_: None) -> pd.DataFrame:
        groups = measure.groupby(column, dropna=False)
        rows, sums = groups.size(), groups.sum(min_count=1)
        return pd.DataFrame({"group": rows.index.array, "rows": rows.array, "sum": sums.array})

    return call


def top_k(session: PandasSession) -> Callable[[int], pd.DataFrame]:
    """The largest, and of equals the first, which is the one with the lowest key."""
    frame = session.frames[session.dataset.tables[0].name]
    measure = session.dataset.roles.measure

    def call(limit: int) -> pd.DataFrame:
        having = frame[frame[measure].notna()]
        return having.nlargest(limit, measure, keep="first")

    return call


def window(session: PandasSession) -> Callable[[None], pd.DataFrame]:
    """Both windows of every row, and of these the highest of each group."""
    frame, roles = session.frames[session.dataset.tables[0].name], session.dataset.roles

    def call(_: None) -> pd.DataFrame:
        measure = frame[roles.measure].dropna()
        column = frame[roles.group_column].loc[measure.index]
        groups = measure.groupby(column, dropna=False)
        each = pd.DataFrame(
            {"running": groups.cumsum(), "place": groups.rank("min", ascending=False)}
        )
        highest = each.groupby(column, dropna=False).max()
        return pd.DataFrame(
            {
                "group": highest.index.array,
                "running": highest["running"].array,
                "place": highest["place"].astype("Int64").array,
            }
        )

    return call


def join(session: PandasSession) -> Callable[[int], pd.DataFrame]:
    """Children of a key with the main row: both filtered first, then merged on the key."""
    main = session.dataset.tables[0]
    table, reference = child(session.dataset)
    names = {column.name: f"main.{column.name}" for column in main.columns}
    left, right = session.frames[table.name], session.frames[main.name].rename(columns=names)
    key = f"main.{main.key}"

    def call(wanted: int) -> pd.DataFrame:
        children = left[(left[reference] == wanted).fillna(False)]
        first, behind = right.index.searchsorted([wanted, wanted + 1])
        return children.merge(right.iloc[first:behind], left_on=reference, right_on=key)

    return call


BY_KIND: dict[str, Callable[[PandasSession], Callable[[Any], pd.DataFrame]]] = {
    "read": read,
    "range": from_key,
    "scan": scan,
    "aggregate": aggregate,
    "top-k": top_k,
    "window": window,
    "join": join,
}
