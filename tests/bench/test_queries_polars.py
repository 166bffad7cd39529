"""Query sets on polars: every answer is the one that PostgreSQL gave too; a wrong one is caught."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from bench import engines
from bench.engines.polars.questions import PolarsInquiry
from bench.engines.seam import AnswersQueries, OperationFailed, Place, Questioned, Settings
from workloads import queries
from workloads.errors import PlaceError
from workloads.queries import expected, tpch
from workloads.queries.seam import Tables


@pytest.fixture(scope="module", params=queries.names())
def tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    chosen = queries.get(request.param)
    folder = tmp_path_factory.mktemp(chosen.name)
    return chosen.write(folder, scale=chosen.least_scale, seed=1, tell=lambda *_: None)


def wrong_answers(tables: Tables, *, first: int = 99) -> dict[str, str]:
    """What is wrong with the answers (to the first few), by query."""
    inquiry, found = PolarsInquiry(tables, "streaming"), {}
    for query in queries.get(tables.set).queries(tables.scale)[:first]:
        raw = inquiry.ask(query)
        known = expected.of(tables, query)
        assert known is not None
        wrong = known.difference(query, inquiry.answer(raw))
        if wrong is not None:
            found[query.id] = wrong
    return found


def test_every_answer_is_right(tables: Tables) -> None:
    assert not wrong_answers(tables)


def test_a_wrong_query_is_caught(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = queries.get(tables.set)
    right = type(chosen).frame

    def careless(
        self: object, query: str, frames: Mapping[str, pl.LazyFrame], scale: float
    ) -> pl.LazyFrame:
        """One row of the largest table is forgotten."""
        largest = chosen.relations[0].name
        short = dict(frames) | {largest: frames[largest].slice(1)}
        return right(chosen, query, short if query == "q01" else frames, scale)  # type: ignore[arg-type]

    monkeypatch.setattr(type(chosen), "frame", careless)
    assert list(wrong_answers(tables, first=2)) == ["q01"]


def test_a_query_that_fails_is_a_failed_operation(tmp_path: Path) -> None:
    tables = queries.get("events").write(tmp_path, scale=0.001, seed=1, tell=lambda *_: None)
    inquiry = PolarsInquiry(tables, "streaming")
    tables.path("events").unlink()
    with pytest.raises(OperationFailed):
        inquiry.ask(queries.get("events").queries(1)[4])


def test_without_its_program_tpch_says_how_to_add_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tpch, "program", lambda: None)
    assert tpch.SET.missing() == "pip install 'storefit[analytics]'"
    with pytest.raises(PlaceError) as caught:
        tpch.SET.write(tmp_path, scale=1, seed=1, tell=lambda *_: None)
    assert caught.value.hint == tpch.SET.missing()


def test_a_program_that_fails_or_leaves_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = tmp_path / "failing"
    failing.write_text(f"#!/bin/sh\necho 'no space left below {tmp_path}' >&2\nexit 1\n")
    failing.chmod(0o700)
    monkeypatch.setattr(tpch, "program", lambda: str(failing))
    with pytest.raises(PlaceError, match="could not make the tables: no space left") as caught:
        tpch.SET.write(tmp_path, scale=0.01, seed=1, tell=lambda *_: None)
    assert str(tmp_path) not in caught.value.message
    monkeypatch.setattr(tpch, "program", lambda: "true")
    with pytest.raises(PlaceError, match="no whole tables"):
        tpch.SET.write(tmp_path, scale=0.01, seed=1, tell=lambda *_: None)


def test_engines_say_that_they_answer_queries(tmp_path: Path) -> None:
    able = [name for name in engines.names() if isinstance(engines.get(name), AnswersQueries)]
    assert able == ["polars", "postgresql"]
    engine = engines.get("polars")
    with engine.open(Place(kind="in-process"), Settings(workdir=tmp_path)) as target:
        assert isinstance(target, Questioned)
        assert target.question_settings()["mode"] == "streaming"
    with engine.open(
        Place(kind="in-process"), Settings(workdir=tmp_path, options={"threads": "3"})
    ) as target:
        assert isinstance(target, Questioned)
        assert target.question_settings()["threads"] == "3"
