"""Whether two engines gave the same answer to a query.

exact      numbers of rows and columns, whole numbers, text, dates, moments, flags, null
1e-9       relative, of a number with a fraction: a decimal sum is exact and a sum of floats is
           not, and both are right (TPC-H's own rules, clause 2.1.3.5, leave 100 dollars and 1 %)
order      by the columns that the query sorts by; rows that are equal in these may come in any
           order, so they are compared as a set
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workloads.queries.seam import Order, Query

RELATIVE = 1e-9
ABSOLUTE = 1e-9

Cell = int | float | str | bool | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a query gave: names of the columns, and canonical rows.

    A date is its ISO form, a moment its microseconds since 1970, a decimal with a fraction a float.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def difference(query: Query, expected: Answer, found: Answer) -> str | None:
    """The first difference in words; None: the answers are the same and both are in order."""
    if expected.columns != found.columns:
        return f"columns {', '.join(found.columns)} where {', '.join(expected.columns)} is expected"
    if len(expected.rows) != len(found.rows):
        return f"{len(found.rows):,} rows where {len(expected.rows):,} are expected"
    for side, answer in (("", found), ("expected ", expected)):
        place = disorder(query.order, answer)
        if place is not None:
            return f"{side}row {place + 1} is not in order"
    pairs = zip(arranged(expected.rows), arranged(found.rows), strict=True)
    for wanted, got in pairs:
        for name, one, other in zip(expected.columns, wanted, got, strict=True):
            if not same(one, other):
                return f"{name} is {other!r} where {one!r} is expected"
    return None


def same(one: Cell, other: Cell) -> bool:
    """Whether two values are equal, numbers with a fraction within the tolerance."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        if not isinstance(one, (int, float)) or not isinstance(other, (int, float)):
            return False
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return type(one) is type(other) and one == other


def disorder(order: Sequence[Order], answer: Answer) -> int | None:
    """Position of the first row that comes before the one ahead of it; None: all in order."""
    places = [(answer.columns.index(each.column), each.descending) for each in order]
    for position in range(1, len(answer.rows)):
        before, after = answer.rows[position - 1], answer.rows[position]
        for place, descending in places:
            one, other = before[place], after[place]
            if same(one, other):
                continue
            if _above(one, other) is not descending:
                return position
            break
    return None


def _above(one: Cell, other: Cell) -> bool:
    """Whether a value is greater; null is the greatest, as it comes last in SQL."""
    if one is None or other is None:
        return one is None
    return one > other  # type: ignore[operator]


def arranged(rows: Sequence[Row]) -> list[Row]:
    """Rows in an order that both sides share: what is exact goes first, fractions last."""
    return sorted(rows, key=_key)


def _key(row: Row) -> tuple[object, ...]:
    exact = tuple((cell is None, str(cell)) for cell in row if not isinstance(cell, float))
    return (*exact, *(cell for cell in row if isinstance(cell, float)))
