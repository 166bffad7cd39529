"""The procedure `queries`: its ways and scales, its judge, and a whole run of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import engines, procedures, suites
from bench.__main__ import group
from bench.engines.seam import Place
from bench.procedures import queries as procedure
from bench.procedures.queries import PROCEDURE, Judge, scale_for
from bench.runner.plan import Target
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.session import begin
from results.queries import comparisons
from results.record import Record
from results.store import read
from workloads import queries, spec
from workloads.errors import InputError
from workloads.queries.answers import Answer
from workloads.queries.seam import Query, Tables

WORKLOAD = """\
schema: 1
name: small
data: {dataset: sales, records: 200}
operations: [{kind: aggregate, weight: 1}]
"""


def ways(engine: str) -> dict[str, str | None]:
    target = Target(engine, engines.get(engine), Place(kind=engines.get(engine).places[0]))
    return dict(PROCEDURE.ways(target, spec.load("sales-analytics"), {}))


def test_each_set_is_a_way_where_the_engine_answers_queries() -> None:
    assert ways("polars") == ways("postgresql") == {"events": None, "tpch": None}
    assert all("is asked no queries" in (why or "") for why in ways("lmdb").values())


def test_a_set_whose_data_cannot_be_made_says_what_adds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workloads.queries.tpch.program", lambda: None)
    found = ways("polars")
    assert found["events"] is None
    assert "pip install 'storefit[analytics]'" in (found["tpch"] or "")
    shown = CliRunner().invoke(group, ["engines"], standalone_mode=False)
    assert "queries:events: ready" in shown.output
    assert "queries:tpch: pip install 'storefit[analytics]'" in shown.output


def test_a_way_may_name_its_scale() -> None:
    known = procedure.Ways({"tpch": None})
    assert "tpch@10" in known
    assert known["tpch@10"] is None
    assert "tpcx@10" not in known
    assert list(known) == ["tpch"]
    assert procedures.asked("queries:tpch@10") == (PROCEDURE, "tpch@10")
    assert procedure.read_way("tpch@10")[1] == 10.0


@pytest.mark.parametrize("way", ["tpch@", "tpch@ten", "tpch@0.001", "tpch@nan", "tpch@1e9"])
def test_a_scale_that_cannot_be_meant_is_told_before_anything_runs(way: str) -> None:
    with pytest.raises(InputError) as caught:
        procedures.asked(f"queries:{way}")
    assert "a number from 0.01 to" in caught.value.hint
    with pytest.raises(InputError, match="no query set 'tpcx'"):
        procedures.asked("queries:tpcx@1")


@pytest.mark.parametrize(
    ("records", "size", "scale"),
    [
        (100_000, 100 << 20, 0.01),
        (1_000_000, 1 << 30, 0.1),
        (6_100_000, 1 << 30, 1.0),
        (10**9, 1e12, 1.0),
        (10**9, 100 << 20, 0.1),
        (10, 1e9, 0.01),
    ],
)
def test_the_scale_follows_the_pace(records: int, size: float, scale: float) -> None:
    pace = replace(suites.get("quick").pace, records=records, logical_bytes=size)
    assert scale_for(queries.get("tpch"), pace) == scale


QUERY = Query(id="q01", title="", sql="")


def judge(by: str, *, run: str = "one", scale: float = 0.5) -> Judge:
    tables = Tables(set="events", directory=Path(), scale=scale, seed=1, rows=(1,))
    return Judge(tables=tables, run=run, by=by)


def test_answers_are_compared_with_those_of_the_others() -> None:
    one, other = (Answer(columns=("events",), rows=((n,),)) for n in (1, 2))
    assert judge("polars").judged(QUERY, one) == (None, None)
    assert judge("polars").judged(QUERY, one) == (None, None), "not with its own"
    assert judge("postgresql").judged(QUERY, one) == (True, None)
    correct, note = judge("third").judged(QUERY, other)
    assert correct is False
    assert note == "other than polars answered: events is 2 where 1 is expected"
    assert judge("postgresql", run="two").judged(QUERY, other) == (None, None), "another run"


def test_answers_are_compared_with_those_that_ship() -> None:
    right = Answer(columns=("events",), rows=((10_000,),))
    wrong = replace(right, rows=((9_999,),))
    assert judge("polars", scale=0.01).judged(QUERY, right) == (True, None)
    correct, note = judge("polars", run="two", scale=0.01).judged(QUERY, wrong)
    assert correct is False
    assert "other than the answer that ships" in (note or "")


def run(folder: Path, *targets: str, way: str) -> list[Record]:
    file = folder / "small.yaml"
    file.write_text(WORKLOAD)
    request = Request(
        names=(str(file),), engines=targets, load="none", quick=True, procedures=(f"queries:{way}",)
    )
    with begin(request, folder / "results") as session:
        session.go(Silent())
        return read(session.path)


def test_polars_answers_a_set_and_the_record_says_how(tmp_path: Path) -> None:
    (record,) = run(tmp_path, "polars", way="events@0.01")
    assert (record.outcome, record.error) == ("ok", None)
    assert record.procedure is not None
    make, take, *asked = record.procedure.steps
    assert make.rows == 10_000
    assert make.made_bytes == take.stored_bytes_after
    assert take.seconds is None  # its files are read where they are
    assert "scale 0.01, seed 1; threads" in (take.note or "")
    assert [step.name for step in asked] == [
        f"q{n:02}" for n in range(1, 41) for _ in range(procedure.TRIES)
    ]
    assert all(step.correct for step in asked[:: procedure.TRIES])
    assert all(step.seconds and step.rows is not None and step.cpu_s for step in asked)
    assert all(step.memory_bytes for step in asked)
    (found,) = comparisons([record])
    (column,) = found.columns
    assert column.score_warm == column.score_first == 1.0
    assert not list((tmp_path / "results").glob(".work-*")), "the tables are gone"
    shown = CliRunner().invoke(group, ["show", str(tmp_path / "results")], standalone_mode=False)
    assert "40 of 40 answers compared and the same" in " ".join(shown.output.split())


@pytest.mark.slow
def test_two_engines_answer_tpch_in_one_run(tmp_path: Path) -> None:
    found = run(tmp_path, "polars", "postgresql", way="tpch@0.01")
    assert [record.outcome for record in found] == ["ok", "ok"]
    (compared,) = comparisons(found)
    assert compared.rows == 86_805
    assert [column.engine for column in compared.columns] == ["polars", "postgresql"]
    for column in compared.columns:
        assert all(cell.correct for cell in column.cells)
        assert (column.score_warm or 0.0) >= 1.0
    server = compared.columns[1]
    assert server.most_memory_bytes is None, "only what is in process is told"
    assert (server.stored_bytes or 0) > 10_000_000
