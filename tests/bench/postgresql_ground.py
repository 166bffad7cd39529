"""What the PostgreSQL tests stand on: a small dataset, sessions, batches, a look at processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bench.engines.postgresql import ENGINE
from bench.engines.postgresql.session import PostgresqlSession
from bench.engines.postgresql.target import PostgresqlTarget
from bench.engines.seam import LoadPlan, Place, Row, Settings
from workloads import datasets
from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.numeric import RowNumber, Whole
from workloads.datasets.recipes.textual import Text
from workloads.datasets.seam import Dataset, Roles
from workloads.spec.model import Operation
from workloads.stream import Batch

RECORDS = 2_000
SEED = 11

# Rows of some 3 kB: a hundred of them do not come in one piece.
WIDE = Generated(
    name="wide",
    description="wide rows",
    parts=(
        TableRecipe(
            name="wide",
            columns=(
                ("id", RowNumber()),
                ("number", Whole(low=0, high=9)),
                ("text", Text(bytes_each=3_000.0)),
            ),
        ),
    ),
    roles=Roles(
        update_column="number",
        update_columns=("number", "text"),
        filter_column="number",
        filter_values=tuple(range(10)),
        group_column="number",
        measure="number",
    ),
)


@contextmanager
def running(
    workdir: Path, *, place: Place | None = None, **options: str
) -> Iterator[PostgresqlTarget]:
    settings = Settings(workdir=workdir, options=options)
    with ENGINE.open(place or Place(kind="embedded"), settings) as target:
        yield target


@contextmanager
def loaded(
    workdir: Path, dataset: Dataset | None = None, *, records: int = RECORDS, **options: str
) -> Iterator[PostgresqlTarget]:
    with running(workdir, **options) as target:
        target.load(plan(dataset, records=records))
        yield target


def plan(dataset: Dataset | None = None, *, records: int = RECORDS) -> LoadPlan:
    return LoadPlan(dataset=dataset or datasets.get("books"), records=records, seed=SEED)


@contextmanager
def session_of(target: PostgresqlTarget) -> Iterator[PostgresqlSession]:
    with closing(target.dialer().dial()) as session:
        yield session


def batch(keys: Sequence[int], *, limit: int = 0, token: int = 5) -> Batch:
    count = len(keys)
    return Batch(
        operation=np.zeros(count, dtype=np.uint8),
        key=np.array(keys, dtype=np.int64),
        limit=np.full(count, limit, dtype=np.int32),
        token=np.arange(token, token + count, dtype=np.uint64),
    )


def operation(kind: str, **more: Any) -> Operation:
    return Operation(kind=kind, weight=1, **more)


def answers(
    session: PostgresqlSession, wanted: Operation, keys: Sequence[int], *, limit: int = 0
) -> list[list[Row]]:
    """Answers of one operation for several keys, one request after the other."""
    bound = session.bind(wanted)
    requests = bound.encode(batch(keys, limit=limit), range(len(keys)))
    return [bound.answer(bound.call(request)) for request in requests]


def servers_in(directory: Path) -> list[int]:
    """Processes that work below a directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                where = (entry / "cwd").readlink()
            except OSError:
                continue
            if str(where).removesuffix(" (deleted)").startswith(str(directory)):
                found.append(int(entry.name))
    return found
