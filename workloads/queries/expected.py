"""What is known of the answers at some scales: enough to notice a wrong one, small enough to ship.

An answer at scale 1 may have 18,000 rows, so of each only this is kept: the number of rows, the names
of the columns, a digest of everything that is exact, and the sum of each column of fractions. What
ships was answered by two engines that have nothing in common, and they agreed in every value
(`python -m bench.asking.agreed` writes it).
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from workloads.queries.answers import RELATIVE, Answer, arranged, disorder

if TYPE_CHECKING:
    from workloads.queries.seam import Query, Tables

FOLDER = Path(__file__).parent
# A sum over rows adds up what each may differ by, of either sign.
_SUMS = 10 * RELATIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of one answer."""

    rows: int
    columns: tuple[str, ...]
    exact: str
    sums: tuple[float, ...]

    def difference(self, query: Query, found: Answer) -> str | None:
        """What is wrong with an answer, in words; None: nothing is seen."""
        if found.columns != self.columns:
            return f"columns {', '.join(found.columns)}, not {', '.join(self.columns)}"
        if len(found.rows) != self.rows:
            return f"{len(found.rows):,} rows, not {self.rows:,}"
        place = disorder(query.order, found)
        if place is not None:
            return f"row {place + 1} is not in order"
        got = summary(found)
        if got.exact != self.exact:
            return "a value that is exact differs"
        if len(got.sums) != len(self.sums):
            return f"{len(got.sums)} columns of fractions, not {len(self.sums)}"
        for mine, known in zip(got.sums, self.sums, strict=True):
            if not math.isclose(mine, known, rel_tol=_SUMS, abs_tol=1e-6):
                return f"a sum of fractions is {mine!r}, not {known!r}"
        return None


def summary(answer: Answer) -> Expected:
    """What is kept of an answer. A column with any fraction is a column of fractions."""
    rows = arranged(answer.rows)
    columns = list(zip(*rows, strict=True))
    fractions = [any(isinstance(cell, float) for cell in column) for column in columns]
    hashed = hashlib.sha256()
    for row in rows:
        for cell, fraction in zip(row, fractions, strict=True):
            hashed.update((("-" if fraction else repr(cell)) + "\0").encode())
    return Expected(
        rows=len(rows),
        columns=answer.columns,
        exact=hashed.hexdigest()[:32],
        sums=tuple(
            math.fsum(float(cell) for cell in column if isinstance(cell, int | float))
            for column, fraction in zip(columns, fractions, strict=True)
            if fraction
        ),
    )


def of(tables: Tables, query: Query) -> Expected | None:
    """What is known of the answer to a query; None: nothing at this scale and seed."""
    return known(tables.set).get((tables.scale, tables.seed), {}).get(query.id)


@cache
def known(name: str) -> dict[tuple[float, int], dict[str, Expected]]:
    """Of a set: scale and seed -> query -> what is known."""
    found: dict[tuple[float, int], dict[str, Expected]] = {}
    for file in sorted((FOLDER / name / "answers").glob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        found[document["scale"], document["seed"]] = {
            query: Expected(
                rows=each["rows"],
                columns=tuple(each["columns"]),
                exact=each["exact"],
                sums=tuple(each["sums"]),
            )
            for query, each in document["answers"].items()
        }
    return found


def write(tables: Tables, answers: dict[str, Answer]) -> Path:
    """Keep what is known of these answers; the file."""
    document = {
        "scale": tables.scale,
        "seed": tables.seed,
        "answers": {query: asdict(summary(answer)) for query, answer in answers.items()},
    }
    path = FOLDER / tables.set / "answers" / f"scale-{tables.scale:g}-seed-{tables.seed}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    known.cache_clear()
    return path
