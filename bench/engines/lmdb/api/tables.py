"""A table of the API, open: its keys as bytes, its stored items, its indexes' entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.lmdb import ordering
from bench.engines.lmdb.api.attributes import check_key
from bench.engines.lmdb.api.definitions import Index, KeyAttribute, TableDefinition, index_keys
from bench.engines.lmdb.api.errors import invalid
from bench.engines.lmdb.api.keyspace import Keyspace
from bench.engines.lmdb.api.placement import PLACE_BYTES
from bench.engines.lmdb.codec import Codec

if TYPE_CHECKING:
    import lmdb

    from bench.engines.lmdb.api.placement import Placement
    from bench.engines.lmdb.itemsize import Attribute, Item


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """One secondary index. `kept` are the names that its entries have; None: all."""

    definition: Index
    space: Keyspace
    codec: Codec
    kept: frozenset[str] | None

    def entry(self, item: Item) -> Item:
        """The part of an item that the index keeps."""
        if self.kept is None:
            return item
        return {name: value for name, value in item.items() if name in self.kept}


class OpenTable:
    """One table. Items are stored with their names: they declare none but the keys."""

    def __init__(
        self, environment: lmdb.Environment, definition: TableDefinition, placement: Placement
    ) -> None:
        self.definition = definition
        self.codec = Codec(())
        self.space = Keyspace(environment.open_db(b"t:" + definition.name.encode()))
        self.indexes = {
            index.name: OpenIndex(
                index,
                Keyspace(environment.open_db(f"i:{definition.name}:{index.name}".encode())),
                self.codec,
                _kept(definition, index),
            )
            for index in definition.indexes
        }
        self._placement = placement
        self._partition = definition.partition.name
        self._sort = None if definition.sort is None else definition.sort.name
        self._text_key = definition.partition.type == "S"

    def primary(self, key: Mapping[str, Attribute]) -> bytes:
        """The bytes of a primary key; Refused unless it is exactly the key's attributes."""
        if len(key) != len(self.definition.keys):
            raise invalid("The number of conditions on the keys is invalid")
        return self.located(key)

    def located(self, item: Mapping[str, Attribute]) -> bytes:
        """The bytes of an item's primary key; Refused when it has none."""
        try:
            partition = item[self._partition]
            sort: Attribute = None if self._sort is None else item[self._sort]
        except KeyError as missing:
            raise invalid(f"One of the required keys was not given a value: {missing}") from None
        if not (self._text_key and type(partition) is str and 0 < len(partition) < 512):
            check_key(partition, self.definition.partition, sort=False)
        form = ordering.partition(partition)
        place = self._placement.place(form)
        if self.definition.sort is None:
            return place + form
        check_key(sort, self.definition.sort, sort=True)
        return place + form + ordering.ordered(sort)

    def located_in(self, index: OpenIndex, item: Item, primary: bytes) -> bytes | None:
        """The bytes of an item's key in an index; None when it has no entry there.

        Refused when an attribute of the index's key has another type, or is too long.
        """
        definition = index.definition
        if definition.partition.name not in item:
            # What is there must fit all the same.
            if definition.sort is not None and definition.sort.name in item:
                check_key(item[definition.sort.name], definition.sort, sort=True)
            return None
        value = item[definition.partition.name]
        form = self.place(definition.partition, value, indexed=not definition.local)
        if definition.sort is not None:
            if definition.sort.name not in item:
                return None
            check_key(item[definition.sort.name], definition.sort, sort=True)
            form += ordering.ordered(item[definition.sort.name])
        return form + self._placement.tie(primary[PLACE_BYTES:], local=definition.local) + primary

    def place(self, key: KeyAttribute, value: Attribute, *, indexed: bool) -> bytes:
        """The beginning of all keys of one partition, of the table or of an index."""
        check_key(value, key, sort=False)
        form = ordering.partition(value)
        return self._placement.place(form, indexed=indexed) + form

    def key_names(self, index: OpenIndex | None) -> tuple[str, ...]:
        """The attributes of a LastEvaluatedKey."""
        keys = [key.name for key in self.definition.keys]
        if index is not None:
            keys += [key.name for key in index_keys(index.definition)]
        return tuple(dict.fromkeys(keys))

    def index(self, name: str) -> OpenIndex:
        """An index by name; Refused when there is none."""
        try:
            return self.indexes[name]
        except KeyError:
            raise invalid(f"The table does not have the specified index: {name}") from None


def _kept(table: TableDefinition, index: Index) -> frozenset[str] | None:
    if index.projection == "ALL":
        return None
    keys = {key.name for key in (*table.keys, *index_keys(index))}
    return frozenset(keys.union(index.include))
