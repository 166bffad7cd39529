"""The advisor's commands: exit codes, bad input, JSON, what is written where, cold imports."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from made_records import Made, record

from advisor.__main__ import group
from results.lines import encode
from results.record import WorkloadRef
from workloads import spec
from workloads.command import outcome


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "storefit" / "last-recommendation.json"


Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    code = outcome(group, list(arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_recommend_answers_and_says_where_it_is_kept(capsys: Capture, cache: Path) -> None:
    code, out, err = run(capsys, "recommend", "book-store")
    assert code == 0
    assert out.startswith("book-store: ")
    assert str(cache) in err
    document = json.loads(cache.read_text())
    assert document["workload"] == "book-store"
    # a long text has left the screen: the answer is said again
    last = err.splitlines()[-1]
    assert last.startswith(f"in short: book-store: {document['service']}, ")
    assert ";;" not in last
    assert f"{document['monthly_cost_usd']['expected']:,.0f} USD a month" in last


def test_recommend_json_is_one_object_on_stdout(capsys: Capture) -> None:
    code, out, err = run(capsys, "recommend", "session-store", "--json")
    assert code == 0
    assert json.loads(out)["service"] == "dynamodb"
    assert "saved" in err


def test_the_newest_run_of_the_workload_is_taken_and_said(capsys: Capture, tmp_path: Path) -> None:
    older, newer = tmp_path / "runs/20260911T101500Z", tmp_path / "runs/20260912T101500Z"
    asked = spec.load("book-store")
    ref = WorkloadRef(
        name=asked.name, digest=spec.digest(asked), document=spec.canonical_json(asked)
    )
    made = replace(record(Made(workload="chat")), run="made")
    for run_of, workload in ((older, ref), (newer, made.workload)):
        run_of.mkdir(parents=True)
        mine = replace(made, id=f"{run_of.name}.001", workload=workload)
        (run_of / "records.ndjson").write_bytes(encode(mine))
    words = ("recommend", "--json", "--results", str(tmp_path / "runs"))
    code, out, err = run(capsys, *words, "book-store")
    assert code == 0
    assert f"records of book-store: {older}, of 2 runs" in err
    assert f"{older.name}.001" in out
    assert f"{newer.name}.001" not in out
    code, out, err = run(capsys, *words, "session-store")
    assert code == 0
    assert f"no records of session-store in {tmp_path / 'runs'}; taken instead" in err
    assert f"those of chat: {newer}" in err


def test_explain_walks_the_last_recommendation(capsys: Capture) -> None:
    run(capsys, "recommend", "session-store")
    code, out, _ = run(capsys, "explain", "dynamodb.cost")
    assert code == 0
    assert out.startswith("dynamodb.cost = ")
    code, out, _ = run(capsys, "explain")
    assert code == 0
    assert "dynamodb.cost" in out
    code, out, _ = run(capsys, "explain", "dynamodb.cost", "--json")
    assert code == 0
    assert json.loads(out)[0]["id"] == "dynamodb.cost"


def test_explain_reads_what_json_printed(capsys: Capture, tmp_path: Path) -> None:
    _, out, _ = run(capsys, "recommend", "session-store", "--json")
    file = tmp_path / "printed.json"
    file.write_text(out)
    code, said, _ = run(capsys, "explain", "dynamodb.cost", "--from", str(file))
    assert code == 0
    assert "sum of the lines" in said


def test_save_writes_there_and_nowhere_else(capsys: Capture, cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept" / "rec.json"
    code, _, err = run(capsys, "recommend", "tpcb", "--save", str(file))
    assert code == 0
    assert str(file) in err
    assert file.exists()
    assert not cache.exists()
    assert [p.name for p in file.parent.iterdir()] == ["rec.json"], "no temporary file stays"


def test_a_cache_that_cannot_be_written_is_said_and_no_error(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    code, _, err = run(capsys, "recommend", "tpcb")
    assert code == 0
    assert "not saved" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["recommend", "no-such-workload"], 2, "no-such-workload"),
        (["recommend"], 2, "WORKLOAD"),
        (["recommend", "book-store", "--region", "mars-north-1"], 2, "region"),
        (["recommend", "book-store", "--results", "{tmp}/empty"], 2, "run"),
        (["recommend", "book-store", "--results", "{tmp}/missing"], 2, "missing"),
        (["recommend", "book-store", "--save", "{tmp}/empty"], 3, "cannot be written"),
        (["recommend", "book-store", "--bogus"], 2, "bogus"),
        (["recommend", "{tmp}/wrong.yaml"], 2, "wrong.yaml"),
        (["explain", "x"], 2, "no saved recommendation"),
        (["explain", "x", "--from", "{tmp}/wrong.yaml"], 2, "not JSON"),
        (["explain", "x", "--from", "{tmp}/other.json"], 2, "no recommendation"),
        (["explain", "x", "--from", "{tmp}/damaged.json"], 2, "damaged"),
        (["explain", "x", "--from", "{tmp}/empty"], 2, "cannot be read"),
        (["rules", "R-XX-999"], 2, "R-XX-999"),
        (["rules", "R-TX-02"], 2, "did you mean R-TX-002"),
        (["rules", "--for", "no-such-workload"], 2, "no-such-workload"),
        (["facts", "no-such-fact"], 2, "no fact matches"),
        (["facts", "--region", "mars"], 2, "us-east-1"),
        (["recommend", "tpcb", "--set", "needs.sql"], 2, "INPUT=VALUE"),
        (["recommend", "tpcb", "--set", "needs.sqll=true"], 2, "needs.sql"),
        (["recommend", "tpcb", "--set", "needs.sql=perhaps"], 2, "needs.sql"),
        (["recommend", "tpcb", "--set", "needs.sql={"], 2, "cannot be read"),
        (["recommend", "book-store", "--set", "traffic.peak=1/s"], 2, "traffic.peak"),
        (["check", "book-store"], 2, "--expect"),
        (["check", "book-store", "--expect", "redshift"], 2, "aurora-serverless"),
        (["check", "book-store", "--expect", "dynamodb"], 1, "expected dynamodb"),
        (["check", "book-store", "--expect", "rds", "--baseline", "{tmp}/other.json"], 2, "saved"),
        (["bogus"], 2, "bogus"),
    ],
)
def test_wrong_input_is_one_clear_message(
    capsys: Capture, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong.yaml").write_text("schema: 1\nname: [\n")
    (tmp_path / "other.json").write_text('{"schema": 9}')
    (tmp_path / "damaged.json").write_text('{"schema": 1, "evidence": [{"id": "x"}]}')
    got, out, err = run(capsys, *(a.replace("{tmp}", str(tmp_path)) for a in arguments))
    assert got == code, (out, err)
    assert said in err
    assert "Traceback" not in err
    assert out == "" or code == 1


def test_nothing_is_half_written_when_the_input_is_wrong(
    capsys: Capture, tmp_path: Path, cache: Path
) -> None:
    report = tmp_path / "report.html"
    run(capsys, "recommend", "no-such-workload", "--report", str(report))
    assert not report.exists()
    assert not cache.exists()


def saved_baseline(capsys: Capture, file: Path, **changes: object) -> Path:
    run(capsys, "recommend", "session-store", "--save", str(file))
    document = json.loads(file.read_text())
    usd = changes.pop("usd", None)
    if usd is not None:
        document["monthly_cost_usd"]["expected"] *= usd
    file.write_text(json.dumps(document | changes))
    return file


def test_a_baseline_of_another_workload_is_refused(capsys: Capture, tmp_path: Path) -> None:
    file = saved_baseline(capsys, tmp_path / "before.json")
    words = ("check", "tpcb", "--expect", "rds", "--baseline", str(file))
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert "a baseline of workload session-store, not of tpcb" in err


@pytest.mark.parametrize(
    ("changes", "more", "code", "said"),
    [
        ({}, (), 0, ""),
        ({"service": "rds"}, (), 1, "the baseline was rds, now it is dynamodb"),
        ({"usd": 0.5}, (), 1, "the cost changed by +100 %"),
        ({"usd": 2.0}, (), 1, "the cost changed by -50 %"),
        ({"usd": 1.05}, (), 0, ""),
        ({"usd": 2.0}, ("--tolerance", "60"), 0, ""),
        ({"monthly_cost_usd": None}, (), 1, "the baseline cost cost unknown"),
    ],
)
def test_an_answer_that_left_its_baseline_fails(
    capsys: Capture,
    tmp_path: Path,
    changes: dict[str, object],
    more: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    file = saved_baseline(capsys, tmp_path / "before.json", **changes)
    words = ("check", "session-store", "--expect", "dynamodb", "--baseline", str(file), *more)
    got, _, err = run(capsys, *words)
    assert got == code, err
    assert said in err


def test_any_input_can_be_set_on_the_command_line(capsys: Capture) -> None:
    setting = ("--set", "needs.administration=own")
    code, out, _ = run(capsys, "recommend", "book-store", *setting, "--json")
    assert code == 0
    with_work = json.loads(out)
    assert with_work["service"] == "ec2"
    assert with_work["ranking"][0]["administration"].startswith("yours: about ")
    assert "of the total" in with_work["ranking"][0]["administration"]
    _, out, _ = run(
        capsys, "recommend", "book-store", *setting, "--without-administration", "--json"
    )
    without = json.loads(out)
    assert "not in the total" in without["ranking"][0]["administration"]
    assert without["ranking"][0]["usd"] < with_work["ranking"][0]["usd"] - 300
    _, out, _ = run(capsys, "recommend", "book-store", "--set", "needs.joins=unknown", "--json")
    assert json.loads(out)["workload"] == "book-store"
    code, out, _ = run(capsys, "recommend", "--help")
    assert "--set INPUT=VALUE" in out
    assert "needs.administration=own" in " ".join(out.split())


def test_check_passes_and_compares(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "before.json"
    run(capsys, "recommend", "session-store", "--save", str(file))
    code, out, _ = run(
        capsys, "check", "session-store", "--expect", "dynamodb", "--baseline", str(file)
    )
    assert code == 0
    assert "baseline: dynamodb" in out
    code, out, _ = run(capsys, "check", "session-store", "--expect", "rds", "--json")
    assert code == 1
    document = json.loads(out)
    assert document["ok"] is False
    assert document["service"] == "dynamodb"


def test_rules_are_listed_and_shown(capsys: Capture) -> None:
    code, out, _ = run(capsys, "rules")
    assert code == 0
    assert len(out.splitlines()) >= 45
    code, out, _ = run(capsys, "rules", "r-tx-002")
    assert code == 0
    assert "dynamodb.transaction_items" in out
    assert "https://" in out
    code, out, _ = run(capsys, "rules", "--json")
    assert code == 0
    assert {"code", "area", "title", "verdict", "services", "why", "source"} <= set(
        json.loads(out)[0]
    )


def test_rules_say_which_fire_for_a_workload(capsys: Capture) -> None:
    code, out, _ = run(capsys, "rules", "--for", "book-store")
    assert code == 0
    assert "fires   R-TX-001" in out
    assert "silent  R-SZ-001" in out


def test_facts_are_listed_searched_and_aged(capsys: Capture) -> None:
    code, out, err = run(capsys, "facts")
    assert code == 0
    assert "dynamodb.item_size_max  400 KB" in out
    assert "prices as of" in err
    code, out, _ = run(capsys, "facts", "item_size", "--json")
    assert code == 0
    (fact,) = json.loads(out)
    assert fact["value"] == 400
    code, out, _ = run(capsys, "facts", "--age")
    assert code == 0
    assert "dynamodb_prices" in out
    code, out, _ = run(capsys, "facts", "db.r6g.large/multi-az", "--region", "eu-west-1")
    assert code == 0
    assert "rds/postgresql/db.r6g.large/multi-az@eu-west-1" in out


def test_a_report_is_one_page_with_the_answer(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    code, _, err = run(capsys, "recommend", "session-store", "--report", str(file))
    assert code == 0
    assert str(file) in err
    page = file.read_text()
    assert "<html" in page
    assert "session-store" in page


COLD = """
import sys
from advisor.__main__ import group
from workloads.command import outcome
assert outcome(group, {arguments!r}) == 0
heavy = {{"numpy", "pyarrow", "pandas", "polars", "plotly", "rich", "psycopg", "lmdb", "scipy"}}
print("HEAVY", sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["recommend", "book-store"],
        ["recommend", "session-store", "--json"],
        ["check", "book-store", "--expect", "rds"],
        ["rules"],
        ["facts"],
    ],
)
def test_cold_commands_import_no_heavy_library(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLD.format(arguments=arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "HEAVY []"
