"""Key conditions, projections and updates of DynamoDB's expression language."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from bench.engines.lmdb.expressions import (
    KeyRange,
    Substitutions,
    ValidationFailed,
    key_condition,
    projection,
    update,
)

ITEM: dict[str, Any] = {
    "pk": "k",
    "n": 5,
    "f": 0.1,
    "s": "x",
    "l": [1, "x", [2], {"k": 3}],
    "m": {"a": 1, "b": {"c": "d"}},
    "ss": {"a", "b"},
    "ns": {1, Decimal("2.5")},
    "bs": {b"a"},
    "odd name": 1,
}
VALUES: dict[str, Any] = {
    ":1": 1,
    ":2": 2,
    ":half": Decimal("0.5"),
    ":s": "new",
    ":l": ["y"],
    ":m": {"z": 1},
    ":ss": {"b", "c"},
    ":ns": {1.0, 7},
    ":bs": {b"a"},
    ":true": True,
    ":wide": 10**37,
    ":all": {"a", "b"},
}
NAMES = {"#n": "n", "#odd": "odd name", "#l": "l"}
KEYS = frozenset({"pk"})


def selected(text: str, sort_key: str | None = "sk") -> KeyRange:
    values = {":p": "k", ":a": 1, ":b": 2, ":s": "a", ":t": True}
    using = Substitutions({"#p": "pk", "#s": "sk"}, values)
    return key_condition(text, partition_key="pk", sort_key=sort_key, using=using)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pk = :p", {}),
        (":p = #p", {}),
        ("pk = :p AND sk = :a", {"lower": 1, "upper": 1}),
        ("#s = :a AND #p = :p", {"lower": 1, "upper": 1}),
        ("pk = :p AND sk < :a", {"upper": 1, "upper_inclusive": False}),
        ("pk = :p AND sk <= :a", {"upper": 1}),
        ("pk = :p AND sk > :a", {"lower": 1, "lower_inclusive": False}),
        ("pk = :p AND sk >= :a", {"lower": 1}),
        ("pk = :p AND :a > sk", {"upper": 1, "upper_inclusive": False}),
        ("pk = :p AND :a >= sk", {"upper": 1}),
        ("pk = :p AND :a < sk", {"lower": 1, "lower_inclusive": False}),
        ("pk = :p AND :a <= sk", {"lower": 1}),
        ("(pk = :p AND (sk BETWEEN :a AND :b))", {"lower": 1, "upper": 2}),
        ("pk = :p AND begins_with(sk, :s)", {"lower": "a", "prefix": "a"}),
    ],
)
def test_key_range(text: str, expected: dict[str, Any]) -> None:
    assert selected(text) == KeyRange(partition="k", **expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sk = :a", "missed key schema element: pk"),
        ("pk = :p AND away = :a", "away is no key"),
        ("pk = :p AND sk = :a AND away = :a", "length 1 or 2"),
        ("pk = :p AND sk > :a AND sk < :b", "only contain one condition per key"),
        ("pk = :p AND pk = :p", "only contain one condition per key"),
        ("pk < :p", "not supported"),
        ("begins_with(pk, :p)", "not supported"),
        ("pk BETWEEN :p AND :p", "not supported"),
        ("pk <> :p", "Invalid operator used in KeyConditionExpression: <>"),
        ("pk = :p OR sk = :a", "KeyConditionExpression: OR"),
        ("NOT pk = :p", "KeyConditionExpression: NOT"),
        ("pk = :p AND sk IN (:a)", "KeyConditionExpression: IN"),
        ("pk = :p AND attribute_exists(sk)", "attribute_exists"),
        ("pk = :p AND contains(sk, :s)", "contains"),
        ("pk = :p AND size(sk) = :a", "No key attribute|nested operations"),
        ("pk = :p AND sk = size(pk)", "nested operations"),
        ("pk = sk", "Multiple attribute names"),
        (":p = :p", "No key attribute specified"),
        ("pk = :p AND :a BETWEEN sk AND :b", "key attribute as its first operand"),
        ("pk = :p AND begins_with(:s, sk)", "key attribute as its first operand"),
        ("pk = :p AND begins_with(sk, :a)", "begins_with, operand type: N"),
        ("pk = :p AND sk BETWEEN :b AND :a", "upper bound to be greater"),
        ("pk = :p AND sk BETWEEN :s AND :a", "same data type"),
        ("pk = :t", "operand type: BOOL"),
        ("pk.a = :p", "must be scalars"),
        ("pk = :p AND sk[0] = :a", "must be scalars"),
        ("pk = :p AND a.b = :a", "is no key"),
        ("pk = :p,", "Syntax error"),
    ],
)
def test_key_condition_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationFailed, match=message) as failure:
        selected(text)
    assert str(failure.value).startswith("Invalid KeyConditionExpression: ")


def test_a_table_without_sort_key_has_no_condition_on_one() -> None:
    assert selected("pk = :p", None) == KeyRange(partition="k")
    with pytest.raises(ValidationFailed, match="sk is no key"):
        selected("pk = :p AND sk = :a", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n, s, gone", {"n": 5, "s": "x"}),
        ("#odd", {"odd name": 1}),
        ("m.a", {"m": {"a": 1}}),
        ("m.b.c, m.a", {"m": {"a": 1, "b": {"c": "d"}}}),
        ("l[2], l[0]", {"l": [1, [2]]}),
        ("l[3].k, l[1]", {"l": ["x", {"k": 3}]}),
        ("l[2][0]", {"l": [[2]]}),
        ("#l[9], l[3].z, m.z.y, n.a, s[0], m[1]", {}),
        ("l[9], l[1]", {"l": ["x"]}),
        ("gone", {}),
    ],
)
def test_projection(text: str, expected: dict[str, Any]) -> None:
    if "m.z" in text:  # a map cannot have an index and a name
        text = text.replace(", m[1]", "")
    assert projection(text, using=Substitutions(NAMES, VALUES, KEYS))(ITEM) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n, n", r"overlap .*\[n\], at character 4"),
        ("m, m.a", "overlap"),
        ("m.a, m", "overlap"),
        ("l[0], #l[0]", "overlap"),
        ("l[0], l.a", "conflict"),
        ("n,", "Syntax error"),
        ("n s", "Syntax error"),
        ("(n)", "Syntax error"),
        (":1", "Syntax error"),
        ("size(s)", "reserved|Syntax error"),
        ("name", "reserved keyword: name"),
        ("pk.a", "must be scalars"),
        ("#gone", "attribute name: #gone"),
    ],
)
def test_projection_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationFailed, match=message) as failure:
        projection(text, using=Substitutions(NAMES, VALUES, KEYS))
    assert str(failure.value).startswith("Invalid ProjectionExpression: ")


def test_projection_wants_every_name_used() -> None:
    with pytest.raises(ValidationFailed, match="unused"):
        projection("n", names={"#n": "n"})


def changed(text: str, item: dict[str, Any] | None = ITEM) -> dict[str, Any]:
    """What an update changes of the item; None for what it removes."""
    using = Substitutions(NAMES, VALUES)
    before = copy.deepcopy(item)
    after = update(text, keys=KEYS, using=using).apply(item, {"pk": "k"})
    assert item == before
    old = item or {}
    return {name: after.get(name) for name in (*old, *after) if after.get(name) != old.get(name)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SET n = :s", {"n": "new"}),
        ("set #odd = :s, q = :m", {"odd name": "new", "q": {"z": 1}}),
        ("SET n = n + :2", {"n": 7}),
        ("SET n = n - :2", {"n": 3}),
        ("SET n = :2 - n", {"n": -3}),
        ("SET n = n + :half", {"n": Decimal("5.5")}),
        ("SET f = f + :half", {"f": Decimal("0.6")}),
        ("SET n = (n + n)", {"n": 10}),
        ("SET q = m.b.c, n = l[3].k", {"q": "d", "n": 3}),
        ("SET n = s, s = n", {"n": "x", "s": 5}),
        ("SET q = if_not_exists(q, :1)", {"q": 1}),
        ("SET q = if_not_exists(n, :1)", {"q": 5}),
        ("SET q = if_not_exists(q, n) + :1", {"q": 6}),
        ("SET q = if_not_exists(q, if_not_exists(l[9], :2))", {"q": 2}),
        ("SET l = list_append(l, :l)", {"l": [1, "x", [2], {"k": 3}, "y"]}),
        ("SET l = list_append(:l, l)", {"l": ["y", 1, "x", [2], {"k": 3}]}),
        ("SET q = list_append(if_not_exists(q, :l), :l)", {"q": ["y", "y"]}),
        ("SET l[0] = :s", {"l": ["new", "x", [2], {"k": 3}]}),
        ("SET l[9] = :s, l[7] = :1", {"l": [1, "x", [2], {"k": 3}, 1, "new"]}),
        ("SET l[4] = :s", {"l": [1, "x", [2], {"k": 3}, "new"]}),
        ("SET l[1] = l[0], l[0] = l[1]", {"l": ["x", 1, [2], {"k": 3}]}),
        ("SET m.q = :s, m.b.c = :1", {"m": {"a": 1, "b": {"c": 1}, "q": "new"}}),
        ("SET l[3].z = :1", {"l": [1, "x", [2], {"k": 3, "z": 1}]}),
        ("REMOVE n, gone, m.gone", {"n": None}),
        ("REMOVE l[0], l[2], l[9]", {"l": ["x", {"k": 3}]}),
        ("REMOVE m.b.c, l[3].k", {"m": {"a": 1, "b": {}}, "l": [1, "x", [2], {}]}),
        ("REMOVE l[0] SET l[1] = :s, l[8] = :1", {"l": ["new", [2], {"k": 3}, 1]}),
        ("SET q = l[0] REMOVE l[0]", {"q": 1, "l": ["x", [2], {"k": 3}]}),
        ("ADD n :2, q :half", {"n": 7, "q": Decimal("0.5")}),
        ("ADD ss :ss, ns :ns", {"ss": {"a", "b", "c"}, "ns": {1, Decimal("2.5"), 7}}),
        (
            "ADD q :ss, m.a :1, l[0] :1",
            {"q": {"b", "c"}, "m": {"a": 2, "b": {"c": "d"}}, "l": [2, "x", [2], {"k": 3}]},
        ),
        ("DELETE ss :ss", {"ss": {"a"}}),
        ("DELETE ns :ns", {"ns": {Decimal("2.5")}}),
        ("DELETE bs :bs, ss :all", {"bs": None, "ss": None}),
        ("DELETE gone :ss, m.gone :ss, l[9] :ss", {}),
        ("ADD n :1 DELETE ss :ss REMOVE s SET q = n", {"n": 6, "ss": {"a"}, "s": None, "q": 5}),
        ("SET q = pk", {"q": "k"}),
    ],
)
def test_update(text: str, expected: dict[str, Any]) -> None:
    assert changed(text) == expected


def test_update_makes_an_item_that_is_not_there() -> None:
    assert changed("SET n = :1 ADD q :2 REMOVE s", None) == {"pk": "k", "n": 1, "q": 2}
    assert changed("REMOVE s", None) == {"pk": "k"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET n = gone", "does not exist in the item"),
        ("SET n = gone + :1", "does not exist in the item"),
        ("SET n = if_not_exists(n, gone)", "does not exist in the item"),
        ("SET n = s + :1", "incorrect data type"),
        ("SET q = if_not_exists(q, :s) - :1", "incorrect data type"),
        ("SET l = list_append(:l, s)", "incorrect data type"),
        ("SET m.a.b = :1", "path provided in the update expression is invalid"),
        ("SET l.a = :1", "path provided in the update expression is invalid"),
        ("SET m[0] = :1", "path provided in the update expression is invalid"),
        ("SET gone[0] = :1", "path provided in the update expression is invalid"),
        ("SET l[9].a = :1", "path provided in the update expression is invalid"),
        ("REMOVE gone.a", "path provided in the update expression is invalid"),
        ("DELETE gone.a :ss", "path provided in the update expression is invalid"),
        ("ADD s :1", "incorrect data type"),
        ("ADD n :ss", "incorrect data type"),
        ("ADD ss :ns", "incorrect data type"),
        ("DELETE ss :ns", "incorrect data type"),
        ("DELETE n :ss", "incorrect data type"),
        ("SET q = :wide + :half", "precision up to 38 digits"),
    ],
)
def test_update_that_does_not_fit_the_item(text: str, message: str) -> None:
    change = update(text, keys=KEYS, using=Substitutions(NAMES, VALUES))
    with pytest.raises(ValidationFailed, match=message):
        change.apply(ITEM, {"pk": "k"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "can not be empty"),
        ("n = :1", 'Syntax error; token: "n", at character 1'),
        ("SET", "Syntax error"),
        ("SET n = :1,", "Syntax error"),
        ("SET n :1", "Syntax error"),
        ("SET n = n + :1 + :1", r'Syntax error; token: "\+", at character 16'),
        ("SET n = (n + :1) + :1", "Syntax error"),
        ("SET n = -n", "Syntax error"),
        ("SET n = if_not_exists(n, n + :1)", "Syntax error"),
        ("SET n = ((n))", "redundant parentheses"),
        ("SET n = :1 AND s = :1", "Syntax error"),
        ("REMOVE n s", "Syntax error"),
        ("REMOVE :1", "Syntax error"),
        ("ADD n n", "Syntax error"),
        ("ADD n = :1", "Syntax error"),
        ("DELETE ss", "Syntax error"),
        ("SET n = :1 SET s = :1", '"SET" section can only be used once .* at character 12'),
        ("SET n = :1, n = :1", "overlap"),
        ("SET m = :1 REMOVE m.a", "overlap"),
        ("REMOVE l[0].a, l[0]", "overlap"),
        ("SET l[0] = :1, l.a = :1", "conflict"),
        ("SET pk = :1", "Cannot update attribute pk"),
        ("REMOVE pk.a", "Key attributes|Cannot update"),
        ("SET q = pk.a", "Key attributes must be scalars"),
        ("SET q = size(s)", "not allowed in an update expression; function: size"),
        ("SET q = contains(s, s)", "not allowed in an update expression"),
        ("SET q = foo(s)", "Invalid function name; function: foo"),
        ("SET q = list_append(:l)", "number of operands: 1"),
        ("SET q = if_not_exists(q, :1, :1)", "number of operands: 3"),
        ("SET q = list_append(list_append(:l, :l), :l)", "not allowed to be used this way"),
        ("SET q = if_not_exists(q, list_append(:l, :l))", "not allowed to be used this way"),
        ("SET q = n + list_append(:l, :l)", "not allowed to be used this way"),
        ("SET q = if_not_exists(:1, :1)", "requires a document path"),
        ("SET q = if_not_exists(q, q)", "must be distinct"),
        ("SET q = n + :s", r"function: \+, operand type: S"),
        ("SET q = :l - :l", "function: -, operand type: L"),
        ("SET q = list_append(l, :s)", "function: list_append, operand type: S"),
        ("ADD n :s", "ADD, operand type: S"),
        ("ADD l :l", "ADD, operand type: L"),
        ("DELETE n :1", "DELETE, operand type: N"),
        ("SET q = :gone", "attribute value: :gone"),
        ("SET name = :1", "reserved keyword: name"),
    ],
)
def test_update_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationFailed, match=message) as failure:
        update(text, keys=KEYS, using=Substitutions(NAMES, VALUES))
    assert str(failure.value).startswith("Invalid UpdateExpression: ")


def test_update_wants_every_value_used() -> None:
    with pytest.raises(ValidationFailed, match="unused"):
        update("REMOVE n", keys=KEYS, values={":v": 1})


def test_keys_of_one_request_stay_its_own() -> None:
    using = Substitutions({"#a": "m"}, {":v": 1})
    update("SET #a.b = :v", keys=KEYS, using=using)
    using.check_all_used()
    assert using.keys == frozenset()
    nested = {"pk": {"a": 1}}
    assert projection("pk.a", using=using)(nested) == nested


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("SET n = :2, q = :1 REMOVE s", {"n": 5, "s": "x"}, {"n": 2, "q": 1}),
        ("SET m.a = :2", {"m": ITEM["m"]}, {"m": {"a": 2, "b": {"c": "d"}}}),
        ("SET m.q = :2", {}, {"m": {"a": 1, "b": {"c": "d"}, "q": 2}}),
        ("SET l[9] = :2", {}, {}),
        ("REMOVE l[3].k", {"l": ITEM["l"]}, {}),
        ("DELETE bs :bs", {"bs": {b"a"}}, {}),
        ("REMOVE gone", {}, {}),
    ],
)
def test_touched(text: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    change = update(text, keys=KEYS, using=Substitutions(NAMES, VALUES))
    assert change.touched(ITEM, change.apply(ITEM, {"pk": "k"})) == (old, new)


def test_touched_of_an_item_that_was_not_there() -> None:
    change = update("SET n = :1", keys=KEYS, using=Substitutions(NAMES, VALUES))
    assert change.touched(None, change.apply(None, {"pk": "k"})) == ({}, {"n": 1})


@pytest.mark.parametrize(
    ("left", "sign", "right", "expected"),
    [
        (0.1, "+", 0.2, Decimal("0.3")),
        (Decimal("1.50"), "-", Decimal("0.50"), 1),
        (Decimal("1.5"), "-", Decimal("1.50"), 0),
        (10**38 - 1, "+", 1, Decimal("1E+38")),
        (10**38 - 1, "-", -2, None),
        (1 - 10**38, "-", 1, Decimal("-1E+38")),
        (
            Decimal("1234567890123456789012345678901.2345678"),
            "+",
            1,
            Decimal("1234567890123456789012345678902.2345678"),
        ),
        (10**36, "+", 0.1, Decimal("1000000000000000000000000000000000000.1")),
        (10**37, "+", Decimal("0.01"), None),
        (Decimal("9E125"), "+", Decimal("1E125"), None),
        (Decimal("9E125"), "-", Decimal("8E125"), Decimal("1E+125")),
        (Decimal("1.1E-130"), "-", Decimal("1E-130"), None),
        (Decimal("2E-130"), "-", Decimal("1E-130"), Decimal("1E-130")),
        (
            Decimal("1234567890123456789012345678901.2345678"),
            "-",
            Decimal("0.0000001"),
            Decimal("1234567890123456789012345678901.2345677"),
        ),
        (
            Decimal(1),
            "-",
            Decimal("1234567890123456789012345678901.2345678"),
            Decimal("-1234567890123456789012345678900.2345678"),
        ),
    ],
)
def test_numbers_are_decimal_to_38_digits(
    left: Any, sign: str, right: Any, expected: int | Decimal | None
) -> None:
    change = update(f"SET n = :l {sign} :r", keys=KEYS, values={":l": left, ":r": right})
    if expected is None:
        with pytest.raises(ValidationFailed, match=r"38 digits|overflow|underflow"):
            change.apply(None, {"pk": "k"})
        return
    found = change.apply(None, {"pk": "k"})["n"]
    assert type(found) is type(expected)
    assert str(found) == str(expected)
