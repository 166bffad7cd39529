"""A file of queries: each begins with `-- ID: title`, perhaps `-- order: column, -column`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from workloads.queries.seam import Order, Query

_HEAD = re.compile(r"^-- (q\d\d): (.+)$")
_ORDER = "-- order: "


@cache
def read(path: Path) -> tuple[Query, ...]:
    """The queries of a file, in order; lines before the first one are about the file."""
    found: list[Query] = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = block.strip().splitlines()
        head = _HEAD.match(lines[0]) if lines else None
        if head is None:
            continue
        order = [line.removeprefix(_ORDER) for line in lines if line.startswith(_ORDER)]
        sql = "\n".join(line for line in lines if not line.startswith("-- "))
        found.append(
            Query(
                id=head[1],
                title=head[2],
                sql=sql.rstrip(";"),
                order=tuple(_order(text) for text in ", ".join(order).split(", ") if text),
            )
        )
    return tuple(found)


def _order(text: str) -> Order:
    return Order(column=text.removeprefix("-"), descending=text.startswith("-"))
