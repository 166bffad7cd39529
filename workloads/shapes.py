"""What instance classes are made of: vCPUs and memory, from one table that every room reads.

The table `shapes.csv` names EC2 types; the class `db.m7g.large` of a managed database is the type
`m7g.large` with the same vCPUs and memory (Amazon RDS User Guide, "DB instance classes").
Its source is Karpenter's list of instance types, generated from the EC2 API (date in each row;
the advisor's `sources.csv` has the address).
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workloads.errors import InputError

_TABLE = Path(__file__).parent / "shapes.csv"
_MANAGED = "db."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An instance type. `memory_bytes` is nominal: what the operating system needs is in it."""

    name: str  # without `db.`
    vcpu: float
    memory_bytes: int
    source: str  # a short name
    date: str

    @property
    def memory_gib(self) -> float:
        return self.memory_bytes / 2**30


def get(name: str) -> Shape:
    """The shape of a class, `db.m7g.large` or `m7g.large`; InputError with the nearest spelling.

    >>> get("db.m7g.large").vcpu, get("m7g.large").memory_gib
    (2.0, 8.0)
    """
    shape = every().get(name.removeprefix(_MANAGED))
    if shape is None:
        prefix = _MANAGED if name.startswith(_MANAGED) else ""
        near = difflib.get_close_matches(name.removeprefix(_MANAGED), every(), n=3)
        raise InputError(
            f"there is no instance class '{name}' in the table",
            hint="did you mean " + ", ".join(f"'{prefix}{other}'" for other in near) + "?"
            if near
            else "write it as Amazon RDS does, db.m7g.large; or give --cpus and --memory",
        )
    return shape


@cache
def every() -> dict[str, Shape]:
    """All shapes by name."""
    with open(_TABLE, newline="", encoding="utf-8") as file:
        return {
            row["class"]: Shape(
                name=row["class"],
                vcpu=float(row["vcpu"]),
                memory_bytes=round(float(row["memory_gib"]) * 2**30),
                source=row["source"],
                date=row["date"],
            )
            for row in csv.DictReader(file)
        }
