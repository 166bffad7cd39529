"""The requests that read.

    read   GetItem
    range  Query from a sort key on, bucket after bucket
    scan   Scan of the whole table with a filter, page after page; the client counts and sums
    join   Query of the child's index, then GetItem of the main item

Arguments are made before the timed path; a raw answer is what the endpoint said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.engines.dynamodb.session import Handle
from bench.engines.dynamodb.tables import index_name
from bench.engines.lmdb.schema import BUCKET_ROWS
from bench.engines.seam import OperationFailed, Row
from bench.engines.selection import index

if TYPE_CHECKING:
    from bench.engines.dynamodb.items import Form, Item
    from bench.engines.dynamodb.link import Call
    from workloads.stream import Batch

    Arguments = dict[str, Any]

TOTAL = {"ReturnConsumedCapacity": "TOTAL"}


class Read:
    """GetItem."""

    def __init__(self, handle: Handle) -> None:
        self._main, self._get, self._meter = handle.main, handle.get, handle.meter
        self._fixed = fixed_get(handle, strong=handle.is_strong)

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Arguments]:
        key, fixed = self._main.key, self._fixed
        return [fixed | {"Key": key(number)} for number in batch.key[index(rows)].tolist()]

    def call(self, arguments: Arguments) -> Arguments:
        answer = self._get(arguments)
        self._meter.read(answer)
        return answer

    def answer(self, raw: Arguments) -> list[Row]:
        item = raw.get("Item")
        return [] if item is None else [self._main.row(item)]


def fixed_get(handle: Handle, *, strong: bool) -> Arguments:
    """Arguments of GetItem that no key changes."""
    return {"TableName": handle.main.name, "ConsistentRead": strong, **TOTAL}


def pages(
    call: Call, handle: Handle, arguments: Arguments, *, limit: int | None = None
) -> list[Item]:
    """The items of a Query or Scan, at most `limit`, asking for page after page."""
    found: list[Item] = []
    asked = dict(arguments)
    while True:
        if limit is not None:
            asked["Limit"] = limit - len(found)
        answer = call(asked)
        handle.meter.read(answer)
        found += answer["Items"]
        last = answer.get("LastEvaluatedKey")
        if not last or (limit is not None and len(found) >= limit):
            return found
        asked["ExclusiveStartKey"] = last


class Range:
    """Query from a sort key on, with a limit, going on in the next bucket.

    The application knows how far keys went when it last looked (the records loaded, and what this
    session inserted). Behind that it asks one bucket more, and goes on while there is something:
    others insert too.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._fixed = query_of(handle.main, strong=handle.is_strong)

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[int, int]]:
        which = index(rows)
        return list(zip(batch.key[which].tolist(), batch.limit[which].tolist(), strict=True))

    def call(self, argument: tuple[int, int]) -> list[Item]:
        start, limit = argument
        handle = self._handle
        found: list[Item] = []
        bucket = start // BUCKET_ROWS
        known = handle.highest_key // BUCKET_ROWS
        while True:
            items = pages(
                handle.query,
                handle,
                self._fixed | between(bucket, start),
                limit=limit - len(found),
            )
            found += items
            if len(found) >= limit or (not items and bucket > known):
                return found
            if items:
                last = int(items[-1][handle.main.table.key]["N"])
                handle.highest_key = max(handle.highest_key, last)
            bucket += 1

    def answer(self, raw: list[Item]) -> list[Row]:
        return [self._handle.main.row(item) for item in raw]


def query_of(form: Form, *, strong: bool, upper: bool = False) -> Arguments:
    """Arguments of a Query of one bucket from a key on; `upper`: up to a second one, included."""
    condition = "#k BETWEEN :k AND :l" if upper else "#k >= :k"
    return {
        "TableName": form.name,
        "ConsistentRead": strong,
        "KeyConditionExpression": f"#b = :b AND {condition}",
        "ExpressionAttributeNames": {"#b": form.schema.partition, "#k": form.schema.sort},
        **TOTAL,
    }


def between(bucket: int, start: int, last: int | None = None) -> Arguments:
    """The values that belong to `query_of`."""
    values = {":b": {"N": str(bucket)}, ":k": {"N": str(start)}}
    if last is not None:
        values[":l"] = {"N": str(last)}
    return {"ExpressionAttributeValues": values}


class Scan:
    """Scan with a filter on one attribute; the client counts and sums what comes back."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        roles, main = handle.plan.dataset.roles, handle.main
        self._choices = roles.filter_values
        self._place = main.columns.index(roles.filter_column)
        self._measure = main.columns.index(roles.measure)
        filtered, names = main.named(self._place, "#f")
        measured, more = main.named(self._measure, "#m")
        self._fixed = {
            "TableName": main.name,
            "ConsistentRead": handle.is_strong,
            "FilterExpression": f"{filtered} = :f",
            "ProjectionExpression": measured,
            "ExpressionAttributeNames": names | more,
            **TOTAL,
        }

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Arguments]:
        value = self._handle.main.value
        wanted = [
            self._choices[token % len(self._choices)] for token in batch.token[index(rows)].tolist()
        ]
        return [
            self._fixed | {"ExpressionAttributeValues": {":f": value(self._place, choice)}}
            for choice in wanted
        ]

    def call(self, arguments: Arguments) -> tuple[int, int | None]:
        items = pages(self._handle.scan, self._handle, arguments)
        found = (self._handle.main.attribute(item, self._measure) for item in items)
        measures = [int(attribute["N"]) for attribute in found if attribute is not None]
        return len(items), sum(measures) if measures else None

    def answer(self, raw: tuple[int, int | None]) -> list[Row]:
        return [raw]


class Join:
    """Query of the child's index by the reference, then GetItem of the main item.

    A global index is read eventually consistent: it has nothing else.
    """

    def __init__(self, handle: Handle) -> None:
        child = handle.child
        if child is None:
            name = handle.plan.dataset.name
            raise OperationFailed("no-second-table", f"dataset '{name}' has no table to join")
        self._handle, self._child = handle, child
        schema = child.schema.indexes[0]
        self._get = fixed_get(handle, strong=handle.is_strong)
        self._query = {
            "TableName": child.name,
            "IndexName": index_name(schema),
            "KeyConditionExpression": "#r = :r",
            "ExpressionAttributeNames": {"#r": schema.partition},
            **TOTAL,
        }

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[tuple[Arguments, Arguments]]:
        return [
            (
                self._query | {"ExpressionAttributeValues": {":r": {"N": str(key)}}},
                self._get | {"Key": self._handle.main.key(key)},
            )
            for key in batch.key[index(rows)].tolist()
        ]

    def call(self, argument: tuple[Arguments, Arguments]) -> tuple[list[Item], Item | None]:
        query, get = argument
        handle = self._handle
        children = pages(handle.query, handle, query)
        if not children:
            return children, None
        answer = handle.get(get)
        handle.meter.read(answer)
        return children, answer.get("Item")

    def answer(self, raw: tuple[list[Item], Item | None]) -> list[Row]:
        children, main = raw
        if main is None:
            return []
        row = self._handle.main.row(main)
        return [(*self._child.row(child), *row) for child in children]
