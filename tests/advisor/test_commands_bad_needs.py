"""Bad and impossible input through the command line: one clear message, or an honest answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_records import Made, record

from advisor.__main__ import group
from results.lines import encode
from workloads.command import outcome

Capture = pytest.CaptureFixture[str]
BASE = """\
schema: 1
name: w
data: {format: relational, records: 1M, record_size: 500 B}
operations: [{kind: read, weight: 80}, {kind: update, weight: 20}]
traffic: {mean: 50/s, peak: 200/s, shape: daily}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    code = outcome(group, list(arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("region=eu-central-9", "there are no prices for region 'eu-central-9'"),
        ("traffic.peak=-5/s", "traffic.peak"),
        ("traffic.mean=.nan", "traffic.mean"),
        ("traffic.mean=.inf", "traffic.mean"),
        ("traffic.mean=0/s", "traffic.mean"),
        ("data.records=-1", "data.records"),
        ("data.records=.nan", "data.records"),
        ("data.record_size=0 B", "data.record_size"),
        ("needs.availability=120%", "needs.availability"),
        ("needs.budget=-10 USD/month", "needs.budget"),
        ("needs.copies=-1", "needs.copies"),
        ("latency.read_p99=-1 ms", "latency.read_p99"),
        ("retention.backup=-3 d", "retention.backup"),
        ("operations.read.weight=-1", "operations.read.weight"),
        ("operations.read.weight=.nan", "operations.read.weight"),
        ("traffic.trace=missing.csv", "missing.csv"),
        ("traffic.trace=empty.csv", "empty.csv"),
        ("traffic.trace=heading.csv", "heading.csv"),
        ("traffic.trace=negative.csv", "negative.csv"),
        ("traffic.trace=nan.csv", "nan.csv"),
    ],
)
def test_a_wrong_value_is_one_message_that_names_its_place(
    capsys: Capture, tmp_path: Path, settings: str, said: str
) -> None:
    (tmp_path / "w.yaml").write_text(BASE)
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "heading.csv").write_text("time,rate\n")
    (tmp_path / "negative.csv").write_text("time,rate\n0,5\n1,-5\n2,5\n")
    (tmp_path / "nan.csv").write_text("time,rate\n0,5\n1,nan\n2,5\n")
    words = ["recommend", str(tmp_path / "w.yaml"), "--set", settings]
    if "trace" in settings:
        words += ["--set", "traffic.mean=unknown", "--set", "traffic.peak=unknown"]
        words += ["--set", "traffic.shape=unknown"]
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, ""), (out, err)
    assert said in err
    assert err.count("Error") + err.count("error") <= 1
    assert "Traceback" not in err


def test_records_without_demand_are_refused(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(BASE)
    folder = tmp_path / "run"
    folder.mkdir()
    bare = record(
        Made(workload="w", operations=(), cpu_s=None, write_bytes=None, stored_bytes=None)
    )
    (folder / "records.ndjson").write_bytes(encode(bare))
    code, out, err = run(capsys, "recommend", str(tmp_path / "w.yaml"), "--results", str(folder))
    assert (code, out) == (2, "")
    assert f"{folder}: none of 1 records says what an operation costs" in err


IMPOSSIBLE = [
    (
        "needs: {engine: postgresql, writes_in: every-region, regions: [us-east-1, eu-west-1]}",
        "none",
        ("needs.writes_in", "needs.engine"),
    ),
    ("needs: {sql: true, failover: 10 s}", "none", ("needs.failover", "needs.sql")),
    ("needs: {engine: mariadb, serverless: true}", "none", ("needs.serverless", "needs.engine")),
    ("needs: {operating_system_access: true, managed: true}", "none", ("needs.managed",)),
    ("needs: {engine: postgresql, budget: 1 USD/month}", "rds", ("needs.budget", "cheapest plan")),
    (
        "needs: {sql: true, joins: true, availability: 99.999%}",
        "none",
        ("needs.availability 99.999%", "needs.joins"),
    ),
]


@pytest.mark.parametrize(("needs", "service", "pair"), IMPOSSIBLE)
def test_impossible_needs_are_an_answer_that_names_the_conflict(
    capsys: Capture, tmp_path: Path, needs: str, service: str, pair: tuple[str, ...]
) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(f"{BASE}{needs}\n")
    code, out, _ = run(capsys, "recommend", str(file), "--json")
    assert code == 0
    document = json.loads(out)
    assert document["service"] == service
    assert any(all(name in said for name in pair) for said in document["conflicts"]), document[
        "conflicts"
    ]
    if service == "none":
        assert document["instead"]
    other = "dynamodb" if service != "dynamodb" else "rds"
    assert run(capsys, "check", str(file), "--expect", service)[0] == 0
    assert run(capsys, "check", str(file), "--expect", other)[0] == 1


def test_the_draws_and_their_seed_can_be_chosen(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(BASE)
    words = ("recommend", str(file), "--json", "--confidence", "full", "--seed", "7")
    first, second = (json.loads(run(capsys, *words)[1]) for _ in range(2))
    assert "10000 draws (seed 7)" in first["confidence_note"]
    assert first["confidence"] == second["confidence"]
