"""TPC-H: its tables from `tpchgen-cli`, a program of the PyPI package of that name, at any scale.

The program makes the same rows as the specification's own generator; they do not depend on a seed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workloads.errors import PlaceError
from workloads.queries.reading import read
from workloads.queries.seam import Query, Relation, Tables
from workloads.queries.tpch.tables import RELATIONS

if TYPE_CHECKING:
    import polars as pl

PROGRAM = "tpchgen-cli"
ADD = "pip install 'storefit[analytics]'"
_QUERIES = Path(__file__).parent / "queries.sql"


@dataclass(frozen=True, slots=True)
class Tpch:
    """The query set."""

    name: str = "tpch"
    title: str = "TPC-H: 22 decision-support queries to eight tables"
    source: str = "TPC Benchmark H, revision 3.0.1, clause 2.4, with its validation parameters"
    relations: tuple[Relation, ...] = RELATIONS
    rows_at_scale_1: int = 6_001_215
    row_bytes: float = 124.0
    least_scale: float = 0.01

    def missing(self) -> str | None:
        return None if program() else ADD

    def queries(self, scale: float) -> tuple[Query, ...]:
        shown = f"{scale:.10f}".rstrip("0").rstrip(".")
        return tuple(replace(q, sql=q.sql.replace("{scale}", shown)) for q in read(_QUERIES))

    def frame(self, query: str, tables: Mapping[str, pl.LazyFrame], scale: float) -> pl.LazyFrame:
        from workloads.queries.tpch.more_frames import frames

        return frames(scale)[query](tables)

    def write(
        self, directory: Path, *, scale: float, seed: int, tell: Callable[[float, str], None]
    ) -> Tables:
        import pyarrow.parquet as pq
        from pyarrow import ArrowInvalid

        found = program()
        if found is None:
            raise PlaceError(f"{PROGRAM} is not installed", hint=ADD)
        tell(0.0, f"TPC-H at scale {scale:g}")
        argv = [found, "parquet", "-s", f"{scale:g}", "--output-dir", str(directory), "--quiet"]
        try:
            done = subprocess.run(
                argv, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
            )
        except OSError as error:
            raise PlaceError(f"{PROGRAM} cannot be run: {error.strerror or error}") from error
        if done.returncode:
            said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise PlaceError(
                f"{PROGRAM} could not make the tables: {said.replace(str(directory), '…')}",
                hint=f"scale {scale:g} needs about {scale * 0.4:.2g} GB of disk",
            )
        files = [directory / f"{relation.name}.parquet" for relation in self.relations]
        try:
            rows = tuple(int(pq.read_metadata(file).num_rows) for file in files)
        except (OSError, ArrowInvalid) as error:
            raise PlaceError(
                f"{PROGRAM} has left no whole tables: {type(error).__name__}",
                hint=f"is it version 4 or newer? `{ADD}` brings one",
            ) from error
        return Tables(set=self.name, directory=directory, scale=scale, seed=seed, rows=rows)


def program() -> str | None:
    """The program: beside this Python's, where pip puts it, or on the path."""
    beside = Path(sys.executable).parent / PROGRAM
    return str(beside) if beside.is_file() else shutil.which(PROGRAM)


SET = Tpch()
