"""Conditions of DynamoDB's expression language: each operator, each function, each refusal."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import Any

import pytest

from bench.engines.lmdb.expressions import Substitutions, ValidationFailed, condition
from bench.engines.lmdb.expressions.grammar import parse_condition
from bench.engines.lmdb.expressions.reserved import RESERVED
from bench.engines.lmdb.expressions.values import type_of
from bench.engines.seam import OperationFailed

ITEM: dict[str, Any] = {
    "n": 5,
    "f": 0.1,
    "s": "hello",
    "b": b"\x01\xff",
    "yes": True,
    "nil": None,
    "l": [1, "x", [2], {"k": 3}],
    "m": {"a": 1, "b": {"c": "d"}},
    "ss": {"a", "b"},
    "ns": {1, Decimal("2.5")},
    "bs": frozenset({b"a"}),
    "fs": {0.1, 2},
    "odd name": 1,
    "wide": "né\U0001f600",
}
VALUES: dict[str, Any] = {
    ":4": 4,
    ":5": Decimal("5.00"),
    ":6": 6,
    ":1": 1,
    ":tenth": Decimal("0.1"),
    ":he": "he",
    ":hello": "hello",
    ":z": "z",
    ":x": "x",
    ":lo": "lo",
    ":byte": b"\x01",
    ":high": b"\xff",
    ":true": True,
    ":false": False,
    ":nil": None,
    ":list": [1.0, "x", [Decimal(2)], {"k": 3}],
    ":flags": [True, "x", [2], {"k": 3}],
    ":map": {"b": {"c": "d"}, "a": 1},
    ":ss": {"b", "a"},
    ":ns": {1.0, 2.5},
    ":N": "N",
    ":S": "S",
    ":Q": "Q",
    ":2": 2,
    ":other_map": {"b": {"c": "d"}, "a": 2},
    ":less_map": {"b": {"c": "d"}},
    ":tenths": {Decimal("0.1"), 2},
}
NAMES = {"#n": "n", "#odd": "odd name", "#m": "m", "#a": "a"}


def prepare(text: str) -> Any:
    """The condition with those names and values that its text uses."""
    using = Substitutions(NAMES, VALUES, frozenset({"pk"}))
    return condition(text, using=using)


HOLDS = """
n = :5 | f = :tenth | :5 = n | s = :hello | yes = :true | nil = :nil | l = :list | m = :map
ss = :ss | ns = :ns | fs = :tenths | n <> :4 | n <> :hello | yes <> :false | l <> :flags | gone <> :4 | gone <> away
n < :6 | n <= :6 | n <= :5 | n > :4 | n >= :4 | n >= :5 | s < :z | s > :he | b > :byte | b < :high
n BETWEEN :5 AND :6 | n BETWEEN :4 AND :5 | s BETWEEN :he AND :z | :5 BETWEEN l[0] AND n
n IN (:4, :5) | n IN (:5) | s IN (:5, :hello) | :1 IN (n, l[0])
attribute_exists(n) | attribute_exists(nil) | attribute_exists(m.b.c) | attribute_exists(l[3].k)
attribute_not_exists(gone) | attribute_not_exists(l[4]) | attribute_not_exists(n.a)
attribute_not_exists(m[0]) | attribute_not_exists(l.a) | attribute_not_exists(s[0])
attribute_type(n, :N) | attribute_type(s, :S) | attribute_type(:5, :N) | attribute_type(size(s), :N)
begins_with(s, :he) | begins_with(s, :hello) | begins_with(b, :byte) | begins_with(:hello, :he)
contains(s, :lo) | contains(b, :high) | contains(ss, :a) | contains(ns, :1) | contains(l, :x)
contains(l, l[3]) | contains(bs, :a_byte) | contains(:ss, :a)
size(s) = :5 | size(wide) = :4 | size(b) = :2 | size(l) = :4 | size(m) = :2 | size(ss) = :2
size(ns) = :2 | size(bs) = :1 | size(:hello) = :5 | size(n) <> :1 | size(s) = n
l[0] = :1 | l[2][0] = :2 | l[3].k > :2 | m.a = :1 | m . a = :1 | l [ 0 ] = :1 | #m.#a = :1
#odd = :1 | #n = :5 | n=:5 and(NOT s=:he) | NOT n = :4 | NOT NOT n = :5 | NOT n < :hello
n = :4 OR n = :5 | n = :5 AND s = :hello | (n) = (:5) | (n = :5) | NOT (n = :4)
n = :5 OR n = :4 AND n = :6 | (n = :4 OR n = :5) AND s = :hello | n = :5 OR n = :5 AND n = :4
NOT n = :4 AND n = :5 | n BETWEEN :4 AND :6 AND s = :hello | NOT gone = :4
"""
FAILS = """
n = :4 | n = :hello | yes = :1 | l[0] = :true | l = :flags | gone = :4 | gone = away | n <> :5
ss = :ns | m = :list | m = :other_map | m = :less_map | n < :5 | n < :4 | n <= :4 | n > :5 | n > :6 | n >= :6 | n < :hello | n > :hello
s < :6 | s >= :6 | gone < :4 | gone >= :4 | l < n | yes < nil | m >= l
n BETWEEN :1 AND :4 | n BETWEEN :6 AND :6 | gone BETWEEN :1 AND :4 | n BETWEEN gone AND :6
n BETWEEN :4 AND gone | s BETWEEN :1 AND :4 | yes BETWEEN :1 AND :4 | n BETWEEN s AND :6
n IN (:4, :6) | gone IN (:4) | gone IN (away) | yes IN (:1)
attribute_exists(gone) | attribute_exists(l[4]) | attribute_not_exists(n) | attribute_not_exists(nil)
attribute_type(n, :S) | attribute_type(gone, :N) | attribute_type(yes, :N)
begins_with(s, :lo) | begins_with(s, :byte) | begins_with(n, :he) | begins_with(gone, :he)
begins_with(s, gone) | begins_with(b, :high) | begins_with(ss, :he)
contains(s, :z) | contains(s, :byte) | contains(s, :1) | contains(ss, :x) | contains(m, :a)
contains(n, :5) | contains(l, :4) | contains(gone, :x) | contains(s, gone) | contains(l, :true)
contains(ns, :4) | contains(ss, :ss)
size(s) = :4 | size(n) = :1 | size(yes) = :1 | size(gone) = :1 | size(s) = :hello | size(nil) < :1
NOT n = :5 | n = :4 OR n = :6 | n = :5 AND s = :he | n = :4 AND s = :hello
(n = :5 OR n = :4) AND n = :6 | NOT (n = :5 OR n = :4) | n = :4 AND n = :4 OR n = :6
NOT n = :5 OR n = :4 | m.a = :4 | #odd = :4
"""
SPECIAL = {":a": "a", ":a_byte": b"a"}


def each(table: str) -> list[str]:
    return [text.strip() for line in table.split("\n") for text in line.split("|") if text.strip()]


@pytest.mark.parametrize("text", each(HOLDS))
def test_holds(text: str) -> None:
    using = Substitutions(NAMES, VALUES | SPECIAL)
    assert condition(text, using=using)(ITEM) is True


@pytest.mark.parametrize("text", each(FAILS))
def test_does_not_hold(text: str) -> None:
    using = Substitutions(NAMES, VALUES | SPECIAL)
    assert condition(text, using=using)(ITEM) is False


REFUSED = [
    # text, part of the message, position
    ("", "can not be empty", None),
    ("  ", "can not be empty", None),
    ("n", 'Syntax error; token: "<end of expression>"', 2),
    (":true", "Syntax error", 6),
    ("n = ", "Syntax error", 5),
    ("n = 5", 'Syntax error; token: "5"', 5),
    ("n = 'x'", 'Syntax error; token: "\'"', 5),
    ("n == :5", 'Syntax error; token: "="', 4),
    ("n != :5", 'Syntax error; token: "!"', 3),
    ("n < = :5", 'Syntax error; token: "="', 5),
    ("n + :5 = :5", 'Syntax error; token: "+"', 3),
    ("n = :5 n = :5", 'Syntax error; token: "n"', 8),
    ("n = :5 AND", "Syntax error", 11),
    ("AND n = :5", 'Syntax error; token: "AND"', 1),
    ("NOT n", "Syntax error", 6),
    ("n OR n = :5", 'Syntax error; token: "OR"', 3),
    ("(n = :5", "Syntax error", 8),
    ("n = :5)", 'Syntax error; token: ")"', 7),
    ("(n = :5) = :true", 'Syntax error; token: "="', 10),
    ("n BETWEEN :4, :5", 'Syntax error; token: ","', 13),
    ("n IN :5", 'Syntax error; token: ":5"', 6),
    ("n IN ()", 'Syntax error; token: ")"', 7),
    ("l[00] = :1", 'Syntax error; token: "0"', 4),
    ("l[-1] = :1", 'Syntax error; token: "-"', 3),
    ("l[:1] = :1", 'Syntax error; token: ":1"', 3),
    ("l[2147483648] = :1", "List index is not within the allowable range", 3),
    ("l[10000000000] = :1", "List index is not within the allowable range", 3),
    ("n. = :5", 'Syntax error; token: "="', 4),
    ("_n = :5", 'Syntax error; token: "_"', 1),
    ("é = :5", 'Syntax error; token: "é"', 1),
    ("m.name = :5", "reserved keyword: name", 3),
    ("Status = :5", "reserved keyword: Status", 1),
    ("((n = :5))", "redundant parentheses", 1),
    ("n = ((:5))", "redundant parentheses", 5),
    (".".join(["a"] * 33) + " = :5", "too many nesting levels", 1),
    ("n = :gone", "attribute value: :gone", 5),
    ("#gone = :5", "attribute name: #gone", 1),
    ("foo(n)", "Invalid function name; function: foo", 1),
    ("ATTRIBUTE_EXISTS(n)", "Invalid function name", 1),
    ("if_not_exists(n, :5) = :5", "not allowed in a condition expression", 1),
    ("size(n)", "not allowed to be used this way in an expression; function: size", 1),
    ("attribute_exists(n) = :true", "not allowed to be used this way", 1),
    ("contains(n)", "number of operands: 1", 1),
    ("attribute_exists(n, s)", "number of operands: 2", 1),
    ("attribute_exists(:5)", "requires a document path", 18),
    ("attribute_not_exists(:5)", "requires a document path", 22),
    ("size(:5) = :5", "operator or function: size, operand type: N", 6),
    ("size(size(s)) = :5", "operator or function: size, operand type: N", 6),
    ("n < :true", "operator or function: <, operand type: BOOL", 5),
    (":list >= n", "operator or function: >=, operand type: L", 1),
    ("n BETWEEN :nil AND :nil", "operator or function: BETWEEN, operand type: NULL", 11),
    ("n BETWEEN :6 AND :4", "upper bound to be greater than or equal to lower bound", 11),
    ("n BETWEEN :4 AND :he", "same data type for lower and upper bounds", 11),
    ("begins_with(s, :5)", "operator or function: begins_with, operand type: N", 16),
    ("begins_with(size(s), s)", "operator or function: begins_with, operand type: N", 13),
    ("attribute_type(n, :Q)", "Invalid attribute type name found; type: Q", 19),
    ("attribute_type(n, :5)", "operator or function: attribute_type, operand type: N", 19),
    ("attribute_type(n, s)", "operator or function: attribute_type", 19),
    ("n = n", "must be distinct", 1),
    ("n <> #n", "must be distinct", 1),
    ("l[0] IN (:5, l[0])", "must be distinct", 1),
    ("n BETWEEN :4 AND n", "must be distinct", 1),
    ("contains(s, s)", "must be distinct", 10),
    ("pk.a = :5", "Key attributes must be scalars", 1),
    (" OR ".join(["n = :5"] * 151), "too many operators", None),
    (f"n IN ({', '.join([':5'] * 101)})", "too many operands; number of operands: 101", 3),
    ("n = :5" + " " * 4091, "Expression size has exceeded", None),
]


@pytest.mark.parametrize(("text", "message", "position"), REFUSED, ids=range(len(REFUSED)))
def test_refused(text: str, message: str, position: int | None) -> None:
    with pytest.raises(ValidationFailed) as failure:
        prepare(text)
    assert message in failure.value.problem
    if position is not None:
        assert failure.value.position == position
        assert str(failure.value).endswith(f", at character {position}")


def test_as_many_operators_and_operands_as_are_allowed() -> None:
    assert prepare(" OR ".join(["n = :5"] * 150))(ITEM)
    assert prepare("NOT " * 299 + "n = :4")(ITEM)
    assert prepare(f"n IN ({', '.join([':4'] * 99)}, :5)")(ITEM)
    assert prepare("n = :5" + " " * 4090)(ITEM)
    assert prepare(f"attribute_not_exists({'.'.join(['a'] * 32)})")(ITEM)
    assert prepare("attribute_not_exists(l[2147483647])")(ITEM)
    assert prepare("(n = :4 OR " * 149 + "n = :5" + ")" * 149)(ITEM)


def test_too_deep_is_refused_and_not_a_crash() -> None:
    with pytest.raises(ValidationFailed, match=r"nested too deeply|redundant"):
        prepare("n = " + "(" * 2000 + ":5" + ")" * 2000)


def test_no_item_is_one_without_attributes() -> None:
    assert prepare("attribute_not_exists(n)")(None)
    assert not prepare("n = :5")(None)


def test_failure_is_a_failed_operation_that_can_be_sent() -> None:
    with pytest.raises(OperationFailed) as failure:
        condition("n = :v", values={":v": 1, ":w": 2}, expression="FilterExpression")
    assert failure.value.kind == "validation"
    with pytest.raises(ValidationFailed) as failure:
        condition("n = :v", expression="FilterExpression")
    copied = pickle.loads(pickle.dumps(failure.value))
    assert str(copied) == str(failure.value)
    assert str(copied).startswith("Invalid FilterExpression: An expression attribute value")


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ({"#n": "n", "#x": "x"}, {":v": 1}, "AttributeNames unused in expressions: keys: {#x}"),
        ({"#n": "n"}, {":v": 1, ":w": 1}, "AttributeValues unused in expressions: keys: {:w}"),
        ({}, {":v": 1}, "ExpressionAttributeNames must not be empty"),
        ({"#n": "n"}, {}, "ExpressionAttributeValues must not be empty"),
        ({"#n": "n", "x": "x"}, {":v": 1}, 'invalid key: Syntax error; key: "x"'),
        ({"#n": "n"}, {":v": 1, ":": 1}, 'invalid key: Syntax error; key: ":"'),
    ],
)
def test_names_and_values_that_are_wrong(
    names: dict[str, str], values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationFailed) as failure:
        condition("#n = :v", names=names, values=values)
    assert message in str(failure.value)


def test_shared_substitutions_are_checked_by_who_shares_them() -> None:
    using = Substitutions({"#n": "n"}, {":v": 5, ":w": "hello"})
    first = condition("#n = :v", using=using)
    with pytest.raises(ValidationFailed, match=r"\{:w\}"):
        using.check_all_used()
    second = condition("s = :w", using=using)
    using.check_all_used()
    assert first(ITEM)
    assert second(ITEM)


def test_values_of_kindred_python_types() -> None:
    class Whole(int):
        pass

    class Word(str):
        __slots__ = ()

    for value, kind in ((Whole(5), "N"), (Word("x"), "S"), (bytearray(b"x"), "B"), ((), "L")):
        assert type_of(value) == kind
    with pytest.raises(TypeError, match="no type for object"):
        type_of(object())


def test_a_text_is_parsed_once() -> None:
    before = parse_condition.cache_info()
    for number in range(3):
        assert condition("once = :v", values={":v": number})({"once": number})
    after = parse_condition.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 1)


def test_reserved_words() -> None:
    assert len(RESERVED) == 573
    assert {"ABORT", "NAME", "SIZE", "STATUS", "TTL", "ZONE"} <= RESERVED
    for word in ("sIzE", "ttl"):
        with pytest.raises(ValidationFailed, match=f"reserved keyword: {word}"):
            condition(f"attribute_exists({word})")
