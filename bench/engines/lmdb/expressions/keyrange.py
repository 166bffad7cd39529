"""What a key condition selects."""

from __future__ import annotations

from dataclasses import dataclass

from bench.engines.lmdb.itemsize import Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRange:
    """One partition and the sort keys of it between two bounds; a bound that is None is open.

    `begins_with` gives its prefix in `prefix` and, as where to start, in `lower`; `upper` is open
    then and the range ends before the first sort key without the prefix. An equality has both
    bounds the same, both inclusive. Values are as the request gave them (a number may be int,
    float or Decimal).
    """

    partition: Attribute
    lower: Attribute = None
    upper: Attribute = None
    lower_inclusive: bool = True
    upper_inclusive: bool = True
    prefix: str | bytes | None = None
