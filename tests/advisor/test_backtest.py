"""The back-test: what is shipped is what the command finds, and the laws behind it hold."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_records import Made, record

from advisor import facts
from advisor.__main__ import group
from advisor.backtest import prediction, summary
from advisor.sizing.closed import Circuit, throughput
from advisor.sizing.popularity import UNIFORM, Strip, distinct_per_s, found_in
from results import literature
from workloads.command import outcome

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> prediction.Backtest:
    return prediction.run()


def circuit(**changed: object) -> Circuit:
    """One transaction of 1 ms on eight vCPUs, without waiting for anything."""
    classes = facts.classes(
        service="rds", engine="postgresql", region="us-east-1", deployment="single-az"
    )
    asked: dict[str, object] = {
        "cls": next(c for c in classes if c.name == "db.m5.2xlarge"),
        "cpu_s": 1e-3,
        "delay_s": 4e-3,
        "reads": 0.0,
        "read_s": 0.0,
        "commit_s": 0.0,
        "written_per_s": lambda _: 0.0,
        "volume_iops": 1e9,
    }
    return Circuit(**{**asked, **changed})  # type: ignore[arg-type]


def test_every_published_point_is_predicted(found: prediction.Backtest) -> None:
    assert len(found.points) == len(literature.published())
    assert all(
        point.low_per_s <= point.predicted.per_s <= point.high_per_s for point in found.points
    )
    assert not found.refused


def test_bottlenecks_are_those_that_the_authors_found(found: prediction.Backtest) -> None:
    assert found.bottlenecks == (2, 2)


def test_page_and_quoted_error_are_what_the_command_finds(found: prediction.Backtest) -> None:
    wanted = runpy.run_path(str(ROOT / "docs/generate.py"))["backtest"]()
    stale = [path.name for path, text in wanted.items() if path.read_text() != text]
    assert not stale, "run make docs"
    kept = summary.summary()
    assert kept is not None
    assert kept.median_error == pytest.approx(found.median_error, abs=1e-4)
    assert f"{100 * kept.median_error:.0f} %" in summary.quoted()


def test_one_client_gets_the_reciprocal_of_its_round() -> None:
    # 4 ms away, 1 ms served by one core, 0.9 ms for the flush
    alone = throughput(circuit(commit_s=0.9e-3), 1)
    assert alone.per_s == pytest.approx(1 / 5.9e-3, rel=0.05)
    assert alone.bottleneck is None


def test_many_clients_get_the_cores_and_no_more() -> None:
    # 8 hyper-threads of m5: 8 x 1 x 0.53 = 4.24 cores, at 1 ms 4,240 a second
    crowd = throughput(circuit(), 500)
    assert crowd.per_s == pytest.approx(4240, rel=1e-3)
    assert crowd.bottleneck == "CPU"
    assert crowd.busy == pytest.approx(1.0, abs=1e-3)


def test_a_volume_gives_its_iops_and_no_more() -> None:
    # two reads each: 1,000 IOPS are 500 a second
    short = throughput(circuit(reads=2.0, read_s=0.6e-3, volume_iops=1000.0), 200)
    assert short.per_s == pytest.approx(500.0, rel=1e-3)
    assert short.bottleneck == "IOPS"


def test_clients_share_flushes_where_the_volume_is_short() -> None:
    # each transaction writes one page back: 1,000 IOPS would be 500 a second with a flush for each
    many = throughput(
        circuit(commit_s=0.9e-3, written_per_s=lambda rate: rate, volume_iops=1000.0), 200
    )
    assert 700 < many.per_s < 1000
    assert many.bottleneck == "IOPS"


def test_more_clients_never_get_less() -> None:
    rates = [
        throughput(circuit(commit_s=0.9e-3, reads=0.2, read_s=0.6e-3, volume_iops=2000.0), n).per_s
        for n in (1, 2, 4, 8, 16, 64, 256)
    ]
    assert rates == sorted(rates)


def test_pages_changed_often_are_written_once_between_checkpoints() -> None:
    # 10 pages changed a thousand times each: 10 written; spread over a billion pages: nearly all
    assert distinct_per_s(UNIFORM, 100.0, 10.0, 100.0) == pytest.approx(0.1)
    assert distinct_per_s(UNIFORM, 100.0, 1e9, 100.0) == pytest.approx(100.0, rel=1e-4)


def test_memory_holds_the_most_popular_pages_first() -> None:
    strips = (Strip(pages=0.9, share=0.2), Strip(pages=0.1, share=0.8))
    assert found_in(strips, 0.05) == pytest.approx(0.4)
    assert found_in(strips, 0.55) == pytest.approx(0.9)
    assert found_in(strips, 2.0) == pytest.approx(1.0)


def test_records_of_another_workload_leave_the_shipped_ones_in_place(
    found: prediction.Backtest,
) -> None:
    assert prediction.run([record(Made())]) == found


def test_records_of_a_benchmark_stand_before_the_shipped_ones(found: prediction.Backtest) -> None:
    made = Made(
        phase="transaction",
        workload="tpcb",
        operations=(("transaction", 10_000, 0.001),),
        cpu_s=1e-3,
        record_size_bytes=108.0,
    )
    own = prediction.run([record(made)])
    changed = {case.case for case, was in zip(own.cases, found.cases, strict=True) if case != was}
    assert changed == {"pgbench-rds-pg18-m6i-large"}


def test_without_any_demand_it_says_what_to_measure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(prediction, "DEMAND", tmp_path)
    with CliRunner().isolation():
        assert outcome(group, ["backtest"]) == 2


def test_the_command_fails_above_a_limit_and_prints_json() -> None:
    runner = CliRunner()
    asked = runner.invoke(group, ["backtest", "--json"])
    assert asked.exit_code == 0
    said = json.loads(asked.output)
    assert said["points"] == 21
    assert {case["case"] for case in said["cases"]} == {p.case for p in literature.published()}
    with runner.isolation():
        assert outcome(group, ["backtest", "--fail-above", "0"]) == 1
