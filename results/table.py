"""Records as an Arrow table whose column types come from the record's declaration."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from results.record import Record

if TYPE_CHECKING:
    import pyarrow as pa


def of_records(records: Sequence[Record]) -> pa.Table:
    """One row a record; nested values are structs and lists; None is null of the right type."""
    import pyarrow as pa

    rows = [msgspec.to_builtins(record) for record in records]
    return pa.Table.from_pylist(rows, schema=pa.schema(_struct(Record)))


def _struct(declared: type) -> pa.DataType:
    import pyarrow as pa

    hints = typing.get_type_hints(declared)
    return pa.struct(
        [pa.field(f.name, _arrow_type(hints[f.name])) for f in dataclasses.fields(declared)]
    )


def _arrow_type(declared: Any) -> pa.DataType:
    """Arrow's type for one of the few forms that a record's fields are declared in."""
    import pyarrow as pa

    if dataclasses.is_dataclass(declared):
        return _struct(typing.cast(type, declared))
    origin = typing.get_origin(declared)
    if origin is typing.Literal:
        return pa.string()
    if origin is tuple:
        return pa.list_(_arrow_type(typing.get_args(declared)[0]))
    if origin in (types.UnionType, typing.Union):
        (inner,) = [part for part in typing.get_args(declared) if part is not types.NoneType]
        return _arrow_type(inner)
    scalars = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    return scalars[declared]
