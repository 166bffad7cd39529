"""The calibration file: whole, of one machine, and what it says of all processors together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from samples import ENVIRONMENT

from results import calibration
from results.calibration import Calibration, Figure
from workloads.errors import InputError, PlaceError


def figure(name: str, best: float) -> Figure:
    return Figure(name=name, unit="1/s", best=best, p50=best, worst_tenth=best, n=3)


def made(*, free_share: float = 0.95, together: float = 1.0) -> Calibration:
    machine = ENVIRONMENT
    cpus = machine.cpus
    return Calibration(
        schema=1,
        made_at="2026-11-30T03:00:00+00:00",
        environment=machine,
        figures=(
            figure("deflate.single", 10.0),
            figure("deflate.all", 10.0 * cpus * together),
            figure("lookups.single", 1e6),
            figure("lookups.all", 1e6 * cpus * together),
        ),
        free_share=free_share,
    )


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = calibration.write(made(), tmp_path / "new")
    assert calibration.read(path) == made()
    assert [file.name for file in path.parent.iterdir()] == [calibration.FILE]


def test_it_is_found_beside_runs_and_in_their_directory(tmp_path: Path) -> None:
    calibration.write(made(), tmp_path)
    assert calibration.beside((tmp_path,)) == calibration.beside((tmp_path / "run",)) == (made(),)
    assert calibration.beside((tmp_path / "run" / "deeper",)) == ()


def test_all_processors_together_count_only_where_others_left_them() -> None:
    assert made(together=0.55).all_core_share() == pytest.approx(0.55)
    assert made(together=1.2).all_core_share() == 1.0
    assert made(free_share=0.4).all_core_share() is None


def test_it_is_of_its_machine_alone() -> None:
    machine = ENVIRONMENT
    assert made().is_of(replace(machine, fsync_p50_s=1.0))
    assert not made().is_of(replace(machine, cpu_model="another"))
    assert not made().is_of(replace(machine, cpus=machine.cpus + 1))


@pytest.mark.parametrize("text", ["", "{", '{"schema": 1}', "[1]"])
def test_what_is_no_calibration_is_one_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / calibration.FILE
    file.write_text(text)
    with pytest.raises(InputError, match="no calibration"):
        calibration.read(file)


def test_another_schema_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    path = calibration.write(replace(made(), schema=2), tmp_path)
    with pytest.raises(InputError, match="schema 2"):
        calibration.read(path)
    with pytest.raises(InputError, match="cannot be read"):
        calibration.read(tmp_path / "none.json")


def test_a_place_that_takes_nothing_is_said(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(PlaceError, match="cannot be written"):
        calibration.write(made(), taken)
