"""The store: DynamoDB's requests, carried out in one LMDB environment.

Every request is one LMDB transaction. Refused has DynamoDB's error code. The answers have the
consumed capacity as DynamoDB counts it, by table and index.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import lmdb

from bench.engines.lmdb import capacity
from bench.engines.lmdb.api import changes, definitions, pages, reading, writing
from bench.engines.lmdb.api.answers import Consumed, Got, Page, Several, Written
from bench.engines.lmdb.api.errors import IN_USE, NO_TABLE, TOKEN, Reason, Refused, invalid
from bench.engines.lmdb.api.placement import Hashed
from bench.engines.lmdb.api.rules import SERVICE
from bench.engines.lmdb.api.tables import OpenTable
from bench.engines.lmdb.codec import stored_size
from bench.engines.lmdb.environment import failed

if TYPE_CHECKING:
    from bench.engines.lmdb.api.definitions import TableDefinition
    from bench.engines.lmdb.api.placement import Placement
    from bench.engines.lmdb.api.requests import Delete, Get, Put, Query, Scan, Update, Write
    from bench.engines.lmdb.api.rules import Rules

_T = TypeVar("_T")

TOKEN_S = 600  # a client request token is good for ten minutes
EXPIRED_AT_MOST_S = 5 * 365 * 86_400  # older times to live are taken for mistakes, and ignored


@dataclass(frozen=True, slots=True)
class _Sent:
    """A transaction that was sent with a token."""

    fingerprint: bytes
    until_s: float
    again: Several


class Store:
    """Tables in one environment, which the caller opens and closes.

    `now_s` gives the seconds since 1970. `rules` and `placement` as in their modules. One process
    has one Store of an environment: definitions of tables are kept in the process.
    """

    def __init__(
        self,
        environment: lmdb.Environment,
        *,
        rules: Rules = SERVICE,
        placement: Placement | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._environment = environment
        self._begin = environment.begin
        self._rules = rules
        self._placement: Placement = placement or Hashed()
        self._now_s = now_s
        self._tables = _Tables()
        self._sent: dict[str, _Sent] = {}

    def create_table(self, definition: TableDefinition) -> None:
        """CreateTable; the table is there at once."""
        definitions.check(definition)
        if definition.name in self._tables:
            raise Refused(IN_USE, f"Table already exists: {definition.name}")
        self._tables[definition.name] = OpenTable(self._environment, definition, self._placement)

    def delete_table(self, name: str) -> None:
        """DeleteTable, with all items."""
        table = self._tables[name]
        spaces = [table.space, *(index.space for index in table.indexes.values())]
        with self._begin(write=True) as txn:
            for space in spaces:
                txn.drop(space.database, delete=False)
        del self._tables[name]

    def table(self, name: str) -> TableDefinition:
        """DescribeTable."""
        return self._tables[name].definition

    def item_count(self, name: str) -> int:
        """Items in a table."""
        with self._begin() as txn:
            return self._tables[name].space.count(txn)

    def get_item(self, request: Get) -> Got:
        """GetItem."""
        # The transaction ends with its last reference, which spares a call to `abort`.
        try:
            return reading.get(self._begin(), self._tables[request.table], request)
        except lmdb.Error as error:
            raise failed(error) from error

    def put_item(self, request: Put) -> Written:
        """PutItem."""
        return self._write(request)

    def delete_item(self, request: Delete) -> Written:
        """DeleteItem."""
        return self._write(request)

    def update_item(self, request: Update) -> Written:
        """UpdateItem."""
        return self._write(request)

    def query(self, request: Query) -> Page:
        """Query: one page."""
        return self._read(
            lambda txn: pages.query(txn, self._tables[request.table], request, self._rules)
        )

    def scan(self, request: Scan) -> Page:
        """Scan: one page."""
        return self._read(
            lambda txn: pages.scan(txn, self._tables[request.table], request, self._rules)
        )

    def batch_get_item(self, requests: Sequence[Get]) -> Several:
        """BatchGetItem."""
        missing = self._rules.missing_batch_blocks
        return self._read(lambda txn: reading.batch(txn, self._tables, requests, missing))

    def batch_write_item(self, requests: Sequence[Put | Delete]) -> Several:
        """BatchWriteItem."""
        plans = writing.batch_plans(self._tables, requests)
        return self._written(lambda txn: writing.batch(txn, plans, self._rules))

    def transact_get_items(self, requests: Sequence[Get]) -> Several:
        """TransactGetItems."""
        return self._read(lambda txn: reading.transact(txn, self._tables, requests, self._rules))

    def transact_write_items(
        self, requests: Sequence[Write], *, token: str | None = None
    ) -> Several:
        """TransactWriteItems. Sent again with the same `token` it changes nothing, and consumes
        the reading of its items."""
        parts = writing.transaction_parts(self._tables, requests, self._rules)
        if token is None:
            return self._written(lambda txn: writing.transact(txn, parts, self._rules))
        if not 1 <= len(token) <= 36:
            raise invalid("A client request token has 1 to 36 characters")
        now_s = self._now_s()
        self._sent = {key: sent for key, sent in self._sent.items() if sent.until_s > now_s}
        fingerprint = hashlib.blake2b(repr(list(requests)).encode()).digest()
        before = self._sent.get(token)
        if before is not None:
            if before.fingerprint != fingerprint:
                raise Refused(TOKEN, "The token was used for other requests")
            return before.again
        done = self._written(lambda txn: writing.transact(txn, parts, self._rules))
        again = self._read(lambda txn: _reading_of(txn, parts))
        self._sent[token] = _Sent(fingerprint, now_s + TOKEN_S, again)
        return done

    def expire(self, name: str, *, limit: int = 1000) -> int:
        """Delete items whose time to live has passed, at most `limit`; this consumes nothing."""
        table = self._tables[name]
        attribute = table.definition.time_to_live
        if attribute is None:
            return 0
        now_s = self._now_s()

        def sweep(txn: lmdb.Transaction[bytes]) -> int:
            due = []
            for key, stored in table.space.walk(txn, b"", None):
                item = table.codec.decode(stored)
                at_s = item.get(attribute)
                if type(at_s) is int and now_s - EXPIRED_AT_MOST_S < at_s < now_s:
                    due.append((key, item))
                    if len(due) == limit:
                        break
            for key, item in due:
                changes.replace(txn, table, key, (item, None), Consumed(name), self._rules)
            return len(due)

        return self._written(sweep)

    def _write(self, request: Put | Delete | Update) -> Written:
        planned = changes.plan(request, self._tables[request.table])
        outcome = self._written(lambda txn: changes.carry_out(txn, planned, self._rules))
        return Written(changes.returned(outcome, planned), outcome.consumed)

    def _read(self, work: Callable[[lmdb.Transaction[bytes]], _T]) -> _T:
        try:
            with self._begin() as txn:
                return work(txn)
        except lmdb.Error as error:
            raise failed(error) from error

    def _written(self, work: Callable[[lmdb.Transaction[bytes]], _T]) -> _T:
        """Work in a transaction that is committed, or aborted when it raises."""
        try:
            with self._begin(write=True) as txn:
                return work(txn)
        except lmdb.Error as error:
            raise failed(error) from error


class _Tables(dict[str, OpenTable]):
    """Tables by name; Refused for one that is not there."""

    def __missing__(self, name: str) -> OpenTable:
        raise Refused(NO_TABLE, f"Cannot do operations on a non-existent table: {name}")


def _reading_of(txn: lmdb.Transaction[bytes], parts: Sequence[changes.Plan | Reason]) -> Several:
    """What reading the items of a transaction consumes."""
    consumed: dict[str, Consumed] = {}
    for plan in parts:
        if isinstance(plan, Reason):
            continue
        name = plan.request.table
        stored = plan.table.space.get(txn, plan.key)
        size = 0 if stored is None else stored_size(stored)
        units = capacity.read_units(size, "transactional")
        consumed.setdefault(name, Consumed(name)).table_units += units
    return Several(consumed)
