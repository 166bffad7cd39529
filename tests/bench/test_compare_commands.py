"""`bench compare` and `bench show` as a person and a CI job use them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bench import suites
from bench.__main__ import group
from bench.environment import environment
from bench.runner import session as sessions
from bench.runner.request import Request
from results.distribution import of_values
from results.record import Finding, Record
from results.store import RunPlan, create_run, read
from workloads.command import outcome

WORKLOAD = """\
schema: 1
name: tiny
data: {dataset: records, records: 2k, record_size: 200 B}
operations:
  - {kind: read, weight: 1}
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run with two equal sides, three pairs."""
    folder = tmp_path_factory.mktemp("measured")
    file = folder / "tiny.yaml"
    file.write_text(WORKLOAD)
    arguments = [
        "run", str(file), "--engine", "lmdb", "--quick", "--duration", "0.1 s", "--repeat", "3",
        "--load", "closed:1", "--versus", "same", "--results", str(folder / "runs"),
    ]  # fmt: skip
    quick = suites.get("quick").pace
    pace = replace(
        quick,
        precision=None,
        repetitions=3,
        duration_s=0.1,
        alone_s=0.1,
        warmup_min_s=0.02,
        warmup_max_s=0.04,
        slice_s=0.005,
        idle_s=0.02,
        checked=8,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Request, "pace", lambda self: pace)
        patch.setattr(sessions, "environment", lambda path, **_: environment(path, score_s=0.01))
        assert outcome(group, arguments) == 0
    return folder / "runs"


@pytest.fixture(scope="module")
def base(measured: Path) -> Record:
    """A record of a real engine without findings."""
    return replace(read(measured)[0], outcome="ok", error=None, findings=())


def timed(base: Record, factor: float, repetition: int, variant: str | None = None) -> Record:
    """The record with reads that take `factor` times 100 µs, and throughput and CPU to match."""
    random = np.random.default_rng(repetition)
    scale = factor * float(random.normal(1.0, 0.004))
    service = of_values(
        (random.lognormal(np.log(100_000), 0.2, 5_000) * scale).astype(np.int64), lowest_ns=100
    )
    (operation,) = (replace(o, service=service, response=None) for o in base.operations)
    return replace(
        base,
        trial=replace(base.trial, repetition=repetition, variant=variant, phase="read"),
        throughput_per_s=10_000 / scale,
        operations=(operation,),
        resources=replace(base.resources, cpu_s=80e-6 * scale),
    )


def kept(folder: Path, base: Record, records: list[Record]) -> Path:
    """A run of these records."""
    plan = RunPlan(command=("bench",), workloads=(), trials=(), environment=base.environment)
    with create_run(folder, plan, now=datetime(2026, 9, 11, 10, 15, tzinfo=UTC)) as store:
        for number, record in enumerate(records, 1):
            run = store.manifest.run
            store.append(replace(record, run=run, id=store.record_id(number)))
        return store.path


def one_sided(folder: Path, base: Record, factor: float, n: int = 5) -> Path:
    return kept(folder, base, [timed(base, factor, repetition) for repetition in range(1, n + 1)])


def test_two_runs_are_compared(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = one_sided(tmp_path, base, 1.0), one_sided(tmp_path, base, 1.2)
    assert outcome(group, ["compare", str(before), str(after)]) == 0
    shown = capsys.readouterr().out
    for word in ("before: ", "lmdb", "read", "op/s", "p99", "CPU/op", "slower", "95 % interval"):
        assert word in shown
    assert shown.rstrip().endswith("4 slower")
    assert max(map(len, shown.splitlines())) <= 120
    assert outcome(group, ["compare", str(after), str(before), "--metric", "throughput"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("1 faster")


def test_what_was_asked_and_set_differently_is_said(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_otherwise = tuple(
        replace(pair, value="off") if pair.name == "sync" else pair for pair in base.engine.settings
    )
    other = replace(base, engine=replace(base.engine, settings=set_otherwise))
    before, after = one_sided(tmp_path, base, 1.0), one_sided(tmp_path, other, 1.0)
    outcome(group, ["compare", str(before), str(after)])
    shown = capsys.readouterr().out.splitlines()
    assert shown[1] == shown[3] == "        bench"
    assert shown[4] == "lmdb: sync on -> off"
    assert outcome(group, ["show", str(before)]) == 0
    assert "asked: bench" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("factor", "codes"),
    [
        (1.25, {"slower": 1, "faster": 0, "different": 1}),
        (0.8, {"slower": 0, "faster": 1, "different": 1}),
        (1.0, {"slower": 0, "faster": 0, "different": 0}),
    ],
)
def test_the_exit_code_is_for_machines(
    base: Record,
    tmp_path: Path,
    factor: float,
    codes: dict[str, int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    before, after = one_sided(tmp_path, base, 1.0), one_sided(tmp_path, base, factor)
    for verdict, code in codes.items():
        arguments = ["compare", str(before), str(after), "--fail-on", verdict]
        assert outcome(group, arguments) == code, verdict
        said = capsys.readouterr().err
        assert (f"4 of 4 figures are {verdict}; the most: lmdb read" in said) == bool(code)


def test_a_check_that_compared_nothing_has_not_passed(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone, again = one_sided(tmp_path, base, 1.0, 1), one_sided(tmp_path, base, 3.0, 1)
    assert outcome(group, ["compare", str(alone), str(again)]) == 0
    shown = capsys.readouterr().out
    assert "not comparable: lmdb closed:1: read op/s, read p50, read p99, read CPU/op: " in shown
    assert shown.rstrip().endswith("4 not comparable")
    assert outcome(group, ["compare", str(alone), str(again), "--fail-on", "slower"]) == 1
    said = capsys.readouterr().err
    assert "nothing could be compared, so nothing was checked" in said
    assert "one repetition before; a verdict needs 3" in said


def test_records_that_a_gate_refused_are_not_compared(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Finding(code="G-CLIENT", level="error", message="the client was the limit")
    after = [replace(timed(base, 1.5, n), findings=(client,)) for n in range(1, 6)]
    before = one_sided(tmp_path, base, 1.0)
    assert outcome(group, ["compare", str(before), str(kept(tmp_path, base, after))]) == 0
    shown = capsys.readouterr().out
    assert "no evidence after: G-CLIENT the client was the limit" in " ".join(shown.split())


def test_other_machines_are_compared_on_request(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = one_sided(tmp_path, base, 1.0)
    other = replace(base, environment=replace(base.environment, cpus=64))
    after = one_sided(tmp_path, other, 1.5)
    assert outcome(group, ["compare", str(before), str(after)]) == 0
    assert "other machine: " in " ".join(capsys.readouterr().out.split())
    assert outcome(group, ["compare", str(before), str(after), "--across-machines"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("4 slower")


def test_the_least_effect_is_settable(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = one_sided(tmp_path, base, 1.0), one_sided(tmp_path, base, 1.25)
    arguments = ["compare", str(before), str(after), "--metric", "p50", "--least-effect", "30%"]
    assert outcome(group, arguments) == 0
    assert "no difference shown: the difference is below 30%" in capsys.readouterr().out


def test_one_run_with_two_sides_is_compared_in_pairs(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = []
    for n in range(1, 7):
        slow_machine = 1 + 0.2 * n
        records += [
            timed(base, slow_machine, n),
            timed(base, slow_machine * 1.05, n, "durability=relaxed"),
        ]
    run = kept(tmp_path, base, records)
    assert outcome(group, ["compare", str(run), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["schema"] == 1
    assert [row["verdict"] for row in shown["rows"]] == ["slower"] * 4
    p50 = shown["rows"][1]
    assert (p50["metric"], p50["design"], p50["n"], p50["unit"]) == ("p50", "paired", 6, "s")
    assert p50["effect"] == pytest.approx(0.05, abs=0.005)
    assert p50["low"] < p50["effect"] < p50["high"]
    assert p50["after"]["variant"] == "durability=relaxed"
    assert len(p50["before"]["records"]) == 6
    assert outcome(group, ["compare", str(run)]) == 0
    assert "as asked (before) and durability=relaxed (after), in pairs" in capsys.readouterr().out


def test_a_real_run_says_what_its_sides_show(
    measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(group, ["compare", str(measured)]) == 0
    shown = capsys.readouterr().out
    assert "as asked (before) and same (after), in pairs" in shown
    assert outcome(group, ["show", str(measured)]) == 0
    shown = capsys.readouterr().out
    assert "lmdb (same)" in shown
    assert "±" in shown
    assert outcome(group, ["show", str(measured), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["variant"], row["phase"], row["repetitions"]) for row in rows] == [
        (None, "mix", 3),
        (None, "read", 3),
        ("same", "mix", 3),
        ("same", "read", 3),
    ]


def test_show_tells_what_was_refused_and_what_failed(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = Finding(code="G-SHORT", level="error", message="too short")
    steady = Finding(code="G-STEADY", level="warning", message="it drifts")
    records = [timed(base, 1.0, n) for n in range(1, 5)]
    records[1] = replace(records[1], findings=(short, steady))
    records[2] = replace(records[2], outcome="timeout", error="too late")
    run = kept(tmp_path, base, records)
    assert outcome(group, ["show", str(run)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "2 of 4 trials are evidence" in shown
    assert "1 of 4 TIMEOUT 1 of 4 REFUSED (short) steady" in shown
    assert outcome(group, ["show", str(run), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["failed"], row["refused"], row["refusals"]) == (1, 1, ["G-SHORT"])
    assert 0 < row["throughput_half_width"] < 0.05
    assert 0 < row["p99_half_width"] < 0.1


def test_show_prints_no_percentile_that_the_sample_does_not_support(
    base: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = of_values(np.full(150, 100_000, dtype=np.int64), lowest_ns=100)
    (operation,) = (replace(o, service=few, count=150) for o in base.operations)
    run = kept(tmp_path, base, [replace(base, operations=(operation,))])
    assert outcome(group, ["show", str(run), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["p50_s"] == pytest.approx(1e-4, rel=0.01)
    assert (row["p95_s"], row["p99_s"]) == (None, None)
    assert (row["p50_half_width"], row["throughput_half_width"]) == (None, None)
    assert outcome(group, ["show", str(run)]) == 0
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("lmdb "))
    assert line.split()[4:8].count("–") == 2, line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "no such file or directory"),
        (["{one}"], "this run has one side only"),
        (["{one}", "{one}"], "is named twice"),
        (["{one}", "{one}", "{one}"], "3 runs are named"),
        (["{one}", "{one}", "--least-effect", "-2%"], "must not be negative"),
    ],
)
def test_bad_input_is_told_in_one_message(
    base: Record,
    tmp_path: Path,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = one_sided(tmp_path, base, 1.0, 3)
    assert outcome(group, ["compare", *(word.format(one=one) for word in words)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
