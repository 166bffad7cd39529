"""Fixed cases of the LMDB store's API, with what DynamoDB Local answered to each.

A case is a series of requests, each with what is expected of its answer: `units` in all, `table`
units, `count`, `scanned`, `more` (whether there is a LastEvaluatedKey), `error` (a code). What is
not named is not looked at. `tests/bench/test_lmdb_api.py` holds the store to them,
`tests/bench/test_lmdb_judged.py` the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from lmdb_requests import Atomic, Batch

from bench.engines.lmdb.api import Check, Delete, Get, Put, Query, Scan, Update

Case = list[tuple[Any, dict[str, Any]]]
KEY = {"p": "a", "s": 1}
FULL = {**KEY, "gp": "a", "gs": 1, "ls": 1, "lt": "a", "x": "x" * 600, "y": "y" * 3000}
INVALID = {"error": "ValidationException"}
FAILED = {"error": "ConditionalCheckFailedException"}
CANCELED = {"error": "TransactionCanceledException"}


def put(item: dict[str, Any], table: str = "orders", **more: Any) -> Put:
    return Put(table=table, item=item, **more)


def change(text: str, *, key: dict[str, Any] | None = None, **values: Any) -> Update:
    named = {f":{name}": value for name, value in values.items()}
    return Update(table="orders", key=key or KEY, update=text, values=named or None)


def of_a(index: str | None = None, **more: Any) -> Query:
    values = {":p": "a", **more.pop("values", {})}
    partition = "gp" if index in ("byg", "bygs") else "p"
    return Query(
        table="orders", index=index, key_condition=f"{partition} = :p", values=values, **more
    )


def page_case(bytes_each: int, items: int, expected: list[dict[str, Any]]) -> Case:
    """Items of one partition, then a Query to the end, page by page."""
    filler = "y" * (bytes_each - 6)  # p, s and y with a byte and two
    made: Case = [
        (put({"p": b"a", "s": number.to_bytes(2, "big"), "y": filler[:-1]}, "bytes"), {})
        for number in range(items)
    ]
    request = Query(table="bytes", key_condition="p = :p", values={":p": b"a"})
    return made + [(request, page) for page in expected]


CASES: dict[str, Case] = {
    "writes consume by table and index": [
        (put(FULL), {"units": 8.0, "table": 4.0}),
        (change("SET y = :y", y="y" * 3001), {"units": 4.0, "table": 4.0}),
        (change("SET x = :x", x="z"), {"units": 6.0, "table": 4.0}),
        (change("SET x = :x", x="z"), {"units": 3.0, "table": 3.0}),
        (change("SET gp = :g", g="b"), {"units": 7.0, "table": 3.0}),
        (change("REMOVE gs"), {"units": 4.0, "table": 3.0}),
        (change("SET ls = :l", l=2), {"units": 5.0, "table": 3.0}),
        (Delete(table="orders", key=KEY, return_values="ALL_OLD"), {"units": 6.0}),
        (Delete(table="orders", key=KEY), {"units": 1.0}),
        (Update(table="orders", key=KEY), {"units": 1.0}),
    ],
    "reads by key": [
        (put(FULL), {}),
        (Get(table="orders", key=KEY), {"units": 0.5}),
        (Get(table="orders", key=KEY, consistent=True), {"units": 1.0}),
        (Get(table="orders", key={**KEY, "s": 2}), {"units": 0.5}),
        (Get(table="orders", key={"p": "a"}), INVALID),
        (Get(table="orders", key={**KEY, "z": 1}), INVALID),
        (Get(table="orders", key={"p": "a", "s": "1"}), INVALID),
        (Get(table="nowhere", key=KEY), {"error": "ResourceNotFoundException"}),
        (Batch([Get(table="orders", key={**KEY, "s": n}) for n in (1, 2, 3)]), {"units": 0.5}),
        (Batch([Get(table="orders", key=KEY), Get(table="orders", key=KEY)]), INVALID),
        (Batch([Get(table="orders", key={**KEY, "s": n}) for n in range(101)]), INVALID),
        (Atomic([Get(table="orders", key={**KEY, "s": n}) for n in (1, 2)]), {"units": 4.0}),
    ],
    "queries of indexes": [
        *[(put({**FULL, "s": n, "ls": -n}), {}) for n in (0, 1, 10)],
        (of_a(), {"units": 1.5, "count": 3, "more": False}),
        (of_a(limit=3), {"count": 3, "more": True}),
        (of_a(limit=4), {"count": 3, "more": False}),
        (of_a("near"), {"units": 0.5, "table": 0.0}),
        (of_a("near", select="COUNT"), {"units": 0.5, "count": 3}),
        (of_a("near", projection="y"), {"units": 2.0, "table": 1.5}),
        (of_a("near", select="ALL_ATTRIBUTES", consistent=True), {"units": 4.0, "table": 3.0}),
        (of_a("near", filter="y < :y", values={":y": "z"}), INVALID),
        (of_a("byg"), {"units": 0.5, "count": 3}),
        (of_a("byg", consistent=True), INVALID),
        (of_a("bygs", filter="x < :y", values={":y": "a"}), {"units": 0.5, "scanned": 3}),
        (of_a("nothing"), INVALID),
        (of_a(filter="s < :y", values={":y": 1}), INVALID),
        (of_a(select="ALL_PROJECTED_ATTRIBUTES"), INVALID),
        (of_a(select="SPECIFIC_ATTRIBUTES"), INVALID),
        (of_a(select="COUNT", projection="x"), INVALID),
        (of_a(limit=0), INVALID),
        (of_a(start={"p": "b", "s": 1}), INVALID),
        (of_a(start={"p": "a"}), INVALID),
        (of_a(start={"p": "a", "s": 1}), {"count": 1}),
        (of_a(start={"p": "a", "s": 1}, forward=False), {"count": 1}),
        (Scan(table="orders", filter="y < :y", values={":y": "a"}), {"units": 1.5, "scanned": 3}),
        (Scan(table="orders", segment=1, segments=1), INVALID),
        (Scan(table="orders", segment=0), INVALID),
    ],
    "conditions and return values": [
        (put(KEY, condition="attribute_not_exists(p)"), {"units": 1.0}),
        (put(KEY, condition="attribute_not_exists(p)"), FAILED),
        (put(KEY, return_values="ALL_NEW"), INVALID),
        (Delete(table="orders", key=KEY, return_values="UPDATED_OLD"), INVALID),
        (change("SET p = :p", p="b"), INVALID),
        (change("SET n = n + :n", n=1), INVALID),
        (change("ADD n :n", n=1), {"units": 1.0}),
        (
            Atomic([Check(table="orders", key=KEY, condition="attribute_exists(n)")]),
            {"units": 4.0},
        ),
    ],
    "what an item may be": [
        (put({"p": "a"}), INVALID),
        (put({"p": "", "s": 1}), INVALID),
        (put({"p": "a", "s": "1"}), INVALID),
        (put({**KEY, "gp": 1}), INVALID),
        (put({**KEY, "gp": "g" * 2049}), INVALID),
        (put({"p": "a" * 2049, "s": 1}), INVALID),
        (put({"p": 1, "s": "a" * 1025}, "texts"), INVALID),
        (put({**KEY, "x": 10**126}), INVALID),
        (put({**KEY, "x": int("1" * 39)}), INVALID),
        (put({**KEY, "x": "x" * (400 * 1024 - 6)}), {"units": 400.0}),
        (put({**KEY, "x": "x" * (400 * 1024 - 5)}), INVALID),
        (put({"p": 1, "s": "a", "ls": 1, "x": "x" * 205_000}, "texts"), INVALID),
    ],
    "batches and transactions of writes": [
        (Batch([put({**KEY, "s": n}) for n in range(26)]), INVALID),
        (Batch([put(KEY), Delete(table="orders", key=KEY)]), INVALID),
        (Batch([put(KEY), put({"p": b"a", "s": b"a"}, "bytes")]), {"units": 2.0}),
        (Batch([Delete(table="orders", key={**KEY, "s": 99})]), {"units": 2.0}),
        (Atomic([put(KEY), put(KEY)]), INVALID),
        (Atomic([put({**KEY, "x": "x" * 2000})]), {"units": 8.0}),
        (Atomic([put({**KEY, "s": n}) for n in (5, 6)]), {"units": 4.0}),
        (Atomic([Delete(table="orders", key={**KEY, "s": 99})]), {"units": 2.0}),
        (
            Atomic(
                [
                    put({**KEY, "s": 7}),
                    put(KEY, condition="attribute_not_exists(p)", old_on_failure=True),
                ]
            ),
            {**CANCELED, "reasons": ["None", "ConditionalCheckFailed"]},
        ),
        (Get(table="orders", key={**KEY, "s": 7}), {"item": None}),
        (Atomic([put({**KEY, "gp": 1})]), {**CANCELED, "reasons": ["ValidationError"]}),
        (Atomic([put({**KEY, "gp": True})]), INVALID),
        (Atomic([put({"s": 1})]), INVALID),
    ],
    "pages end after 1 MiB": page_case(
        100_000,
        12,
        [{"count": 11, "units": 134.5, "more": True}, {"count": 1, "units": 12.5, "more": False}],
    ),
    "a page may end on 1 MiB": page_case(
        262_144, 6, [{"count": 5, "units": 160.0, "more": True}, {"count": 1}]
    ),
}


def placed(
    case: Case, prefix: str
) -> Iterator[tuple[Any, dict[str, Any], Callable[[Any, Any], Any]]]:
    """The requests of a case with tables of their own; with how to go on from the last answer.

    The same Query again means its next page.
    """
    before: Any = None
    for request, wanted in case:
        again = isinstance(request, Query) and request is before
        before = request
        yield _renamed(request, prefix), wanted, _continued if again else _as_it_is


def _as_it_is(request: Any, last: Any) -> Any:
    return request


def _continued(request: Any, last: Any) -> Any:
    return replace(request, start=last.last_key)


def _renamed(request: Any, prefix: str) -> Any:
    if isinstance(request, list):
        return type(request)(_renamed(part, prefix) for part in request)
    return replace(request, table=f"{prefix}-{request.table}")
