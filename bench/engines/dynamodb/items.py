"""Rows as items in DynamoDB's JSON, and back.

An attribute that is null is left out, as applications do. A timestamp is a number: whole
microseconds. A float is written with as many digits as tell it from all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench.engines.lmdb.schema import BUCKET_ROWS

if TYPE_CHECKING:
    from bench.engines.lmdb.schema import TableSchema
    from bench.engines.seam import Row, Value
    from workloads.datasets.seam import Table

Attribute = dict[str, Any]
Item = dict[str, Attribute]

# Magnitudes of numbers, other than zero.
_SMALLEST, _LARGEST = 1e-130, 1e126

_NULL: Attribute = {"NULL": True}


def number(value: int) -> Attribute:
    """A number."""
    return {"N": str(value)}


def _float(value: float) -> Attribute:
    """A number; one that DynamoDB's numbers do not hold is kept as text."""
    if value == 0 or _SMALLEST <= abs(value) < _LARGEST:
        return {"N": repr(value)}
    return {"S": repr(value)}


def _flag(value: bool) -> Attribute:
    return {"BOOL": value}


def _text(value: str) -> Attribute:
    return {"S": value}


def _text_or_null(value: str) -> Attribute:
    return {"S": value} if value else _NULL


def _flag_of(attribute: Attribute) -> bool:
    return bool(attribute["BOOL"])


def _text_of(attribute: Attribute) -> str:
    return str(attribute.get("S", ""))  # an empty text may be kept as null


def _integer_of(attribute: Attribute) -> int:
    return int(attribute["N"])


def _float_of(attribute: Attribute) -> float:
    return float(attribute["N"] if "N" in attribute else attribute["S"])


class Form:
    """How the rows of one table are kept. `name`: of the table at the endpoint."""

    def __init__(
        self, table: Table, schema: TableSchema, *, name: str, empty_as_null: bool = False
    ) -> None:
        text = _text_or_null if empty_as_null else _text
        kinds: dict[str, tuple[Callable[[Any], Attribute], Callable[[Attribute], Value]]] = {
            "string": (text, _text_of),
            "bool": (_flag, _flag_of),
            "int64": (number, _integer_of),
            "timestamp_us": (number, _integer_of),
            "float64": (_float, _float_of),
        }
        self.table, self.schema, self.name = table, schema, name
        self.columns = tuple(column.name for column in table.columns)
        self.key_place = self.columns.index(table.key)
        self._encode = [kinds[column.kind][0] for column in table.columns]
        self._decode = [(column.name, kinds[column.kind][1]) for column in table.columns]

    def key(self, value: int) -> Item:
        """The primary key of the row with this key."""
        if self.schema.bucketed and self.schema.sort is not None:
            return {
                self.schema.partition: {"N": str(value // BUCKET_ROWS)},
                self.schema.sort: {"N": str(value)},
            }
        return {self.schema.partition: {"N": str(value)}}

    def value(self, place: int, value: Any) -> Attribute:
        """The attribute that column `place` has for a value that is not null."""
        return self._encode[place](value)

    def item(self, row: Sequence[Any]) -> Item:
        """A canonical row as an item."""
        found = {
            name: encode(value)
            for name, encode, value in zip(self.columns, self._encode, row, strict=True)
            if value is not None
        }
        return self.key(row[self.key_place]) | found

    def row(self, item: Mapping[str, Attribute]) -> Row:
        """An item as a canonical row."""
        return tuple(
            None if (attribute := item.get(name)) is None else decode(attribute)
            for name, decode in self._decode
        )
