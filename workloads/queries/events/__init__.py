"""Events: one wide table of our own making and 40 questions to it, as ClickBench is built.

ClickBench (of ClickHouse) showed that a single table of a hundred columns and some forty queries tell
engines for analytics apart; its data and queries are not ours to ship. These rows are a pure
function of (seed, row number), at any scale, and the questions are of our own writing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workloads.errors import PlaceError
from workloads.queries.events.columns import columns
from workloads.queries.events.families import lists
from workloads.queries.reading import read
from workloads.queries.seam import Field, Query, Relation, Tables

if TYPE_CHECKING:
    import polars as pl

    from workloads.datasets.recipes.generated import Generated

TABLE = "events"
ROW_GROUP_ROWS = 65_536
_QUERIES = Path(__file__).parent / "queries.sql"


@dataclass(frozen=True)  # no slots: what is made once is kept
class Events:
    """The query set."""

    name: str = "events"
    title: str = "events: 40 questions to one wide table of 100 columns"
    source: str = "storefit's own, in the manner of ClickBench"
    rows_at_scale_1: int = 1_000_000
    least_scale: float = 0.01

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        table = dataset().tables[0]
        fields = (
            Field(name=column.name, kind=column.kind, nullable=column.nullable)
            for column in table.columns
        )
        return (Relation(name=TABLE, fields=tuple(fields), key=(table.key,)),)

    @cached_property
    def row_bytes(self) -> float:
        return dataset().default_record_size_bytes()

    def missing(self) -> str | None:
        return None

    def queries(self, scale: float) -> tuple[Query, ...]:  # noqa: ARG002 - they do not ask for it
        found = []
        for query in read(_QUERIES):
            sql = query.sql
            for name, text in lists().items():
                sql = sql.replace("{" + name + "}", text)
            found.append(replace(query, sql=sql))
        return tuple(found)

    def frame(self, query: str, tables: Mapping[str, pl.LazyFrame], scale: float) -> pl.LazyFrame:  # noqa: ARG002
        from workloads.queries.events.frames import FRAMES

        return FRAMES[query](tables[TABLE])

    def write(
        self, directory: Path, *, scale: float, seed: int, tell: Callable[[float, str], None]
    ) -> Tables:
        import pyarrow.parquet as pq

        from workloads.datasets import chunks, schema

        made, rows = dataset(), max(1, round(self.rows_at_scale_1 * scale))
        tables = Tables(set=self.name, directory=directory, scale=scale, seed=seed, rows=(rows,))
        done = 0
        try:
            with pq.ParquetWriter(
                tables.path(TABLE), schema(made.tables[0]), compression="snappy"
            ) as writer:
                for batch in chunks(made, TABLE, rows, seed=seed, size=ROW_GROUP_ROWS):
                    writer.write_batch(batch)
                    done += batch.num_rows
                    tell(done / rows, f"{done:,} of {rows:,} events")
        except OSError as error:
            raise PlaceError(
                f"the events cannot be written: {error.strerror or error}",
                hint=f"scale {scale:g} needs about {scale * 0.4:.2g} GB of disk",
            ) from error
        return tables


def dataset() -> Generated:
    """The generator of the rows."""
    from workloads.datasets.recipes.generated import Generated, TableRecipe
    from workloads.datasets.seam import Roles

    return Generated(
        name=TABLE,
        description="a wide table of visits to a web shop",
        parts=(TableRecipe(name=TABLE, columns=columns()),),
        roles=Roles(
            update_column="items",
            update_columns=("items",),
            filter_column="kind",
            filter_values=("view", "order"),
            group_column="source",
            measure="items",
            time_column="happened_at",
        ),
    )


SET = Events()
