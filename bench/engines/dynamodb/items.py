"""Rows as items in DynamoDB's JSON, and back.

An attribute that is null is left out, as applications do. A timestamp is a number: whole
microseconds. A float is written with as many digits as tell it from all others. Nested values are in
maps, which are there also when nothing is in them: a field of a map can only be set where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench.engines.lmdb.schema import BUCKET_ROWS
from workloads.nesting import branch, folded

if TYPE_CHECKING:
    from bench.engines.lmdb.schema import TableSchema
    from bench.engines.seam import Row, Value
    from workloads.datasets.seam import Table
    from workloads.nesting import Branch

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
        self._paths = [column.path for column in table.columns]
        self._decode = [kinds[column.kind][1] for column in table.columns]
        self._fields = branch(self._paths) if table.nested else None

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
        if self._fields is not None:
            return self.key(row[self.key_place]) | self._folded(self._fields, row)
        found = {
            name: encode(value)
            for name, encode, value in zip(self.columns, self._encode, row, strict=True)
            if value is not None
        }
        return self.key(row[self.key_place]) | found

    def _folded(self, fields: Branch, row: Sequence[Any]) -> Item:
        """What is in a map (or at the top of an item) of a row."""
        made: Item = {}
        for name, below in fields:
            if not isinstance(below, int):
                made[name] = {"M": self._folded(below, row)}
            elif row[below] is not None:
                made[name] = self._encode[below](row[below])
        return made

    def attribute(self, item: Mapping[str, Attribute], place: int) -> Attribute | None:
        """The attribute of column `place` of an item; None where it has none."""
        *maps, last = self._paths[place]
        inside: Mapping[str, Attribute] = item
        for name in maps:
            if name not in inside:
                return None
            inside = inside[name]["M"]
        return inside.get(last)

    def named(self, place: int, mark: str) -> tuple[str, dict[str, str]]:
        """Column `place` as expressions write it, and the names behind `mark` in it."""
        path = self._paths[place]
        if len(path) == 1:
            return mark, {mark: path[0]}
        marks = [f"{mark}_{depth}" for depth in range(len(path))]
        return ".".join(marks), dict(zip(marks, path, strict=True))

    def row(self, item: Mapping[str, Attribute]) -> Row:
        """An item as a canonical row."""
        return tuple(
            None if (attribute := self.attribute(item, place)) is None else decode(attribute)
            for place, decode in enumerate(self._decode)
        )

    def plain(self, item: Mapping[str, Attribute]) -> dict[str, Any]:
        """An item's columns as Python's values, nested ones in dictionaries."""
        row = self.row(item)
        if self._fields is not None:
            return folded(self._fields, row, absent=True)
        present = zip(self.columns, row, strict=True)
        return {name: value for name, value in present if value is not None}
