"""The expressions of a request as functions, with their failures as the API's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bench.engines.lmdb import expressions
from bench.engines.lmdb.api.errors import invalid
from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.substitutions import Substitutions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.engines.lmdb.expressions.keyrange import KeyRange
    from bench.engines.lmdb.itemsize import Attribute, Item

_WORD = re.compile(r"(?P<before>[.:]\s*)?(?P<name>#?[A-Za-z_][A-Za-z0-9_]*)(?P<call>\s*\()?")
_KEYWORDS = frozenset(["set", "remove", "add", "delete", "and", "or", "not", "between", "in"])


@contextmanager
def translated() -> Iterator[None]:
    """Turn an expression's failure into the API's error."""
    try:
        yield
    except ValidationFailed as failure:
        raise invalid(str(failure)) from failure


class Using:
    """Names and values of one request, shared by its expressions; failures are Refused."""

    __slots__ = ("_substitutions",)

    def __init__(
        self,
        names: Mapping[str, str] | None,
        values: Mapping[str, Attribute] | None,
        keys: frozenset[str],
    ) -> None:
        with translated():
            self._substitutions = Substitutions(names, values, keys)

    @property
    def substitutions(self) -> Substitutions:
        return self._substitutions

    def check_all_used(self) -> None:
        """Raise Refused when something was given that no expression used."""
        with translated():
            self._substitutions.check_all_used()


class _Nothing(Using):
    """Of a request that gives neither names nor values: nothing can be left unused."""

    def check_all_used(self) -> None:
        pass


@lru_cache(maxsize=256)
def _nothing(keys: frozenset[str]) -> _Nothing:
    return _Nothing(None, None, keys)


def substitutions(
    names: Mapping[str, str] | None,
    values: Mapping[str, Attribute] | None,
    keys: Iterable[str],
) -> Using:
    """What the expressions of one request share; no path may lead into one of these `keys`."""
    if names is None and values is None:
        return _nothing(frozenset(keys))
    return Using(names, values, frozenset(keys))


def condition(text: str | None, using: Using) -> Callable[[Item | None], bool] | None:
    """A condition or filter; None for none."""
    if text is None:
        return None
    with translated():
        return expressions.condition(text, using=using.substitutions)


def projection(text: str | None, using: Using) -> Callable[[Item], Item] | None:
    """A projection; None for none."""
    if text is None:
        return None
    with translated():
        return expressions.projection(text, using=using.substitutions)


def key_condition(text: str, keys: tuple[str, str | None], using: Using) -> KeyRange:
    """A key condition on a partition key and a sort key."""
    with translated():
        return expressions.key_condition(
            text, partition_key=keys[0], sort_key=keys[1], using=using.substitutions
        )


@dataclass(frozen=True, slots=True)
class Change:
    """An update, ready to be applied to any item."""

    prepared: expressions.Update

    def apply(self, before: Item | None, key: Item) -> Item:
        """The item afterwards; Refused when the update cannot be made of this item."""
        with translated():
            return self.prepared.apply(before, key)

    def touched(self, before: Item | None, after: Item) -> tuple[Item, Item]:
        """What UPDATED_OLD and UPDATED_NEW return."""
        return self.prepared.touched(before, after)


def update(text: str, keys: frozenset[str], using: Using) -> Change:
    """An update; `keys` are the attributes that it must not touch."""
    with translated():
        return Change(expressions.update(text, keys=keys, using=using.substitutions))


def top_names(text: str, names: Mapping[str, str] | None) -> frozenset[str]:
    """The top-level attributes that an expression names, wherever in it."""
    found = set()
    for match in _WORD.finditer(text):
        name = match["name"]
        if match["before"] or match["call"]:
            continue
        if name.startswith("#"):
            found.add((names or {}).get(name, name))
        elif name.lower() not in _KEYWORDS:
            found.add(name)
    return frozenset(found)
