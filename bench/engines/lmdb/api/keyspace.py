"""One ordered map in LMDB whose keys may be longer than LMDB's 511 bytes.

A longer key is cut: what begins with the same 511 bytes lies in one slot, a MessagePack list of
(rest, value), sorted. No key may be the beginning of another one, which the forms of
`bench.engines.lmdb.ordering` guarantee; so no whole key equals the beginning of a cut one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from bench.engines.lmdb.ordering import KEY_LIMIT_BYTES

if TYPE_CHECKING:
    import lmdb

    Transaction = lmdb.Transaction[bytes]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[bytes, bytes]]).decode
Slot = list[tuple[bytes, bytes]]


class Keyspace:
    """Get, put, delete and walk in one LMDB database; the transaction is the caller's."""

    __slots__ = ("database",)

    def __init__(self, database: lmdb._Database) -> None:
        self.database = database

    def get(self, txn: Transaction, key: bytes) -> bytes | None:
        """The value of a key."""
        if len(key) < KEY_LIMIT_BYTES:
            return txn.get(key, None, self.database)
        slot, rest = self._slot(txn, key), key[KEY_LIMIT_BYTES:]
        return next((value for found, value in slot if found == rest), None)

    def put(self, txn: Transaction, key: bytes, value: bytes) -> None:
        """Set the value of a key."""
        if len(key) < KEY_LIMIT_BYTES:
            txn.put(key, value, db=self.database)
            return
        slot, rest = self._slot(txn, key), key[KEY_LIMIT_BYTES:]
        place = bisect_left(slot, rest, key=_rest)
        taken = place < len(slot) and slot[place][0] == rest
        slot[place : place + taken] = [(rest, value)]
        txn.put(key[:KEY_LIMIT_BYTES], _encode(slot), db=self.database)

    def delete(self, txn: Transaction, key: bytes) -> None:
        """Remove a key, if it is there."""
        if len(key) < KEY_LIMIT_BYTES:
            txn.delete(key, db=self.database)
            return
        begin, rest = key[:KEY_LIMIT_BYTES], key[KEY_LIMIT_BYTES:]
        left = [entry for entry in self._slot(txn, key) if entry[0] != rest]
        if left:
            txn.put(begin, _encode(left), db=self.database)
        else:
            txn.delete(begin, db=self.database)

    def walk(
        self, txn: Transaction, start: bytes, stop: bytes | None, *, forward: bool = True
    ) -> Iterator[tuple[bytes, bytes]]:
        """Keys from `start` on and below `stop` (None: no end), with values, in key order or back.

        What the caller changes while walking need not show.
        """
        cursor = txn.cursor(self.database)
        # A cut key is found by the slot it is in, which may begin before `start`.
        if forward:
            at = start[:KEY_LIMIT_BYTES]
            there = cursor.set_range(at) if at else cursor.first()
        elif stop is None:
            there = cursor.last()
        else:
            at = stop[:KEY_LIMIT_BYTES]
            there = cursor.set_range(at) or cursor.last()
        if not there:
            return
        pairs = cursor.iternext(True, True) if forward else cursor.iterprev(True, True)
        for begin, stored in pairs:
            for key, value in self._entries(begin, stored, forward=forward):
                if key < start:
                    if not forward:
                        return
                elif stop is not None and key >= stop:
                    if forward:
                        return
                else:
                    yield key, value

    def count(self, txn: Transaction) -> int:
        """Slots that are taken: keys, with those that begin alike counted once when cut."""
        return int(txn.stat(self.database)["entries"])

    def _slot(self, txn: Transaction, key: bytes) -> Slot:
        stored = txn.get(key[:KEY_LIMIT_BYTES], None, self.database)
        return [] if stored is None else _decode(stored)

    def _entries(
        self, begin: bytes, stored: bytes, *, forward: bool
    ) -> Iterator[tuple[bytes, bytes]]:
        if len(begin) < KEY_LIMIT_BYTES:
            yield begin, stored
            return
        slot = _decode(stored)
        for rest, value in slot if forward else reversed(slot):
            yield begin + rest, value


def _rest(entry: tuple[bytes, bytes]) -> bytes:
    return entry[0]
