"""A calibrated machine in instance classes, and what a calibration does to demand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_records import CASCADE_LAKE, UNKNOWN, ZEN4, Made, record

from advisor import machine
from advisor.__main__ import group
from advisor.cpu import local_core, worth
from advisor.measured import measure
from advisor.sizing.ratio import size_error
from results import calibration
from results.calibration import Calibration, Figure
from results.record import Environment
from workloads.command import outcome


def figure(name: str, best: float, unit: str = "1/s") -> Figure:
    return Figure(name=name, unit=unit, best=best, p50=best, worst_tenth=best, n=3)


def calibrated(environment: Environment, *, speed: float, together: float = 1.0) -> Calibration:
    """A machine whose kernels run at so many reference cores."""
    rates = {"deflate": 9.5 * speed, "lookups": 0.9e6 * speed}
    figures = [figure(f"{name}.single", rate) for name, rate in rates.items()]
    figures += [
        figure(f"{name}.all", rate * environment.cpus * together) for name, rate in rates.items()
    ]
    return Calibration(
        schema=1,
        made_at="2026-11-30T03:00:00+00:00",
        environment=environment,
        figures=(*figures, figure("fsync", 0.2e-3, "s"), figure("loopback", 20e-6, "s")),
        free_share=1.0,
    )


def test_an_unknown_processor_takes_the_speed_of_its_kernels() -> None:
    before, after = local_core(UNKNOWN), local_core(UNKNOWN, calibrated(UNKNOWN, speed=2.0))
    assert after.value == pytest.approx(2.0)
    assert (after.kind, before.kind) == ("measured", "assumed")
    assert after.high / after.low < before.high / before.low


def test_a_known_processor_stays_near_its_published_score() -> None:
    known = local_core(CASCADE_LAKE)
    same = local_core(CASCADE_LAKE, calibrated(CASCADE_LAKE, speed=known.value))
    assert same.value == pytest.approx(known.value)
    slower = local_core(CASCADE_LAKE, calibrated(CASCADE_LAKE, speed=0.5))
    assert slower.low == pytest.approx(0.5)
    assert 0.5 < slower.value < known.value


def test_hidden_hyper_threads_show_in_what_all_give_together() -> None:
    assert worth(1.0, hyper_threads=False, together=0.55)[1] == pytest.approx(0.55)
    assert worth(0.0, hyper_threads=False, together=0.55)[1] == 1.0
    busy = Made(cpu_s=1e-4, rate_per_s=1e5, environment=ZEN4)
    alone, shared = (
        measure([record(busy)], calibrations=found).samples["postgresql", "read"][0].cpu_s
        for found in ((), (calibrated(ZEN4, speed=local_core(ZEN4).value, together=0.55),))
    )
    assert alone is not None
    assert shared is not None
    assert shared[1] == pytest.approx(0.55 * alone[1], rel=1e-3)


def test_a_calibration_of_another_machine_changes_nothing() -> None:
    other = calibrated(replace(ZEN4, cpus=ZEN4.cpus * 2), speed=9.0)
    made = [record(Made(environment=ZEN4))]
    assert measure(made, calibrations=(other,)) == measure(made)


def test_the_class_of_the_same_processor_comes_near_the_machine() -> None:
    speed = local_core(ZEN4).value
    found = machine.mapped(calibrated(ZEN4, speed=speed), region="us-east-1")
    assert found.core.value == pytest.approx(speed)
    like = next(c for c in found.classes if c.name == "m7a.large")
    assert like.single[1] == pytest.approx(1.0)
    assert like.all[1] == pytest.approx(0.97 * 2 / ZEN4.cpus)
    for one in found.classes:
        assert one.single[0] <= one.single[1] <= one.single[2]
        assert one.all[0] <= one.all[1] <= one.all[2]


def test_the_error_grows_with_the_ratio_of_sizes_either_way() -> None:
    assert size_error(4, 4) == 0.0
    assert size_error(8, 4) == size_error(2, 4) == pytest.approx(0.019)
    assert size_error(64, 4) == pytest.approx(0.11)
    assert size_error(1024, 4) == pytest.approx(0.145)
    errors = [size_error(vcpus, 4) for vcpus in (4, 6, 8, 16, 48, 96, 192)]
    assert errors == sorted(errors)


def test_the_command_reads_a_directory_or_a_file(tmp_path: Path) -> None:
    path = calibration.write(calibrated(ZEN4, speed=1.7), tmp_path)
    runner = CliRunner()
    text = runner.invoke(group, ["machine", "--results", str(tmp_path)]).output
    assert "m7a.large" in text
    assert "0.2 ms here, 0.88 ms there" in text
    said = json.loads(runner.invoke(group, ["machine", "--results", str(path), "--json"]).output)
    assert said["classes"][0]["all"][1] == pytest.approx(1.0, abs=0.2)
    with runner.isolation():
        assert outcome(group, ["machine", "--results", str(tmp_path / "none")]) == 2
        assert outcome(group, ["machine", "--results", str(tmp_path), "--region", "mars"]) == 2
