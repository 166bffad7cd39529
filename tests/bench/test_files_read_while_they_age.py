"""A reader of files goes on while they are rewritten, deleted and added to, and sees it all."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bench.engines as engines
from bench.engines.files.snapshot import Snapshot
from bench.engines.polars.session import Current, PolarsSession
from bench.engines.seam import LoadPlan, Place, Settings
from workloads import datasets

PLACE = Place(kind="in-process")
BOOKS = datasets.get("books")
ROWS, ROUNDS = 4_000, 12


def counted(session: PolarsSession) -> Current:
    """Rows of the main table, and the sum of its keys, from the values and not the footer."""
    main = BOOKS.tables[0]
    asked = [pl.len().alias("rows"), pl.col(main.key).sum().alias("keys")]
    return Current(session, lambda s: lambda _: s.collect(s.frames[main.name].select(asked)))


def rows(frame: pl.DataFrame) -> int:
    return int(frame["rows"].item())


@pytest.mark.parametrize("options", [{}, {"partitions": "8"}], ids=["one file", "parts"])
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_reader_goes_on_while_files_are_replaced(
    form: str, options: dict[str, str], tmp_path: Path
) -> None:
    failures: list[BaseException] = []
    seen: list[int] = []
    done = threading.Event()

    def read(ask: Current) -> None:
        try:
            while not done.is_set():
                seen.append(rows(ask(None)))
        except BaseException as error:  # noqa: BLE001 - a panic of polars is none of Exception's
            failures.append(error)

    settings = Settings(workdir=tmp_path, options={"format": form, **options})
    with engines.get("polars").open(PLACE, settings) as target:
        target.load(LoadPlan(dataset=BOOKS, records=ROWS, seed=1))
        session: Any = target.dialer().dial()
        ask = counted(session)
        assert rows(ask(None)) == ROWS
        reader = threading.Thread(target=read, args=(ask,))
        reader.start()
        try:
            for turn in range(1, ROUNDS):
                target.grow(first_key=ROWS + (turn - 1) * 100, rows=100)
                way = "drop" if options and turn % 2 else "rewrite"
                target.expire(way, below_key=turn * ROWS // ROUNDS)
        finally:
            done.set()
            reader.join()
        assert not failures
        # another query of the same session, and the first one once more, see what is there now
        left = target.row_count()
        assert 0 < left < ROWS
        assert rows(counted(session)(None)) == rows(ask(None)) == left
        assert len(set(seen)) > 2
        session.close()
    assert not list(tmp_path.glob("reader-*"))


def test_all_may_go_and_the_table_is_still_there(tmp_path: Path) -> None:
    settings = Settings(workdir=tmp_path, options={"partitions": "4"})
    with engines.get("polars").open(PLACE, settings) as target:
        target.load(LoadPlan(dataset=BOOKS, records=ROWS, seed=1))
        session: Any = target.dialer().dial()
        ask = counted(session)
        target.expire("drop", below_key=ROWS)
        assert rows(ask(None)) == 0
        session.close()


def test_where_links_cannot_be_made_the_files_themselves_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "no links here")

    settings = Settings(workdir=tmp_path)
    with engines.get("polars").open(PLACE, settings) as target:
        target.load(LoadPlan(dataset=BOOKS, records=50, seed=1))
        monkeypatch.setattr("os.link", refused)
        session: Any = target.dialer().dial()
        assert rows(counted(session)(None)) == 50
        snapshot = Snapshot(session._files)
        assert snapshot.paths(0) == target.data_files()[:1]
        snapshot.close()
        session.close()
