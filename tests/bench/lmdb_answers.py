"""A request of the LMDB store's tests, carried out by the store and by its judge, and compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lmdb_judge import Judge, JudgeRefused, Wire, canonical, consumed, judged, request_of, wired
from lmdb_requests import Atomic, Batch

from bench.engines.lmdb.api import (
    Delete,
    Get,
    Page,
    Put,
    Query,
    Refused,
    Scan,
    Several,
    Store,
    Update,
)


def carry_out(store: Store, request: Any) -> Any:
    """Carry out a request in the store."""
    if isinstance(request, Atomic):
        if isinstance(request[0], Get):
            return store.transact_get_items(request)
        return store.transact_write_items(request)
    if isinstance(request, Batch):
        if isinstance(request[0], Get):
            return store.batch_get_item(request)
        return store.batch_write_item(request)
    name = {
        Get: "get_item",
        Put: "put_item",
        Delete: "delete_item",
        Update: "update_item",
        Query: "query",
        Scan: "scan",
    }[type(request)]
    return getattr(store, name)(request)


def ask(judge: Judge, request: Any) -> Wire:
    """Carry out a request at the judge."""
    if isinstance(request, Atomic):
        kind = "TransactGetItems" if isinstance(request[0], Get) else "TransactWriteItems"
        parts = []
        for part in request:
            made = request_of(part)
            made.pop("ReturnValues", None)
            made.pop("ConsistentRead", None)
            name = {"Check": "ConditionCheck"}.get(type(part).__name__, type(part).__name__)
            parts.append({name: made})
        return judge.counted(kind, {"TransactItems": parts})
    if isinstance(request, Batch):
        items: dict[str, Any] = {}
        for part in request:
            if isinstance(part, Get):
                items.setdefault(part.table, {"Keys": []})["Keys"].append(wired(part.key))
            elif isinstance(part, Put):
                items.setdefault(part.table, []).append({"PutRequest": {"Item": wired(part.item)}})
            else:
                items.setdefault(part.table, []).append({"DeleteRequest": {"Key": wired(part.key)}})
        kind = "BatchGetItem" if isinstance(request[0], Get) else "BatchWriteItem"
        return judge.counted(kind, {"RequestItems": items})
    names = {
        Get: "GetItem",
        Put: "PutItem",
        Delete: "DeleteItem",
        Update: "UpdateItem",
        Query: "Query",
        Scan: "Scan",
    }
    return judge.counted(names[type(request)], request_of(request))


def summary(request: Any, answer: Any) -> dict[str, Any]:
    """What is compared of the store's answer."""
    if isinstance(answer, Several):
        items = [wired(item) for item in answer.items]
        if isinstance(request, Batch):
            items = in_order([item for item in items if item is not None])
        return {"units": {n: consumed(c) for n, c in answer.consumed.items()}, "items": items}
    units = consumed(answer.consumed)
    if isinstance(answer, Page):
        items = [wired(item) for item in answer.items]
        if unordered(request):
            items = in_order(items)
        return {
            "units": units,
            "items": items,
            "count": answer.count,
            "scanned": answer.scanned_count,
            "last": wired(answer.last_key),
        }
    if isinstance(request, Get):
        return {"units": units, "item": wired(answer.item)}
    return {"units": units, "attributes": wired(answer.attributes)}


def judged_summary(request: Any, answer: Wire) -> dict[str, Any]:
    """The same of the judge's."""
    if isinstance(request, Batch | Atomic):
        items: list[Any] = []
        if isinstance(request, Atomic):
            items = [canonical(found.get("Item")) for found in answer.get("Responses", ())]
        elif "Responses" in answer:
            assert not answer["UnprocessedKeys"]
            items = in_order(
                canonical([i for found in answer["Responses"].values() for i in found])
            )
        units = {found["TableName"]: judged(found) for found in answer["ConsumedCapacity"]}
        return {"units": units, "items": items}
    units = judged(answer["ConsumedCapacity"])
    if isinstance(request, Query | Scan):
        items = canonical(answer.get("Items", []))
        if unordered(request):
            items = in_order(items)
        return {
            "units": units,
            "items": items,
            "count": answer["Count"],
            "scanned": answer["ScannedCount"],
            "last": canonical(answer.get("LastEvaluatedKey")),
        }
    if isinstance(request, Get):
        return {"units": units, "item": canonical(answer.get("Item"))}
    return {"units": units, "attributes": canonical(answer.get("Attributes"))}


def unordered(request: Any) -> bool:
    """The judge scans a local index in the order of its table."""
    return isinstance(request, Scan) and request.index in ("near", "nearx", "whole")


def in_order(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def same(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    for what, value in mine.items():
        assert value == theirs[what], (
            f"{what}:\n  mine   {value!r:.1500}\n  theirs {theirs[what]!r:.1500}"
        )


def attempt(work: Callable[[], Any]) -> Any:
    """The answer, or the error."""
    try:
        return work()
    except (Refused, JudgeRefused) as refused:
        return refused


def expected(request: Any, answer: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Of an answer of the store what a case expects, to be compared with it."""
    if isinstance(answer, Refused):
        found: dict[str, Any] = {
            "error": answer.kind,
            "reasons": [reason.code for reason in answer.reasons],
        }
        return {name: found[name] for name in wanted if name in found}
    if isinstance(answer, Several):
        every = [consumed(units) for units in answer.consumed.values()]
        found = {name: sum(units[name] for units in every) for name in ("units", "table")}
    else:
        found = dict(consumed(answer.consumed))
    if isinstance(answer, Page):
        found |= {
            "count": answer.count,
            "scanned": answer.scanned_count,
            "more": answer.last_key is not None,
        }
    if isinstance(request, Get):
        found["item"] = answer.item
    return {name: found[name] for name in wanted if name in found}
