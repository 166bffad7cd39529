"""The requests of the API. Names are DynamoDB's in Python's spelling.

`names` are ExpressionAttributeNames, `values` ExpressionAttributeValues. Items and values are in
Python's types (`bench.engines.lmdb.itemsize`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bench.engines.lmdb.itemsize import Attribute, Item

ReturnValues = Literal["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]
Select = Literal["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT"]

Names = Mapping[str, str]
Values = Mapping[str, Attribute]


@dataclass(slots=True, kw_only=True)  # not frozen: making one is in the path of every read
class Get:
    """GetItem; in BatchGetItem and TransactGetItems one of the keys."""

    table: str
    key: Item
    consistent: bool = False
    projection: str | None = None
    names: Names | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional:
    """What requests that write have in common.

    `old_on_failure`: the item comes with the failure of its condition.
    """

    condition: str | None = None
    names: Names | None = None
    values: Values | None = None
    return_values: ReturnValues = "NONE"
    old_on_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Put(Conditional):
    """PutItem."""

    table: str
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Conditional):
    """DeleteItem."""

    table: str
    key: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Conditional):
    """UpdateItem; without `update` it makes an item of the key alone where there is none."""

    table: str
    key: Item
    update: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """ConditionCheck, a part of TransactWriteItems."""

    table: str
    key: Item
    condition: str
    names: Names | None = None
    values: Values | None = None
    old_on_failure: bool = False


Write = Put | Delete | Update | Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Query of a table or of one index of it. `start` is ExclusiveStartKey."""

    table: str
    key_condition: str
    index: str | None = None
    filter: str | None = None
    projection: str | None = None
    names: Names | None = None
    values: Values | None = None
    select: Select | None = None
    limit: int | None = None
    start: Item | None = None
    forward: bool = True
    consistent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Scan of a table or of one index of it; of segment `segment` out of `segments`."""

    table: str
    index: str | None = None
    filter: str | None = None
    projection: str | None = None
    names: Names | None = None
    values: Values | None = None
    select: Select | None = None
    limit: int | None = None
    start: Item | None = None
    segment: int | None = None
    segments: int | None = None
    consistent: bool = False
