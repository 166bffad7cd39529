"""Tables as DynamoDB declares them, and the design that a dataset gets.

The design of the main table, fixed for every workload: partition key `bucket` = key // 1,024,
sort key = the dataset's key. An application computes the bucket from the key, so a read is one
GetItem and a range is a Query in one item collection, going on to the next bucket when one ends;
no collection grows without bound and no partition takes all writes. Other tables have their key
as partition key. The child table has a global index on its reference, sorted by its key, with
all attributes projected, so that the children of a key are one Query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.lmdb import ordering
from bench.engines.lmdb.itemsize import Attribute

if TYPE_CHECKING:
    from workloads.datasets.seam import Dataset, Table

BUCKET_ROWS = 1024
BUCKET = "bucket"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSchema:
    """A global secondary index; `projection` None is ALL, else names beside the keys."""

    name: str
    partition: str
    sort: str | None = None
    projection: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """One table. `attributes` are the names most items have, in order: they are stored once.

    `paths`: of each attribute where some are values in maps (`details.publisher.name`), else empty.
    `time_to_live` names the attribute that holds the second (since 1970) when an item expires.
    """

    name: str
    partition: str
    sort: str | None = None
    attributes: tuple[str, ...] = ()
    indexes: tuple[IndexSchema, ...] = ()
    time_to_live: str | None = None
    bucketed: bool = False
    paths: tuple[tuple[str, ...], ...] = ()

    def key(self, item: Mapping[str, Attribute]) -> bytes:
        """The primary key of an item (or of a mapping that has the key attributes)."""
        forms = [ordering.partition(item[self.partition])]
        if self.sort is not None:
            forms.append(ordering.ordered(item[self.sort]))
        return ordering.key(*forms)

    def index_key(self, index: IndexSchema, item: Mapping[str, Attribute]) -> bytes | None:
        """The key of an item's entry in an index; None when it lacks an indexed attribute."""
        named = [index.partition] if index.sort is None else [index.partition, index.sort]
        if any(item.get(name) is None for name in named):
            return None
        forms = [ordering.partition(item[index.partition])]
        if index.sort is not None:
            forms.append(ordering.ordered(item[index.sort]))
        return ordering.key(*forms, self.key(item))

    def projected(self, index: IndexSchema, item: Mapping[str, Attribute]) -> dict[str, Attribute]:
        """The part of an item that an index keeps."""
        if index.projection is None:
            return dict(item)
        kept = {self.partition, self.sort, index.partition, index.sort, *index.projection}
        return {name: value for name, value in item.items() if name in kept}


def design(dataset: Dataset) -> dict[str, TableSchema]:
    """The tables of a dataset, by the dataset's names, the main table first."""
    main, *others = dataset.tables
    schemas = {main.name: _main(main)}
    for table in others:
        indexes: tuple[IndexSchema, ...] = ()
        reference = dataset.roles.child_reference
        if table.name == dataset.roles.child_table and reference is not None:
            indexes = (IndexSchema(name=f"by_{reference}", partition=reference, sort=table.key),)
        schemas[table.name] = TableSchema(
            name=table.name,
            partition=table.key,
            attributes=tuple(column.name for column in table.columns),
            indexes=indexes,
            paths=_paths(table),
        )
    return schemas


def _main(table: Table) -> TableSchema:
    names = tuple(column.name for column in table.columns)
    bucket = BUCKET
    while bucket in names:  # a dataset may have a column of that name
        bucket += "_"
    return TableSchema(
        name=table.name,
        partition=bucket,
        sort=table.key,
        attributes=(bucket, *names),
        bucketed=True,
        paths=_paths(table, (bucket,)),
    )


def _paths(table: Table, *before: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The path of each attribute, behind those of others; none where nothing is nested."""
    return (*before, *(column.path for column in table.columns)) if table.nested else ()
