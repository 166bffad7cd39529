"""What the expressions of one request share: names (`#n`), values (`:v`), the table's keys."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.itemsize import Attribute

_NAME = re.compile(r"#[A-Za-z0-9_]+")
_VALUE = re.compile(r":[A-Za-z0-9_]+")


class Substitutions:
    """ExpressionAttributeNames and ExpressionAttributeValues of one request.

    Remembers which were used: every one given must be. Raises ValidationFailed for an empty mapping
    and for a key of another form than `#name` or `:name`. `keys` are the key attributes of the
    table (and of the index): a document path may not lead into one.
    """

    __slots__ = ("_names", "_unused_names", "_unused_values", "_values", "keys")

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Attribute] | None = None,
        keys: frozenset[str] = frozenset(),
    ) -> None:
        _check_form("ExpressionAttributeNames", names, _NAME)
        _check_form("ExpressionAttributeValues", values, _VALUE)
        self.keys = keys
        self._names = names or {}
        self._values = values or {}
        self._unused_names = set(self._names)
        self._unused_values = set(self._values)

    def keyed(self, keys: frozenset[str]) -> Substitutions:
        """The same names and values, and the same memory of their use, with these keys as well."""
        if keys <= self.keys:
            return self
        keyed = Substitutions(keys=self.keys | keys)
        keyed._names, keyed._unused_names = self._names, self._unused_names
        keyed._values, keyed._unused_values = self._values, self._unused_values
        return keyed

    def name(self, placeholder: str, position: int) -> str:
        """The attribute name that stands for `#name`."""
        if placeholder not in self._names:
            raise ValidationFailed(
                "An expression attribute name used in the document path is not defined; "
                f"attribute name: {placeholder}",
                position,
            )
        self._unused_names.discard(placeholder)
        return self._names[placeholder]

    def value(self, placeholder: str, position: int) -> Attribute:
        """The value that stands for `:name`."""
        if placeholder not in self._values:
            raise ValidationFailed(
                "An expression attribute value used in expression is not defined; "
                f"attribute value: {placeholder}",
                position,
            )
        self._unused_values.discard(placeholder)
        return self._values[placeholder]

    def check_all_used(self) -> None:
        """Raise ValidationFailed when a name or a value was given that no expression used."""
        for what, unused in (("Names", self._unused_names), ("Values", self._unused_values)):
            if unused:
                raise ValidationFailed(
                    f"Value provided in ExpressionAttribute{what} unused in expressions: "
                    f"keys: {{{', '.join(sorted(unused))}}}"
                )


def _check_form(what: str, given: Mapping[str, object] | None, form: re.Pattern[str]) -> None:
    if given is None:
        return
    if not given:
        raise ValidationFailed(f"{what} must not be empty")
    for key in given:
        if not form.fullmatch(key):
            raise ValidationFailed(f'{what} contains invalid key: Syntax error; key: "{key}"')
