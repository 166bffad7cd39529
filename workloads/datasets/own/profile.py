"""One pass over a person's file: what its columns hold, its key, and a sample of its rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workloads.datasets.own.inference import Observed
from workloads.datasets.own.reading import Source
from workloads.datasets.own.sampling import Sampler
from workloads.errors import InputError
from workloads.spec.faults import nearest, printable, shown

if TYPE_CHECKING:
    from workloads.datasets.seam import ColumnKind

LEAST_ROWS = 2
NAME_CHARACTERS = 50
KEY_NAME = "row_id"
LIKE_A_KEY = re.compile(r"(^|_)(id|key|nr|number|uuid|guid|isbn)$")
MIXED = 0.5  # of the values are numbers, in a column that stays text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnProfile:
    """One column: `name` here, `called` in the file. `longest` is the most characters of its text."""

    name: str
    called: str
    kind: ColumnKind
    nullable: bool
    unique: bool
    distinct: int
    longest: int
    mean_bytes: float
    null_share: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """What a file is. `sample` has its columns in their kinds; `said` are remarks."""

    path: Path
    digest: str
    form: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    key: ColumnProfile | None
    sample: Any
    said: tuple[str, ...]


def profile(source: Source, *, key: str | None) -> Profile:
    """Read a whole file once. `key` names its key as the file does; None: one is looked for.

    InputError for a file without rows to work with, or a key that is none.
    """
    observed = [Observed(name=name, typed=source.typed) for name in source.names]
    sampler = Sampler()
    for batch in source.batches():
        sampler.add(_seen(observed, batch))
    path = printable(str(source.path))
    if sampler.seen < LEAST_ROWS:
        found = "no rows" if not sampler.seen else "one row"
        hint = f"at least {LEAST_ROWS}: values are drawn from those that are there"
        raise InputError(f"{path} holds {found}", hint=hint)
    for column in observed:
        if column.zero:
            found = f"{path}: column {shown(column.name)} holds a null character"
            raise InputError(found, hint="PostgreSQL cannot store one: take it out of the text")
    columns = _profiles(observed)
    chosen = _key(columns, key, path)
    said = [*source.said, *_remarks(observed, columns)]
    return Profile(
        path=source.path,
        digest=digest(source.path),
        form=source.form,
        rows=sampler.seen,
        columns=columns,
        key=chosen,
        sample=_typed(sampler.sample(), observed, columns),
        said=tuple(said),
    )


def _seen(observed: list[Observed], batch: Any) -> Any:
    """The batch, cleaned, after every column looked at it."""
    import pyarrow as pa

    arrays = [column.add(batch.column(n)) for n, column in enumerate(observed)]
    return pa.RecordBatch.from_arrays(arrays, names=[f"c{n}" for n in range(len(arrays))])


def _typed(sample: Any, observed: list[Observed], columns: Iterable[ColumnProfile]) -> Any:
    """The sample in one batch, with the names and kinds that were decided on."""
    import pyarrow as pa

    arrays = []
    for number, column in enumerate(observed):
        array = sample.column(number).combine_chunks()
        arrays.append(column.converted(array))
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])


def _profiles(observed: list[Observed]) -> tuple[ColumnProfile, ...]:
    taken: set[str] = set()
    found = []
    for number, column in enumerate(observed, 1):
        name = plain(column.name, number, taken)
        taken.add(name)
        found.append(
            ColumnProfile(
                name=name,
                called=column.name,
                kind=column.kind,
                nullable=column.nulls > 0,
                unique=column.unique,
                distinct=column.distinct.number,
                longest=column.longest,
                mean_bytes=column.mean_bytes,
                null_share=column.nulls / column.rows,
            )
        )
    return tuple(found)


def plain(called: str, number: int, taken: Iterable[str]) -> str:
    """A name that every engine takes: small letters, digits and _, not too long, its own.

    >>> plain("Customer ID", 1, ()), plain("2024", 2, ()), plain("a", 3, {"a"})
    ('customer_id', 'c2024', 'a_3')
    """
    name = re.sub(r"[^a-z0-9]+", "_", called.strip().lower()).strip("_")[:NAME_CHARACTERS]
    name = name or f"column_{number}"
    name = f"c{name}" if name[0].isdigit() else name
    return f"{name}_{number}" if name in taken else name


def _key(columns: tuple[ColumnProfile, ...], named: str | None, path: str) -> ColumnProfile | None:
    """The key: the one named, else the unique column that looks most like one; None: none does."""
    if named is not None:
        found = next((c for c in columns if named in (c.called, c.name)), None)
        names = [column.called for column in columns]
        if found is None:
            near = nearest(named, names)
            meant = f"did you mean {shown(near)}? " if near else ""
            hint = f"{meant}columns: {', '.join(names[:20])}"
            raise InputError(f"data.key: {path} has no column {shown(named)}", hint=hint)
        if not found.unique:
            why = "null in some rows" if found.nullable else "the same in several rows"
            unique = [column.called for column in columns if column.unique]
            hint = f"unique: {', '.join(unique)}" if unique else "no column is unique: leave it out"
            raise InputError(f"data.key: {shown(named)} is {why} of {path}", hint=hint)
        return found
    candidates = [c for c in columns if c.unique and c.kind in ("int64", "string")]
    like = [c for c in candidates if LIKE_A_KEY.search(c.name)]
    return next(iter([*like, *candidates]), None)


def _remarks(observed: list[Observed], columns: Iterable[ColumnProfile]) -> list[str]:
    said = []
    for column, decided in zip(observed, columns, strict=True):
        if not column.present:
            said.append(f"column {shown(column.name)} is null in every row")
        elif (
            not column.typed
            and decided.kind == "string"
            and MIXED * column.present < column.numbers < column.present
        ):
            share = column.numbers / column.present
            said.append(f"column {shown(column.name)} is kept as text: {share:.1%} are numbers")
        if decided.name != column.name:
            said.append(f"column {shown(column.name)} is called {decided.name}")
    return said


def digest(path: Path) -> str:
    """SHA-256 of the file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
