"""Items some of whose declared attributes are values in maps: `details.publisher.name`.

To those who use the codec such an item is the list of its values, as any other is; stored it is
attributes of which some are maps, and its size is that of the maps. A map stays where nothing is in
it any more, so that a field can be set in it later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.engines.lmdb.codec import Codec
from bench.engines.lmdb.itemsize import Attribute, Item, item_size
from workloads.nesting import Path, branch, folded, found


class NestedCodec(Codec):
    """The stored form of items by the paths of their values; `names` are these with dots."""

    def __init__(self, names: Sequence[str], paths: Sequence[Path]) -> None:
        self._fields = branch(paths)
        self._paths = tuple(paths)
        super().__init__([name for name, _ in self._fields])
        self.tops, self.names = self.names, tuple(names)

    def encode(self, item: Mapping[str, Attribute]) -> bytes:
        if not item.keys() <= set(self.tops):
            return super().encode(item)
        return self._stored(item)

    def decode(self, stored: bytes) -> Item:
        if not stored[5]:
            return super().decode(stored)
        tops = super().values(stored)
        return {n: v for n, v in zip(self.tops, tops, strict=True) if v is not None}

    def values(self, stored: bytes) -> list[Any]:
        item = self.decode(stored)
        return [found(item, path) for path in self._paths]

    def pack(self, values: Sequence[Any]) -> bytes:
        return self._stored(folded(self._fields, values, absent=True))

    def edit(self, stored: bytes, changes: Sequence[tuple[int, Any]]) -> bytes:
        """UpdateItem with a path: what is not named stays as it is."""
        values = self.values(stored)
        for position, value in changes:
            values[position] = value
        return self.pack(values)

    def pack_plain(self, rows: Sequence[Sequence[Any]], sizes: Sequence[int]) -> list[bytes]:
        items = (folded(self._fields, row, absent=True) for row in rows)
        made = [[item.get(name) for name in self.tops] for item in items]
        return super().pack_plain(made, sizes)

    def _stored(self, item: Mapping[str, Attribute]) -> bytes:
        return self._packed(item_size(item), [item.get(name) for name in self.tops])
