"""Transactions of several requests: first what is read, then everything that is written.

What is read by key is one TransactGetItems; a range is a strongly consistent Query of each bucket
it touches, and of another table than the main one, whose partitions have no order, a strongly
consistent read of each of its keys. All writes are one TransactWriteItems, which takes an item
once: requests for the same item become one. What a request would have seen of those before it is
put together by the client, as an application would.

An update or a delete asks that its item exists, an insert that it does not. Where an item is
missing the transaction is cancelled, and sent again without what was about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.engines.dynamodb.link import CHECK_FAILED, Cancelled
from bench.engines.dynamodb.reads import TOTAL, between, pages, query_of
from bench.engines.dynamodb.session import Handle
from bench.engines.lmdb import capacity
from bench.engines.lmdb.schema import BUCKET_ROWS
from bench.engines.requests import Request, formed, requests
from bench.engines.seam import OperationFailed, Row
from workloads.transactions import Transactions

if TYPE_CHECKING:
    from bench.engines.dynamodb.items import Form
    from workloads.spec.model import Operation
    from workloads.stream import Batch

    Arguments = dict[str, Any]
    Place = tuple[str, int]  # a table of the dataset and a key

_WRITES = frozenset({"update", "insert", "delete"})
_BATCH_KEYS = 100


@dataclass(slots=True)
class Seen:
    """What a transaction has found.

    rows      what was read before anything was written, None where there is none
    absent    items that a write missed
    """

    rows: dict[Place, Row | None] = field(default_factory=dict)
    absent: set[Place] = field(default_factory=set)


class Transaction:
    """Several requests, all or nothing. The raw answer is the requests and what was found."""

    def __init__(self, handle: Handle, operation: Operation) -> None:
        if operation.records_written > capacity.TRANSACTION_ITEMS:
            raise OperationFailed(
                "transaction-too-large",
                f"{operation.records_written} items; at most {capacity.TRANSACTION_ITEMS}"
                " in a transaction",
            )
        plan = handle.plan
        self._handle = handle
        self._query = query_of(handle.main, strong=True, upper=True)
        self._meant = Transactions(
            operation=operation,
            dataset=plan.dataset,
            records=plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
        )

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[Request, ...]]:
        return requests(self._meant, batch, rows)

    def call(self, asked: tuple[Request, ...]) -> tuple[tuple[Request, ...], Seen]:
        seen = Seen()
        self._get([(r.table, r.key) for r in asked if r.part.step.kind == "read"], seen)
        for request in asked:
            if request.part.step.kind == "range":
                self._range(request, seen)
        self._write(asked, seen)
        return asked, seen

    def answer(self, raw: tuple[tuple[Request, ...], Seen]) -> list[Row]:
        asked, seen = raw
        return [row for place in range(len(asked)) for row in _answer(asked, place, seen)]

    def _get(self, places: Iterable[Place], seen: Seen) -> None:
        """TransactGetItems, which takes an item once."""
        wanted = list(dict.fromkeys(places))
        if not wanted:
            return
        forms = self._handle.forms
        gets = [{"TableName": forms[t].name, "Key": forms[t].key(key)} for t, key in wanted]
        answer = self._handle.transact_get(
            {"TransactItems": [{"Get": get} for get in gets], **TOTAL}
        )
        self._handle.meter.read(answer)
        for (table, key), found in zip(wanted, answer["Responses"], strict=True):
            item = found.get("Item")
            seen.rows[table, key] = None if item is None else forms[table].row(item)

    def _range(self, request: Request, seen: Seen) -> None:
        form = self._handle.forms[request.table]
        last = request.key + request.part.limit - 1
        if form.schema.bucketed:
            items = [
                item
                for bucket in range(request.key // BUCKET_ROWS, last // BUCKET_ROWS + 1)
                for item in pages(
                    self._handle.query,
                    self._handle,
                    self._query | between(bucket, request.key, last),
                )
            ]
        else:
            items = self._each(form, range(request.key, last + 1))
        for key in range(request.key, last + 1):
            seen.rows.setdefault((request.table, key), None)
        for item in items:
            row = form.row(item)
            seen.rows[request.table, int(str(row[form.key_place]))] = row

    def _each(self, form: Form, keys: range) -> list[Any]:
        """BatchGetItem of many keys, what was left undone again."""
        found: list[Any] = []
        for start in range(0, len(keys), _BATCH_KEYS):
            left: Any = {
                form.name: {
                    "Keys": [form.key(key) for key in keys[start : start + _BATCH_KEYS]],
                    "ConsistentRead": True,
                }
            }
            while left:
                answer = self._handle.batch_get({"RequestItems": left, **TOTAL})
                self._handle.meter.read(answer)
                found += answer["Responses"].get(form.name, ())
                left = answer.get("UnprocessedKeys")
        return found

    def _write(self, asked: tuple[Request, ...], seen: Seen) -> None:
        """TransactWriteItems, again without what is missing; both attempts are paid for."""
        groups: dict[Place, _Writes] = {}
        for request in asked:
            if request.part.step.kind in _WRITES:
                place = (request.table, request.key)
                form = self._handle.forms[request.table]
                groups.setdefault(place, _Writes(form, request.key)).requests.append(request)
        meter, missing_units, cancelled = self._handle.meter, 0, 0
        while True:
            actions = [(place, made) for place, g in groups.items() if (made := g.action())]
            if not actions:
                break
            try:
                answer = self._handle.transact_write(
                    {"TransactItems": [action for _, action in actions], **TOTAL}
                )
            except Cancelled as failure:
                if failure.kind != "transaction-cancelled":
                    raise
                cancelled += 1
                missing_units += _learn(failure, [groups[place] for place, _ in actions])
                continue
            units = meter.write(answer)
            meter.write_units += cancelled * units
            break
        meter.write_units += missing_units
        seen.absent = {place for place, group in groups.items() if not group.exists}


@dataclass(slots=True)
class _Writes:
    """All writes of one transaction to one item, as one.

    exists  whether the item is (taken to be) there before; an insert alone takes it not to be
    nulls   columns found without a value, to which nothing is added
    """

    form: Form
    key: int
    requests: list[Request] = field(default_factory=list)
    exists: bool = True
    nulls: set[int] = field(default_factory=set)

    def action(self) -> Arguments | None:
        """One of the requests of TransactWriteItems; None when nothing is to be written."""
        if self.requests[0].part.step.kind == "insert":
            self.exists = False
        there, row = self.exists, None  # row: known as a whole once it was inserted
        sets: dict[int, Any] = {}
        adds: dict[int, int] = {}
        for request in self.requests:
            kind = request.part.step.kind
            if kind == "insert":
                there, row = True, list(request.row)
            elif not there:
                continue
            elif kind == "delete":
                there, row = False, None
                sets, adds = {}, {}
            else:
                _change(request, row, sets, adds)
        if row is not None:
            return {"Put": {**self._condition(), "Item": self.form.item(row)}}
        if not there:
            gone = {**self._condition(), "Key": self.form.key(self.key)}
            return {"Delete": gone} if self.exists else None
        return {"Update": self._update(sets, adds)}

    def added(self) -> set[int]:
        """Columns that something is added to."""
        return {r.column for r in self.requests if r.part.step.add and r.column is not None}

    def _condition(self) -> Arguments:
        """What is asked of the item before."""
        word = "attribute_exists" if self.exists else "attribute_not_exists"
        return {
            "TableName": self.form.name,
            "ConditionExpression": f"{word}(#k)",
            "ExpressionAttributeNames": {"#k": self.form.schema.partition},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _update(self, sets: dict[int, Any], adds: dict[int, int]) -> Arguments:
        made = self._condition()
        names = made["ExpressionAttributeNames"]
        values: dict[str, Any] = {}
        parts = []
        for place, value in sets.items():
            name, used = self.form.named(place, f"#{place}")
            names |= used
            values[f":{place}"] = self.form.value(place, value)
            parts.append(f"{name} = :{place}")
        for place, amount in adds.items():
            if place in self.nulls:
                continue
            name, used = self.form.named(place, f"#{place}")
            names |= used
            values[f":{place}"] = self.form.value(place, amount)
            parts.append(f"{name} = {name} + :{place}")
            made["ConditionExpression"] += f" AND attribute_exists({name})"
        expression = f"SET {', '.join(parts)}"
        if not parts:  # only nulls are added to: a write that changes nothing
            place = min(self.nulls)
            name, used = self.form.named(place, f"#{place}")
            names |= used
            expression = f"REMOVE {name}"
        return made | {
            "Key": self.form.key(self.key),
            "UpdateExpression": expression,
            **({"ExpressionAttributeValues": values} if values else {}),
        }


def _change(
    request: Request, row: list[Any] | None, sets: dict[int, Any], adds: dict[int, int]
) -> None:
    """Note an update of one column, in the row when it is known as a whole."""
    place, value = request.column, request.value
    assert place is not None  # an update has one
    if row is not None:
        row[place] = _new(row[place], request)
    elif not request.part.step.add:
        sets[place] = value
        adds.pop(place, None)
    elif place in sets:
        sets[place] += value
    else:
        adds[place] = adds.get(place, 0) + int(str(value))


def _new(before: Any, request: Request) -> Any:
    """The column after an update."""
    if not request.part.step.add:
        return request.value
    return None if before is None else before + request.value


def _learn(failure: Cancelled, groups: list[_Writes]) -> int:
    """Note what a cancellation tells; the least units of what is missing.

    Raises OperationFailed when an item is there that is to be new.
    """
    units, learnt = 0, False
    for group, reason in zip(groups, failure.reasons, strict=True):
        if reason.get("Code") != "ConditionalCheckFailed":
            continue
        if not group.exists:
            raise OperationFailed(CHECK_FAILED, "the key exists") from failure
        item = reason.get("Item")
        nulls = group.added() - group.nulls
        if item:
            nulls = {place for place in nulls if group.form.attribute(item, place) is None}
            group.nulls |= nulls
            learnt = learnt or bool(nulls)
        else:
            group.exists, learnt = False, True
            units += capacity.write_units(None, None, transactional=True)
    if not learnt:
        raise failure
    return units


def _answer(asked: tuple[Request, ...], place: int, seen: Seen) -> list[Row]:
    """The rows of one request, after those before it."""
    request = asked[place]
    kind = request.part.step.kind
    before = asked[:place]
    if kind == "insert":
        return [(1,)]
    if kind in _WRITES:
        return [(int(_is_there(before, (request.table, request.key), seen)),)]
    last = request.key + (request.part.limit if kind == "range" else 1)
    rows = [_row(before, (request.table, key), seen) for key in range(request.key, last)]
    column = request.column
    found = [row if column is None else (row[column],) for row in rows if row is not None]
    return formed(found, request.part.form) if kind == "range" else found


def _about(before: tuple[Request, ...], place: Place) -> Iterable[Request]:
    return (r for r in before if (r.table, r.key) == place and r.part.step.kind in _WRITES)


def _is_there(before: tuple[Request, ...], place: Place, seen: Seen) -> bool:
    """Whether an item is there after some writes."""
    there = place not in seen.absent
    for request in _about(before, place):
        if request.part.step.kind != "update":
            there = request.part.step.kind == "insert"
    return there


def _row(before: tuple[Request, ...], place: Place, seen: Seen) -> Row | None:
    """A row after some writes."""
    row = seen.rows.get(place)
    for request in _about(before, place):
        kind = request.part.step.kind
        if kind == "insert":
            row = request.row
        elif kind == "delete":
            row = None
        elif row is not None and request.column is not None:
            column = request.column
            row = (*row[:column], _new(row[column], request), *row[column + 1 :])
    return row
