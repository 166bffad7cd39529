"""Items as bytes: a header with the item's DynamoDB size, then its values in MessagePack.

    byte 0      blocks of 4 KiB to read it (what a GetItem pays), 1..100
    bytes 1..4  size in bytes by DynamoDB's rules, little-endian
    byte 5      form: 0 a map of names and values; 1 the values of the declared attributes, in
                their order (nil: the item does not have it)

Names that a table declares are stored once, with the table. MessagePack's own types carry
DynamoDB's; null at the top of form 1, decimals and sets are extensions.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec

from bench.engines.lmdb.capacity import READ_BLOCK_BYTES
from bench.engines.lmdb.itemsize import (
    ITEM_LIMIT_BYTES,
    Attribute,
    Item,
    item_size,
    text_size,
    value_size,
)
from bench.engines.seam import OperationFailed

_HEADER = struct.Struct("<BIB")
HEADER_BYTES = _HEADER.size
_SIZE = struct.Struct("<xI")
_NULL, _DECIMAL, _STRING_SET, _NUMBER_SET, _BINARY_SET = range(1, 6)
_PLAIN = frozenset({str, int, bool, float, bytes})
_PLAIN_OR_ABSENT = _PLAIN | {type(None)}


# The kind of failure of an item that is larger.
TOO_LARGE = "item-too-large"


class Null:
    """DynamoDB's null where None already means that the item lacks the attribute."""

    def __repr__(self) -> str:
        return "NULL"


NULL = Null()


def stored_size(stored: bytes) -> int:
    """DynamoDB size of a stored item, bytes."""
    size: int = _SIZE.unpack_from(stored)[0]
    return size


def check_size(size_bytes: int) -> int:
    """The size, when DynamoDB would take an item so large."""
    if size_bytes > ITEM_LIMIT_BYTES:
        raise OperationFailed(
            TOO_LARGE, f"an item of {size_bytes} bytes; at most {ITEM_LIMIT_BYTES} are taken"
        )
    return size_bytes


class Codec:
    """The stored form of one table's items; `names` are the declared attributes."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.name_sizes = tuple(map(text_size, names))
        self._position = {name: position for position, name in enumerate(names)}
        self._encode = msgspec.msgpack.Encoder().encode
        self._values = msgspec.msgpack.Decoder(list, ext_hook=_raise_extension).decode
        self._map = msgspec.msgpack.Decoder(dict[str, Any], ext_hook=_raise_extension).decode

    def encode(self, item: Mapping[str, Attribute]) -> bytes:
        """Any item."""
        if item.keys() <= self._position.keys():
            values: list[Any] = [None] * len(self.names)
            for name, value in item.items():
                values[self._position[name]] = NULL if value is None else value
            return self.pack(values)
        header = _header(item_size(item), 0)
        return header + self._encode({name: _lower(value) for name, value in item.items()})

    def decode(self, stored: bytes) -> Item:
        """The item as names and values."""
        if not stored[5]:
            return self._map(memoryview(stored)[HEADER_BYTES:])
        pairs = zip(self.names, self.values(stored), strict=True)
        return {n: None if v is NULL else v for n, v in pairs if v is not None}

    def values(self, stored: bytes) -> list[Any]:
        """The declared attributes' values in their order; None where the item has none."""
        if stored[5]:
            values: list[Any] = self._values(memoryview(stored)[HEADER_BYTES:])
            return values
        item = self._map(memoryview(stored)[HEADER_BYTES:])
        return [item.get(name) for name in self.names]

    def pack(self, values: Sequence[Any]) -> bytes:
        """An item of declared attributes only, from their values in order."""
        size = sum(self._attribute(position, value) for position, value in enumerate(values))
        return self._packed(size, values)

    def _packed(self, size: int, values: Sequence[Any]) -> bytes:
        header = _header(size, 1)
        if _PLAIN_OR_ABSENT.issuperset(map(type, values)):
            with suppress(OverflowError):  # a whole number beyond 64 bits is an extension
                return header + self._encode(values)
        lowered = [None if value is None else _lower_top(value) for value in values]
        return header + self._encode(lowered)

    def _attribute(self, position: int, value: Any) -> int:
        """Size of a declared attribute with this value, name included; 0 when it is absent."""
        if value is None:
            return 0
        return self.name_sizes[position] + value_size(None if value is NULL else value)

    def edit(self, stored: bytes, changes: Sequence[tuple[int, Any]]) -> bytes:
        """The stored item with other values at some of the declared positions."""
        if stored[5]:
            values = self.values(stored)
            size = stored_size(stored)
            for position, value in changes:
                size += self._attribute(position, value) - self._attribute(
                    position, values[position]
                )
                values[position] = value
            return self._packed(size, values)
        item = self.decode(stored)
        item.update({self.names[position]: value for position, value in changes})
        return self.encode(item)

    def pack_plain(self, rows: Sequence[Sequence[Any]], sizes: Sequence[int]) -> list[bytes]:
        """Many items whose values are plain (no nested null, decimal or set), sizes known."""
        encode, header, block = self._encode, _HEADER.pack, READ_BLOCK_BYTES
        if max(sizes, default=0) > ITEM_LIMIT_BYTES:
            check_size(max(sizes))
        return [
            header(-(-size // block), size, 1) + encode(row)
            for row, size in zip(rows, sizes, strict=True)
        ]


def _header(size: int, form: int) -> bytes:
    check_size(size)
    return _HEADER.pack(max(1, -(-size // READ_BLOCK_BYTES)), size, form)


def _lower_top(value: Attribute) -> Any:
    return msgspec.msgpack.Ext(_NULL, b"") if value is NULL else _lower(value)


def _lower(value: Attribute) -> Any:
    """The value in types that MessagePack has."""
    kind = type(value)
    if kind in _PLAIN:
        if kind is int and not -(2**63) <= value < 2**64:
            return msgspec.msgpack.Ext(_DECIMAL, str(value).encode())
        return value
    if value is None:
        return None
    if isinstance(value, Decimal):
        return msgspec.msgpack.Ext(_DECIMAL, str(value).encode())
    if isinstance(value, dict):
        return {name: _lower(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_lower(part) for part in value]
    if isinstance(value, set | frozenset) and value:
        return msgspec.msgpack.Ext(*_lower_set(value))
    raise TypeError(f"DynamoDB has no type for {value!r}")


def _lower_set(values: set[Attribute] | frozenset[Attribute]) -> tuple[int, bytes]:
    if all(isinstance(value, str) for value in values):
        return _STRING_SET, msgspec.msgpack.encode(sorted(values))
    if all(isinstance(value, bytes) for value in values):
        return _BINARY_SET, msgspec.msgpack.encode(sorted(values))
    return _NUMBER_SET, msgspec.msgpack.encode([_lower(value) for value in sorted(values)])


def _raise_extension(code: int, data: memoryview) -> Attribute:
    """The value of an extension, on the way out."""
    if code == _NULL:
        return NULL
    if code == _DECIMAL:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else Decimal(text)
    return frozenset(msgspec.msgpack.decode(data, ext_hook=_raise_extension))
