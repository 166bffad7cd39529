"""`bench calibrate` measures what it says, and keeps it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bench.__main__ import group
from results import calibration
from workloads.command import outcome

NAMES = {
    "deflate.single",
    "deflate.all",
    "lookups.single",
    "lookups.all",
    "memory.single",
    "memory.all",
    "fsync",
    "loopback",
}


def test_a_machine_is_measured_and_kept(tmp_path: Path) -> None:
    asked = CliRunner().invoke(
        group, ["calibrate", "--results", str(tmp_path), "--seconds", "0.02", "--json"]
    )
    assert asked.exit_code == 0, asked.output
    said = json.loads(asked.stdout)
    kept = calibration.read(tmp_path / calibration.FILE)
    assert {figure["name"] for figure in said["figures"]} == NAMES
    assert {figure.name for figure in kept.figures} == NAMES
    for figure in kept.figures:
        assert figure.best > 0
        rate = figure.unit != "s"
        assert figure.worst_tenth <= figure.p50 <= figure.best or not rate
        assert figure.best <= figure.p50 <= figure.worst_tenth or rate
    assert 0 < kept.free_share <= 1
    assert sorted(file.name for file in tmp_path.iterdir()) == [calibration.FILE]


def test_a_file_where_the_directory_should_be_is_a_place_error(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    with CliRunner().isolation():
        assert outcome(group, ["calibrate", "--results", str(taken), "--seconds", "0.02"]) == 3
