"""`bench run`, `resume`, `show` and `report` as a person uses them, on a real in-process engine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bench.__main__ import group
from results.store import read
from workloads.command import outcome

WORKLOAD = """\
schema: 1
name: tiny
data: {dataset: records, records: 2k, record_size: 200 B}
operations:
  - {kind: read, weight: 8}
  - {kind: update, weight: 1}
  - {kind: insert, weight: 1}
"""


READS = """\
schema: 1
name: reads
data: {dataset: records, records: 2k, record_size: 200 B}
operations:
  - {kind: read, weight: 4}
  - {kind: range, weight: 1, limit: 5}
"""


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A workload that waits for no disk."""
    file = tmp_path_factory.mktemp("workload") / "reads.yaml"
    file.write_text(READS)
    return str(file)


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("workload") / "tiny.yaml"
    file.write_text(WORKLOAD)
    return str(file)


def arguments(workload: str, results: Path, *more: str) -> list[str]:
    return [
        "run", workload, "--engine", "lmdb", "--quick", "--duration", "0.2 s",
        "--load", "closed:2", "--results", str(results), *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def results(workload: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("results")
    assert outcome(group, arguments(workload, folder)) == 0
    return folder


def test_a_run_leaves_complete_records_of_a_real_engine(results: Path) -> None:
    records = read(results)
    assert [r.trial.phase for r in records] == ["mix", "read", "update", "insert"]
    for record in records:
        assert (record.outcome, record.error) == ("ok", None)
        assert record.answers_checked >= 100
        assert record.operations_done > 0
        assert record.resources.cpu_s is not None
        assert record.resources.cpu_s > 0
        assert record.resources.source.startswith("worker")
        assert record.engine.in_process
        assert record.storage is not None
        assert record.storage.rows == 2_000
        assert record.environment.fsync_p50_s is not None
        assert record.environment.cpus >= 1
    alone = records[1]
    assert alone.resources.read_units == pytest.approx(0.5)
    assert records[3].resources.write_units is not None
    # the same machine and the same load, so the same order of magnitude
    assert records[1].throughput_per_s > records[2].throughput_per_s


def test_a_run_leaves_nothing_but_its_directory(results: Path) -> None:
    (run,) = results.iterdir()
    assert sorted(file.name for file in run.iterdir()) == ["records.ndjson", "run.json"]


def test_nothing_in_a_record_tells_where_it_was_made(results: Path) -> None:
    text = "".join(file.read_text() for file in results.glob("*/*"))
    assert os.uname().nodename not in text or len(os.uname().nodename) < 4
    records = "".join(file.read_text() for file in results.glob("*/records.ndjson"))
    assert str(Path.home()) not in records
    assert str(results) not in records


def test_show_prints_the_table_of_a_run_or_of_the_newest(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run,) = results.iterdir()
    assert outcome(group, ["show", str(run)]) == 0
    of_run = capsys.readouterr().out
    assert outcome(group, ["show", str(results)]) == 0
    assert capsys.readouterr().out == of_run
    for word in ("lmdb", "mix", "read", "update", "insert", "op/s", "CPU/op", "2,000 records"):
        assert word in of_run
    asked, *rest = (line for line in of_run.splitlines()[1:])
    assert asked.startswith("asked: bench run ")  # to be copied: in one line however long
    assert max(map(len, rest)) <= 120


def test_show_as_json_is_in_base_units(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(group, ["show", str(results), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["schema"] == 1
    rows = {row["phase"]: row for row in shown["rows"]}
    records = {r.trial.phase: r for r in read(results)}
    assert rows["read"]["throughput_per_s"] == pytest.approx(records["read"].throughput_per_s)
    assert rows["read"]["p50_s"] == pytest.approx(records["read"].operations[0].service.p50_s)
    # 200 ms of synchronous updates do not carry a 99.9th percentile, perhaps not a 99th
    update = records["update"].operations[0].service
    assert (rows["update"]["p99_s"] is None) == (update.count < 1_000)


def test_report_writes_one_page(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page"
    assert outcome(group, ["report", str(results), "--out", str(out)]) == 0
    assert "4 records" in capsys.readouterr().out
    assert "<html" in (out / "index.html").read_text()
    assert [file.name for file in out.iterdir()] == ["index.html"]


def test_run_prints_the_table_the_path_and_the_next_command(
    reads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = arguments(reads, tmp_path, "--engine", "noop")
    assert outcome(group, words) == 0
    out, err = capsys.readouterr()
    (run,) = tmp_path.iterdir()
    assert f"run:  {run}" in out
    assert "advisor recommend" in out
    assert "noop" in out
    assert "[1/6, " in err
    assert " left] lmdb" in err
    assert "2,000 records" in err
    assert "no answer was compared" in out  # nobody vouches for the no-op engine


@pytest.mark.slow
def test_open_load_gives_response_times_and_the_schedules_lag(
    reads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*arguments(reads, tmp_path), "--engine", "noop", "--json"]
    words[words.index("closed:2")] = "open:500/s,constant"
    assert outcome(group, words) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 6
    for record in read(tmp_path):
        assert record.load.kind == "open"
        assert (record.load.rate_per_s, record.load.arrivals) == (500, "constant")
        assert record.client.schedule_lag_p50_s is not None
        assert record.client.queued_fraction is not None
        for operation in record.operations:
            assert operation.response is not None
            assert operation.response.count == operation.service.count
        offered = 500 * record.trial.planned_duration_s
        assert record.operations_done + record.errors_count == pytest.approx(offered, abs=2)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["run"], 2, "Missing argument"),
        (["run", "bookstore"], 2, "did you mean 'book-store'?"),
        (["run", "book-store", "--engine", "postgres"], 2, "did you mean 'postgresql'?"),
        (["run", "book-store", "--engine", "lmdb@moon"], 2, "does not run at 'moon'"),
        (["run", "book-store", "--load", "closd:3"], 2, "did you mean 'closed:3'?"),
        (["run", "book-store", "--load", "nine"], 2, "closed:8, closed:8,think"),
        (["run", "book-store", "--duration", "-1s"], 2, "negative"),
        (["run", "book-store", "--duration", "0"], 2, "0.1 s to a day"),
        (["run", "book-store", "--duration", "soon"], 2, "not a number"),
        (["run", "book-store", "--repeat", "0"], 2, "--repeat 0"),
        (["run", "book-store", "--repeat", "three"], 2, "not a valid integer"),
        (["run", "book-store", "--scale", "-1"], 2, "--scale -1"),
        (["run", "book-store", "--scale", "x"], 2, "not a factor"),
        (["run", "book-store", "--seed", "-4"], 2, "--seed"),
        (["run", "book-store", "--durability", "none"], 2, "--durability"),
        (["run", "book-store", "--colour"], 2, "No such option"),
        (["run", "smoke", "quick"], 2, "two suites"),
        (["run", "smok"], 2, "did you mean 'smoke'?"),
        (["run", "nowhere.yaml"], 2, "suites: analytics, "),
        (
            ["run", "book-store", "--scale", "1e-30"],
            2,
            "1e-30: the factor on the declared records is 1e-9",
        ),
        (["run", "book-store", "--precision", "0%"], 2, "--precision 0%: 0.1% to 50%"),
        (["run", "book-store", "--results", ""], 2, "'--results': this is empty"),
        (["show", "/nowhere/at/all"], 2, "no such file or directory"),
        (["resume", "/nowhere/at/all"], 2, "cannot be read"),
        (["report", "/nowhere/at/all", "--out", "x"], 2, "no such file or directory"),
        (["shw"], 2, "Did you mean 'show'?"),
    ],
)
def test_a_wrong_command_line_is_one_message_and_leaves_nothing(
    words: list[str],
    code: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert outcome(group, words) == code
    out, err = capsys.readouterr()
    assert says in err
    assert "Traceback" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_results_should_be_is_a_place_error(
    workload: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("x")
    assert outcome(group, arguments(workload, taken)) == 3
    err = capsys.readouterr().err
    assert "taken" in err
    assert "--results" in err
    assert taken.read_text() == "x"


def test_a_directory_that_cannot_be_written_is_a_place_error(
    workload: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # not even root may make directories there
    assert outcome(group, arguments(workload, Path("/proc/storefit-results"))) == 3
    assert "cannot be written" in capsys.readouterr().err


def test_an_empty_results_directory_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(group, ["show", str(tmp_path)]) == 2
    assert "no run in this directory" in capsys.readouterr().err


def test_a_run_that_is_being_written_is_not_resumed(
    workload: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bench.runner.request import Request
    from bench.runner.session import begin

    with begin(Request(names=(workload,), engines=("lmdb",), quick=True), tmp_path) as session:
        assert outcome(group, ["resume", str(session.path)]) == 3
    assert "is writing this run" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_keeps_complete_records_leaves_nothing_and_can_be_resumed(
    reads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = arguments(reads, tmp_path, "--repeat", "3")
    child = subprocess.Popen(
        [sys.executable, "-m", "bench", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a shell that runs the tests in its background has SIGINT ignored, and hands that down
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 60
        while _records(tmp_path) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        family = psutil.Process(child.pid).children(recursive=True)
        assert family, "workers are running"
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does: the whole group
        _, err = child.communicate(timeout=20)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 130
    assert "Traceback" not in err
    found = re.search(r"bench resume (\S+)", err)
    assert found
    run = Path(found[1])
    psutil.wait_procs(family, timeout=5)
    assert not [each for each in family if each.is_running()]
    assert sorted(path.name for path in tmp_path.iterdir()) == [run.name]
    assert sorted(file.name for file in run.iterdir()) == ["records.ndjson", "run.json"]
    before = read(run)
    assert 2 <= len(before) < 9
    assert all(record.outcome == "ok" for record in before)

    assert outcome(group, ["resume", str(run)]) == 0
    after = read(run)
    assert len(after) == 9
    assert after[: len(before)] == before
    capsys.readouterr()
    assert outcome(group, ["resume", str(run)]) == 0
    assert "nothing is left to do" in capsys.readouterr().err
    assert read(run) == after


def _records(results: Path) -> int:
    return sum(len(file.read_bytes().splitlines()) for file in results.glob("*/records.ndjson"))


def test_a_run_that_is_no_evidence_leads_to_no_recommendation(
    reads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = arguments(reads, tmp_path)
    words[words.index("lmdb")] = "noop"
    assert outcome(group, words) == 0
    out = capsys.readouterr().out
    assert "run:  " in out
    assert "next: " not in out
