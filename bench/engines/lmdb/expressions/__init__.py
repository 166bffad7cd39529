"""DynamoDB's expression language over items as `bench.engines.lmdb.itemsize` types them.

    condition("size(#t) > :n AND attribute_exists(a.b[3])", names=…, values=…)(item) -> bool
    key_condition("pk = :p AND begins_with(sk, :s)", partition_key="pk", sort_key="sk", …) -> KeyRange
    projection("a, b.c[0]", names=…)(item) -> item
    update("SET n = n + :one REMOVE old", keys=frozenset({"pk"}), …).apply(item, key) -> item

Whatever DynamoDB refuses with ValidationException raises ValidationFailed. Names and values that
several expressions of one request share go into one `Substitutions`, given to each as `using`; who
gives it calls its `check_all_used()` after the last. Without it each function makes its own and
checks it. `Substitutions(names, values, keys)` also takes the key attributes of the table, into
which no document path may lead. Parsed texts are kept, so that preparing the same text again only puts in its values;
what a function returns can be kept as well while names and values stay the same.

Judged against DynamoDB Local. Known to differ from it, on the side of the documented service: the
word SIZE is reserved, IN takes 100 operands after the first, empty strings are values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.engines.lmdb.expressions.conditions import compiled
from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.grammar import parse_condition, parse_projection, parse_update
from bench.engines.lmdb.expressions.keyconditions import key_range
from bench.engines.lmdb.expressions.keyrange import KeyRange
from bench.engines.lmdb.expressions.projections import projected
from bench.engines.lmdb.expressions.substitutions import Substitutions
from bench.engines.lmdb.expressions.updates import Update, prepared
from bench.engines.lmdb.itemsize import Attribute, Item

__all__ = [
    "KeyRange",
    "Substitutions",
    "Update",
    "ValidationFailed",
    "condition",
    "key_condition",
    "projection",
    "update",
]

Names = Mapping[str, str] | None
Values = Mapping[str, Attribute] | None

_NO_ITEM: Item = {}


def condition(
    text: str,
    *,
    names: Names = None,
    values: Values = None,
    using: Substitutions | None = None,
    expression: str = "ConditionExpression",
) -> Callable[[Item | None], bool]:
    """A condition or filter as a function of an item; None is an item without attributes.

    `expression` is what errors call it (`FilterExpression`).

    >>> condition("a.b[1] > :n", values={":n": 5})({"a": {"b": [1, 7]}})
    True
    """
    shared = using or Substitutions(names, values)
    try:
        test = compiled(parse_condition(text), shared)
    except ValidationFailed as failure:
        raise failure.within(expression) from None
    _check(using, shared)
    return lambda item: test(_NO_ITEM if item is None else item)


def key_condition(
    text: str,
    *,
    partition_key: str,
    sort_key: str | None = None,
    names: Names = None,
    values: Values = None,
    using: Substitutions | None = None,
) -> KeyRange:
    """What a key condition selects of a table or index with these key attributes.

    The types of the values are not compared with the key's types: who knows the table does that.

    >>> key_condition("p = :p AND s < :s", partition_key="p", sort_key="s", values={":p": "a", ":s": 9})
    KeyRange(partition='a', lower=None, upper=9, lower_inclusive=True, upper_inclusive=False, prefix=None)
    """
    shared = using or Substitutions(names, values)
    keys = frozenset((partition_key,) if sort_key is None else (partition_key, sort_key))
    try:
        found = key_range(
            parse_condition(text),
            partition_key=partition_key,
            sort_key=sort_key,
            using=shared.keyed(keys),
        )
    except ValidationFailed as failure:
        raise failure.within("KeyConditionExpression") from None
    _check(using, shared)
    return found


def projection(
    text: str, *, names: Names = None, using: Substitutions | None = None
) -> Callable[[Item], Item]:
    """The parts of an item that a read returns, as a function of the item.

    >>> projection("a[2], a[0], b.c, d")({"a": [1, 2, 3], "b": {"c": 4, "e": 5}})
    {'a': [1, 3], 'b': {'c': 4}}
    """
    shared = using or Substitutions(names, None)
    try:
        pick = projected(parse_projection(text), shared)
    except ValidationFailed as failure:
        raise failure.within("ProjectionExpression") from None
    _check(using, shared)
    return pick


def update(
    text: str,
    *,
    keys: frozenset[str],
    names: Names = None,
    values: Values = None,
    using: Substitutions | None = None,
) -> Update:
    """A prepared update; `keys` are the names of the table's key attributes.

    >>> change = update("SET n = n + :one, l[1] = n", keys=frozenset({"k"}), values={":one": 1})
    >>> change.apply({"k": 1, "n": 4, "l": ["a"]}, {"k": 1})
    {'k': 1, 'n': 5, 'l': ['a', 4]}
    """
    shared = using or Substitutions(names, values)
    try:
        change = prepared(parse_update(text), shared.keyed(keys))
    except ValidationFailed as failure:
        raise failure.within("UpdateExpression") from None
    _check(using, shared)
    return change


def _check(using: Substitutions | None, shared: Substitutions) -> None:
    """Substitutions that nobody else gave are for this expression alone."""
    if using is None:
        shared.check_all_used()
