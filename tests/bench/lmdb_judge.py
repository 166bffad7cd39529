"""The judge of the LMDB store: DynamoDB Local, spoken to in its own wire format."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from bench.engines.lmdb import ordering
from bench.engines.lmdb.api import (
    Check,
    Consumed,
    Delete,
    Get,
    Put,
    Query,
    Refused,
    Scan,
    TableDefinition,
    Update,
)
from bench.engines.lmdb.api.attributes import normal
from bench.engines.lmdb.api.definitions import Index, KeyAttribute, index_keys
from bench.engines.lmdb.api.placement import PLACE_BYTES

Wire = dict[str, Any]
PARTS = 24  # divisible by 1, 2, 3 and 8: of so many segments, the one of a place is known

_SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
_HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": _SIGNED + "SignedHeaders=host;x-amz-target, Signature=none",
}


class JudgeRefused(Exception):
    """The judge's error: its code, and the codes of a cancelled transaction's reasons."""

    def __init__(self, code: str, body: Wire) -> None:
        super().__init__(f"{code}: {body.get('message') or body.get('Message')}")
        self.code = code
        self.reasons = [reason.get("Code") for reason in body.get("CancellationReasons", ())]
        self.items = [reason.get("Item") for reason in body.get("CancellationReasons", ())]


class Judge:
    """One connection to DynamoDB Local."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def call(self, operation: str, request: Wire) -> Wire:
        """Send one request; JudgeRefused when it is answered with an error."""
        headers = {**_HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        self._connection.request("POST", "/", json.dumps(request), headers)
        answer = self._connection.getresponse()
        body: Wire = json.loads(answer.read())
        if answer.status != 200:
            raise JudgeRefused(body["__type"].rpartition("#")[2], body)
        return body

    def counted(self, operation: str, request: Wire) -> Wire:
        """The same, with consumed capacity by index."""
        return self.call(operation, {**request, "ReturnConsumedCapacity": "INDEXES"})

    def create(self, table: TableDefinition) -> None:
        """CreateTable."""
        keys = [*table.keys, *(key for index in table.indexes for key in index_keys(index))]
        request: Wire = {
            "TableName": table.name,
            "KeySchema": _schema(table.keys),
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in {key.name: key.type for key in keys}.items()
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }
        for local, name in ((True, "LocalSecondaryIndexes"), (False, "GlobalSecondaryIndexes")):
            indexes = [_index(index) for index in table.indexes if index.local == local]
            if indexes:
                request[name] = indexes
        self.call("CreateTable", request)


@contextmanager
def judge_at(endpoint: str) -> Iterator[Judge]:
    """A connection to the judge."""
    where = urlsplit(endpoint)
    assert where.hostname is not None
    with closing(http.client.HTTPConnection(where.hostname, where.port, timeout=60)) as connection:
        yield Judge(connection)


def _schema(keys: Sequence[KeyAttribute]) -> list[Wire]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": k.name, "KeyType": t} for k, t in zip(keys, kinds, strict=False)]


def _index(index: Index) -> Wire:
    projection: Wire = {"ProjectionType": index.projection}
    if index.include:
        projection["NonKeyAttributes"] = list(index.include)
    return {
        "IndexName": index.name,
        "KeySchema": _schema(index_keys(index)),
        "Projection": projection,
    }


def wire(value: Any) -> Wire:
    """A value as DynamoDB's JSON, sets sorted and numbers in one form."""
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(value)}
    if isinstance(value, bytes):
        return {"B": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {"M": {name: wire(part) for name, part in value.items()}}
    if isinstance(value, list):
        return {"L": [wire(part) for part in value]}
    members = [next(iter(wire(part).items())) for part in value]
    return {members[0][0] + "S": sorted(text for _, text in members)}


def wired(item: Mapping[str, Any] | None) -> Wire | None:
    """An item as DynamoDB's JSON."""
    return None if item is None else {name: wire(value) for name, value in item.items()}


def canonical(value: Any) -> Any:
    """The judge's value, or item, or items, in the form that `wire` gives."""
    if isinstance(value, list):
        return [canonical(part) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((kind, inner),) = value.items()
        if kind == "N" and isinstance(inner, str):
            return {"N": _number(Decimal(inner))}
        if kind == "NS":
            return {"NS": sorted(_number(Decimal(text)) for text in inner)}
        if kind in ("SS", "BS") and isinstance(inner, list):
            return {kind: sorted(inner)}
    return {name: canonical(inner) for name, inner in value.items()}


def _number(number: int | float | Decimal) -> str:
    try:
        exact = normal(number)
    except Refused:  # the judge shall refuse it too
        return str(number)
    return str(exact) if isinstance(exact, int) else f"{exact.normalize():E}"


def consumed(mine: Consumed) -> Wire:
    """Consumed units in one form: total, table, and each index that consumed some."""
    local = {name: float(units) for name, units in (mine.local_units or {}).items() if units}
    world = {name: float(units) for name, units in (mine.global_units or {}).items() if units}
    return {
        "units": float(mine.units),
        "table": float(mine.table_units),
        "local": local,
        "global": world,
    }


def judged(answer: Wire) -> Wire:
    """The judge's ConsumedCapacity in the same form."""

    def indexes(kind: str) -> dict[str, float]:
        found = answer.get(kind, {}).items()
        return {name: units["CapacityUnits"] for name, units in found if units["CapacityUnits"]}

    return {
        "units": answer["CapacityUnits"],
        "table": answer.get("Table", {}).get("CapacityUnits", 0.0),
        "local": indexes("LocalSecondaryIndexes"),
        "global": indexes("GlobalSecondaryIndexes"),
    }


def request_of(request: Get | Put | Delete | Update | Check | Query | Scan) -> Wire:
    """A request of the store as the judge's JSON."""
    made: Wire = {"TableName": request.table}
    for mine, theirs in _FIELDS.items():
        value = getattr(request, mine, None)
        if value is None or value is False or value == "NONE":
            continue
        if mine in ("key", "item", "values", "start"):
            value = wired(value)
        if mine == "old_on_failure":
            value = "ALL_OLD"
        made[theirs] = value
    if isinstance(request, Query):
        made["ScanIndexForward"] = request.forward
    return made


_FIELDS = {
    "key": "Key",
    "item": "Item",
    "consistent": "ConsistentRead",
    "projection": "ProjectionExpression",
    "condition": "ConditionExpression",
    "update": "UpdateExpression",
    "key_condition": "KeyConditionExpression",
    "filter": "FilterExpression",
    "names": "ExpressionAttributeNames",
    "values": "ExpressionAttributeValues",
    "return_values": "ReturnValues",
    "old_on_failure": "ReturnValuesOnConditionCheckFailure",
    "index": "IndexName",
    "select": "Select",
    "limit": "Limit",
    "start": "ExclusiveStartKey",
    "segment": "Segment",
    "segments": "TotalSegments",
}


@dataclass(frozen=True, slots=True)
class Learnt:
    """The judge's own order of partitions and of equal keys in an index, learnt by asking it."""

    places: dict[bytes, bytes] = field(default_factory=dict)
    ties: dict[tuple[bool, bytes], bytes] = field(default_factory=dict)

    def place(self, partition: bytes, *, indexed: bool = False) -> bytes:
        # The judge scans a global index in the order of its key's values.
        return bytes(PLACE_BYTES) if indexed else self.places[partition]

    def tie(self, primary: bytes, *, local: bool) -> bytes:
        return self.ties.get((local, primary), b"\0\0")

    def learn_ties(
        self, judge: Judge, keys: Sequence[Mapping[str, Any]], table: TableDefinition
    ) -> None:
        """The order in which these items of a table come in an index where all have one key."""
        name, same = table.name + "-ties", KeyAttribute("same")
        indexes = [Index(name="global-ties", partition=same, projection="KEYS_ONLY")]
        near = Index(
            name="local-ties", partition=table.partition, sort=same, projection="ALL", local=True
        )
        if table.sort is not None:
            indexes.append(near)
        judge.create(replace(table, name=name, indexes=tuple(indexes)))
        for key in keys:
            judge.call("PutItem", {"TableName": name, "Item": wired({**key, "same": "x"})})
        primaries = {_text(wired(key)): primary_form(table, key) for key in keys}
        partitions = {_text(p): p for p in (wire(key[table.partition.name]) for key in keys)}
        orders = [("global-ties", "same", {"S": "x"})]
        if table.sort is not None:
            orders += [("local-ties", table.partition.name, p) for p in partitions.values()]
        for index, attribute, value in orders:
            request = {
                "TableName": name,
                "IndexName": index,
                "KeyConditionExpression": "#k = :k",
                "ExpressionAttributeNames": {"#k": attribute},
                "ExpressionAttributeValues": {":k": value},
            }
            for rank, item in enumerate(judge.call("Query", request)["Items"]):
                item.pop("same")
                primary = primaries[_text(canonical(item))]
                self.ties[(index == "local-ties", primary)] = rank.to_bytes(2, "big")

    def learn_places(self, judge: Judge, values: Sequence[Any], *, key: KeyAttribute) -> None:
        """In which of the segments, and in which order there, these partition keys lie."""
        name = f"{key.name}-places"
        attribute = KeyAttribute("p", key.type)
        judge.create(TableDefinition(name=name, partition=attribute))
        for value in values:
            judge.call("PutItem", {"TableName": name, "Item": {"p": wire(value)}})
        forms = {_text(wire(value)): ordering.partition(value) for value in values}
        for part in range(PARTS):
            request = {"TableName": name, "Segment": part, "TotalSegments": PARTS}
            first = -(-(1 << 64) * part // PARTS)
            for rank, item in enumerate(judge.call("Scan", request)["Items"]):
                place = (first + rank).to_bytes(PLACE_BYTES, "big")
                self.places[forms[_text(canonical(item["p"]))]] = place


def _text(wired_value: Any) -> str:
    return json.dumps(wired_value, sort_keys=True)


def primary_form(table: TableDefinition, key: Mapping[str, Any]) -> bytes:
    """A primary key's bytes, without its place."""
    form = ordering.partition(key[table.partition.name])
    return form if table.sort is None else form + ordering.ordered(key[table.sort.name])
