"""Tables as CreateTable declares them: key attributes with types, secondary indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bench.engines.lmdb.api.errors import invalid

KeyType = Literal["S", "N", "B"]
Projection = Literal["KEYS_ONLY", "INCLUDE", "ALL"]

GLOBAL_INDEXES = 20
LOCAL_INDEXES = 5
INCLUDED_ATTRIBUTES = 100  # non-key attributes over all indexes of a table
_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """The name and type of an attribute that is part of a key."""

    name: str
    type: KeyType = "S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A secondary index. A local one has the table's partition key and its own sort key.

    `include` are the names beside the keys that an index with projection INCLUDE keeps.
    """

    name: str
    partition: KeyAttribute
    sort: KeyAttribute | None = None
    projection: Projection = "ALL"
    include: tuple[str, ...] = ()
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDefinition:
    """A table. `time_to_live` names the attribute with the second (since 1970) of expiry."""

    name: str
    partition: KeyAttribute
    sort: KeyAttribute | None = None
    indexes: tuple[Index, ...] = ()
    time_to_live: str | None = None

    @property
    def keys(self) -> tuple[KeyAttribute, ...]:
        """The primary key's attributes."""
        return (self.partition,) if self.sort is None else (self.partition, self.sort)


def index_keys(index: Index) -> tuple[KeyAttribute, ...]:
    """The attributes that an item needs to have an entry in the index."""
    return (index.partition,) if index.sort is None else (index.partition, index.sort)


def check(table: TableDefinition) -> None:
    """Raise Refused where CreateTable would."""
    for problem in _problems(table):
        raise invalid(problem)


def _problems(table: TableDefinition) -> Iterator[str]:
    names = [index.name for index in table.indexes]
    for name in (table.name, *names):
        if not _NAME.fullmatch(name):
            yield f"'{name}' is no name: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'"
    if len(set(names)) < len(names):
        yield "two indexes have the same name"
    if table.sort is not None and table.sort.name == table.partition.name:
        yield "partition key and sort key are the same attribute"
    local = [index for index in table.indexes if index.local]
    if len(local) > LOCAL_INDEXES or len(names) - len(local) > GLOBAL_INDEXES:
        yield f"at most {GLOBAL_INDEXES} global and {LOCAL_INDEXES} local indexes"
    if sum(len(index.include) for index in table.indexes) > INCLUDED_ATTRIBUTES:
        yield f"at most {INCLUDED_ATTRIBUTES} projected attributes in all indexes"
    types: dict[str, str] = {}
    for key in (*table.keys, *(key for index in table.indexes for key in index_keys(index))):
        if types.setdefault(key.name, key.type) != key.type:
            yield f"attribute '{key.name}' has two types"
    for index in table.indexes:
        yield from _index_problems(table, index)


def _index_problems(table: TableDefinition, index: Index) -> Iterator[str]:
    if bool(index.include) != (index.projection == "INCLUDE"):
        yield f"index '{index.name}': attributes are named with projection INCLUDE, and only then"
    if not index.local:
        return
    if table.sort is None or index.sort is None:
        yield f"index '{index.name}': a local index needs a sort key, and so does its table"
    if index.partition != table.partition:
        yield f"index '{index.name}': a local index has the table's partition key"
