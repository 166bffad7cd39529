"""Random expressions on random items mean the same here and in DynamoDB Local.

Compared are answers, and whether there is one at all; not the wording of errors. Left out is where
the version of DynamoDB Local is known to differ from the service: empty strings and binaries, the
word SIZE, more than 99 operands of IN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lmdb_expressions_ground import (
    BINARIES,
    NUMBERS,
    REFUSED,
    STRINGS,
    Items,
    Local,
    a_condition,
    a_path,
    an_item,
    an_update,
    comparable,
    comparable_item,
    disturbed,
    in_order,
    substitutions,
    wire,
    wired,
)

from bench.engines.lmdb import expressions
from bench.engines.lmdb.expressions import KeyRange, Substitutions, ValidationFailed

pytestmark = pytest.mark.servers

ITEMS = 40
KEY = frozenset({"pk"})
RANDOM = st.integers(0, 2**64 - 1).map(Random)  # one seed makes a whole case


@pytest.fixture(scope="module", name="local")
def _local(dynamodb_endpoint: str) -> Iterator[Local]:
    with closing(Local(dynamodb_endpoint)) as local:
        local.create("expressions", pk="S")
        for kind in "SNB":
            local.create(f"expressions-{kind}", pk="S", sk=kind)
        yield local


def ours(compute: Callable[[], Any]) -> Any:
    """What a computation gives, REFUSED where it says the request is not valid."""
    try:
        return compute()
    except ValidationFailed:
        return REFUSED


@pytest.fixture(scope="module", name="items")
def _items(local: Local) -> Items:
    """Items that conditions and projections are tried on, all at once."""
    random = Random(20261122)
    items = Items({key: an_item(random, key) for key in map(str, range(ITEMS))})
    for item in items.values():
        assert local.ask("PutItem", TableName="expressions", Item=wire(item)["M"]) != REFUSED
    return items


@settings(max_examples=700)
@given(random=RANDOM)
def test_conditions(local: Local, items: Items, random: Random) -> None:
    text = disturbed(random, a_condition(random))
    names, values = substitutions(text)
    answer = local.ask(
        "Scan",
        TableName="expressions",
        FilterExpression=text,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=wired(values),
    )
    expected = answer if answer == REFUSED else {item["pk"]["S"] for item in answer["Items"]}

    def computed() -> set[str]:
        using = Substitutions(names, values, KEY)
        holds = expressions.condition(text, using=using)
        using.check_all_used()
        return {key for key, item in items.items() if holds(item)}

    assert ours(computed) == expected, text


@settings(max_examples=400)
@given(random=RANDOM)
def test_projections(local: Local, items: Items, random: Random) -> None:
    paths = ["pk", *(a_path(random) for _ in range(random.randrange(1, 4)))]
    text = disturbed(random, ", ".join(paths))
    names, _ = substitutions(text)
    answer = local.ask(
        "Scan", TableName="expressions", ProjectionExpression=text, ExpressionAttributeNames=names
    )
    expected = answer
    if answer != REFUSED:
        expected = in_order(comparable_item(item) for item in answer["Items"])

    def computed() -> list[Any]:
        using = Substitutions(names, None, KEY)
        pick = expressions.projection(text, using=using)
        using.check_all_used()
        return in_order(comparable_item(wire(pick(item))["M"]) for item in items.values())

    assert ours(computed) == expected, text


@settings(max_examples=900)
@given(random=RANDOM)
def test_updates(local: Local, random: Random) -> None:
    key = {"pk": "updated"}
    item = an_item(random, "updated") if random.random() < 0.95 else None
    if item is None:
        local.ask("DeleteItem", TableName="expressions", Key=wire(key)["M"])
    else:
        local.ask("PutItem", TableName="expressions", Item=wire(item)["M"])
    text = disturbed(random, an_update(random, item or {}))
    names, values = substitutions(text)
    wanted = random.choice(("ALL_NEW", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"))
    answer = local.ask(
        "UpdateItem",
        TableName="expressions",
        Key=wire(key)["M"],
        UpdateExpression=text,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=wired(values),
        ReturnValues=wanted,
    )
    expected = answer if answer == REFUSED else comparable_item(answer.get("Attributes", {}))

    def computed() -> Any:
        change = expressions.update(text, keys=KEY, names=names, values=values)
        after = change.apply(item, key)
        old, new = change.touched(item, after)
        returned = {"ALL_NEW": after, "UPDATED_OLD": old, "UPDATED_NEW": new}[wanted]
        return comparable_item(wire(returned)["M"])

    assert ours(computed) == expected, (text, item)


def a_number(random: Random) -> Decimal:
    digits = random.randrange(1, random.choice((4, 20, 39)))
    whole = random.randrange(10 ** (digits - 1), 10**digits)
    exponent = random.choice((0, 0, -2, 5, 30 - digits, -100, 126 - digits, -130))
    return Decimal(f"{random.choice(('', '-'))}{whole}E{exponent}")


@settings(max_examples=500)
@given(random=RANDOM)
def test_arithmetic(local: Local, random: Random) -> None:
    left, right = a_number(random), a_number(random)
    if random.random() < 0.3:
        right = left.scaleb(random.choice((-1, 0, 1))).copy_negate()
    if not all(-130 <= number.adjusted() <= 125 for number in (left, right)):
        return
    text = f"SET n = :left {random.choice('+-')} :right"
    values = {":left": left, ":right": right}
    key = {"pk": "counted"}
    answer = local.ask(
        "UpdateItem",
        TableName="expressions",
        Key=wire(key)["M"],
        UpdateExpression=text,
        ExpressionAttributeValues=wired(values),
        ReturnValues="UPDATED_NEW",
    )
    expected = answer if answer == REFUSED else comparable(answer["Attributes"]["n"])

    def computed() -> Any:
        change = expressions.update(text, keys=KEY, values=values)
        return comparable(wire(change.apply(None, key)["n"]))

    assert ours(computed) == expected, (text, left, right)


SORT_KEYS: dict[str, tuple[Any, ...]] = {
    "S": STRINGS,
    "N": tuple(map(Decimal, NUMBERS)),
    "B": BINARIES,
}


def within(selected: KeyRange, value: Any) -> bool:
    """Whether a range, taken by its description, holds a sort key."""
    low, high = selected.lower, selected.upper
    if low is not None and not (value > low or (selected.lower_inclusive and value == low)):
        return False
    if high is not None and not (value < high or (selected.upper_inclusive and value == high)):
        return False
    return selected.prefix is None or value.startswith(selected.prefix)


@pytest.fixture(scope="module", name="sorted_tables")
def _sorted_tables(local: Local) -> None:
    for kind, keys in SORT_KEYS.items():
        for partition in ("p", "q"):
            for sort in keys:
                item = wire({"pk": partition, "sk": sort})["M"]
                assert local.ask("PutItem", TableName=f"expressions-{kind}", Item=item) != REFUSED


def a_key_condition(random: Random) -> str:
    comparator = random.choice(("=", "=", "<", "<=", ">", ">=", "<>"))
    on_sort = random.choice(
        (
            f"sk {comparator} :x",
            f":x {comparator} #sk",
            "sk BETWEEN :x AND :y",
            "begins_with(sk, :x)",
            "sk IN (:x, :y)",
            "attribute_exists(sk)",
            "other = :x",
            "sk = :x AND sk < :y",
        )
        if random.random() < 0.3
        else (
            "sk = :x",
            ":x <= sk",
            "sk BETWEEN :x AND :y",
            "sk < :x",
            "sk >= :x",
            "begins_with(#sk, :x)",
            "(sk BETWEEN :x AND :y)",
        )
    )
    on_partition = random.choice(("pk = :p",) * 6 + (":p = pk", "(pk = :p)", "pk > :p", "sk = :x"))
    parts = [on_partition, on_sort][: random.choice((1, 2, 2, 2, 2))]
    random.shuffle(parts)
    text = random.choice((" AND ",) * 9 + (" OR ",)).join(parts)
    return random.choice((f"({text})", f"NOT {text}", *[text] * 12))


@pytest.mark.usefixtures("sorted_tables")
@settings(max_examples=400)
@given(random=RANDOM)
def test_key_conditions(local: Local, random: Random) -> None:
    kind = random.choice("SNB")
    text = disturbed(random, a_key_condition(random))
    chosen = {":p": random.choice("pr"), ":x": None, ":y": None}
    for name in (":x", ":y"):
        chosen[name] = random.choice(SORT_KEYS[kind])
    if random.random() < 0.7:
        chosen[":x"], chosen[":y"] = sorted((chosen[":x"], chosen[":y"]))
    used = set(re.findall(r"[#:]\w+", text))
    values = {name: value for name, value in chosen.items() if name in used} or None
    names = {"#sk": "sk"} if "#sk" in used else None
    answer = local.ask(
        "Query",
        TableName=f"expressions-{kind}",
        KeyConditionExpression=text,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=wired(values),
    )

    def computed() -> Any:
        selected = expressions.key_condition(
            text, partition_key="pk", sort_key="sk", names=names, values=values
        )
        if type(selected.partition) is not str or any(
            bound is not None and type(bound) is not type(SORT_KEYS[kind][0])
            for bound in (selected.lower, selected.upper)
        ):
            return REFUSED  # of another type than the key: the table's check, not the expression's
        if selected.partition not in ("p", "q"):
            return []
        return [wire(sort) for sort in sorted(SORT_KEYS[kind]) if within(selected, sort)]

    expected = answer if answer == REFUSED else [item["sk"] for item in answer["Items"]]
    found = ours(computed)
    if kind == "N" and REFUSED not in (found, expected):
        found, expected = list(map(comparable, found)), list(map(comparable, expected))
    assert found == expected, (text, values)
