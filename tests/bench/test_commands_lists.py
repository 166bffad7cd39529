"""`bench engines`, `workloads`, `suites`, `doctor`: what they say, and that `--json` says it too."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import engines, suites
from bench.__main__ import COMMANDS, group
from bench.commands.measured import duration, number, size
from workloads import catalogue, datasets
from workloads.command import outcome
from workloads.spec.model import KINDS


def shown(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert outcome(group, words) == 0
    return capsys.readouterr().out


def test_engines_are_listed_with_places_and_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(["engines"], capsys)
    found = json.loads(shown(["engines", "--json"], capsys))["engines"]
    assert {line["engine"] for line in found} == set(engines.names())
    for line in found:
        assert f"{line['engine']}@{line['place']}" in text
        assert line["title"] in text
    ready = {line["engine"] for line in found if line["missing"] is None and line["default"]}
    assert {"lmdb", "noop", "polars"} <= ready


def test_every_kind_is_served_or_has_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(["engines"], capsys)
    for line in json.loads(shown(["engines", "--json"], capsys))["engines"]:
        assert set(line["kinds"]) | set(line["unsupported"]) == set(KINDS)
        assert not set(line["kinds"]) & set(line["unsupported"])
        for kind, reason in line["unsupported"].items():
            assert len(reason.split()) >= 4, (line["engine"], kind)
            assert reason.split(":")[0] in text


def test_what_is_missing_is_told_first_with_the_command_that_adds_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bench.commands import engines as listing

    (first, *_) = [line for line in listing.lines() if line.engine == "lmdb"]
    found = [
        first,
        replace(first, place="local", missing="get it"),
        replace(first, place="container", missing="get it"),
        replace(first, place="remote", needs="its DSN"),
        replace(first, engine="other", place="remote", missing="get a driver", needs="its DSN"),
    ]
    monkeypatch.setattr(listing, "lines", lambda: found)
    assert shown(["engines"], capsys).startswith(
        "ready here:  lmdb@in-process\n"
        "ready for an address:  lmdb@remote\n"
        "not here; each command adds:\n"
        "  get it\n"
        "      lmdb@local, lmdb@container\n"
        "  get a driver\n"
        "      other@remote\n"
    )


def test_a_driver_that_is_missing_is_told_before_the_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bench.commands.engines import state

    for line in json.loads(shown(["engines", "--json"], capsys))["engines"]:
        assert (line["needs"] is not None) is (line["place"] == "remote")
    engine = next(e for e in map(engines.get, engines.names()) if "remote" in e.places)
    monkeypatch.setattr(type(engine), "available", lambda self, place: "get its driver")
    from bench.commands.engines import lines

    (line,) = [x for x in lines() if x.engine == engine.name and x.place == "remote"]
    assert state(line) == "get its driver"


def test_workloads_and_datasets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(["workloads"], capsys)
    found = json.loads(shown(["workloads", "--json"], capsys))
    assert [line["name"] for line in found["workloads"]] == list(catalogue.names())
    assert [line["name"] for line in found["datasets"]] == list(datasets.names())
    for line in found["workloads"]:
        assert line["name"] in text
        assert sum(line["operations"].values()) == pytest.approx(1)


def test_suites_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(["suites"], capsys)
    found = json.loads(shown(["suites", "--json"], capsys))["suites"]
    assert [suite["name"] for suite in found] == list(suites.names())
    assert all(suite["description"] in text for suite in found)


def test_the_doctor_looks_at_the_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = outcome(group, ["doctor", "--results", str(tmp_path), "--json"])
    found = json.loads(capsys.readouterr().out)
    checks = {check["name"]: check for check in found["checks"]}
    assert {"processors", "memory", "disk", "flush", "clock"} <= checks.keys()
    assert found["ok"] is (code == 0)
    assert found["environment"]["cpus"] >= 1
    assert checks["lmdb@in-process"]["ok"] is True
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("local", 0, "opt  lmdb@local: get it\n"),
        ("embedded", 3, "no   lmdb@embedded: get it\n"),
    ],
)
def test_the_doctor_fails_for_no_optional_engine(
    place: str,
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from bench.commands import engines

    (first, *_) = [line for line in engines.lines() if line.engine == "lmdb"]
    lacking = [first, replace(first, place=place, missing="get it")]
    monkeypatch.setattr(engines, "lines", lambda: lacking)
    assert outcome(group, ["doctor", "--results", str(tmp_path)]) == code
    told = capsys.readouterr()
    assert said in told.out
    assert ("optional and not here: lmdb@local" in told.out) is (code == 0)
    assert (f"checks failed: lmdb@{place}\nhint: get it" in told.err) is (code == 3)


def test_the_doctor_makes_no_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome(group, ["doctor", "--results", str(tmp_path / "not" / "there")])
    assert "processors" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_json(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown([name, "--help"], capsys)
    assert "--json" in text


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from bench.__main__ import group; from workloads.command import outcome\n"
        "outcome(group, ['--help']); outcome(group, ['run', '--help'])\n"
        "heavy = {'numpy', 'pyarrow', 'polars', 'pandas', 'plotly', 'psycopg', 'rich', 'lmdb'}\n"
        "print('heavy:', sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("heavy: []\n")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (2.5, "2.5 s"), (0.0123, "12.3 ms"), (85.1e-6, "85.1 µs"), (95e-9, "95 ns")],
)
def test_durations_are_shown_in_the_unit_that_suits(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_numbers_and_sizes_are_shown_short() -> None:
    assert [number(value) for value in (0.0123, 17, 71_300, 4_020_000)] == [
        "0.0123",
        "17",
        "71.3k",
        "4.02M",
    ]
    assert [size(value) for value in (None, 0, 900, 1_240, 5e6)] == [
        "–",
        "0 B",
        "900 B",
        "1.24 kB",
        "5 MB",
    ]
