"""Retention's procedures on the fake engine, and what they make of an engine that does wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_procedures import asked, run
from test_run_loop import _cheap_environment  # noqa: F401 - a fixture for every test

from bench import engines, procedures
from bench.commands import recovery
from bench.engines.fake import FakeTarget
from bench.engines.fake.ageing import Ageing
from bench.engines.retention import Contents, Restored, damaged
from bench.engines.seam import Expired, Place
from bench.procedures.context import Beside, BesideFailed, Context
from bench.procedures.grow import PERIODS, Growth
from bench.procedures.restore import differences
from bench.runner.plan import Target
from results.record import Record, Step
from workloads import spec
from workloads.spec.units import MONTH_S

RECORDS = 300
WORKLOAD = """\
schema: 1
name: ageing
data: {dataset: sensors, records: 300, growth: 10%/month}
operations: [{kind: read, weight: 8}, {kind: insert, weight: 2}]
traffic: {mean: 20/s}
retention: {live: 90 d, backup: 14 d}
"""


@pytest.fixture
def workload(tmp_path: Path) -> str:
    file = tmp_path / "ageing.yaml"
    file.write_text(WORKLOAD)
    return str(file)


def steps(record: Record) -> dict[str, Step]:
    assert record.outcome == "ok", record.error
    assert record.procedure is not None
    return {step.name: step for step in record.procedure.steps}


def test_expire_removes_a_quarter_alone_and_the_next_beside_the_workload(
    workload: str, tmp_path: Path
) -> None:
    (record,) = run(asked(workload, "expire"), tmp_path / "out")
    assert (record.trial.phase, record.trial.axis) == ("expire:delete", record.trial.axis)
    found = steps(record)
    assert list(found) == ["workload alone", "expire", "settle", "expire beside the workload"]
    assert found["expire"].rows == RECORDS // 4
    assert found["expire"].correct
    assert found["expire"].throughput_per_s is None
    beside = found["expire beside the workload"]
    assert beside.rows == RECORDS // 4
    assert found["workload alone"].throughput_per_s is not None
    assert beside.throughput_per_s is not None


def test_a_workload_that_does_not_survive_it_is_told(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers of files that vanish, for example."""

    def ends(self: Context, work: object, **_: object) -> object:
        if self.stand.running.row_count() < RECORDS:  # type: ignore[attr-defined]
            raise BesideFailed("no such file")
        return work(), Beside(seconds=1.0, throughput_per_s=5.0, p99_s=None, errors=2)  # type: ignore[operator]

    monkeypatch.setattr(Context, "beside", ends)
    (record,) = run(asked(workload, "expire"), tmp_path / "out")
    found = steps(record)
    assert found["workload alone"].note == "2 requests of the workload failed"
    assert found["expire"].correct
    assert found["expire beside the workload"].note == "no such file"
    assert found["expire beside the workload"].seconds is None


def test_rows_that_did_not_go_are_noticed(
    workload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Ageing.expire

    def too_many(self: Ageing, way: str, *, below_key: int) -> Expired:
        return replace(real(self, way, below_key=below_key), rows=RECORDS)

    monkeypatch.setattr(Ageing, "expire", too_many)
    (record,) = run(asked(workload, "expire"), tmp_path / "out")
    assert record.outcome == "incorrect"
    assert record.error is not None
    assert "300 rows were said to go" in record.error


def test_months_pass(workload: str, tmp_path: Path) -> None:
    (record,) = run(asked(workload, "grow"), tmp_path / "out")
    found = list(steps(record).values())
    assert [step.name for step in found] == [f"month {n}" for n in range(1, PERIODS + 1)]
    assert [step.at_s for step in found] == [n * 30 * 86_400.0 for n in range(1, PERIODS + 1)]
    first, last = found[0], found[-1]
    assert last.correct
    assert first.rows is not None
    assert last.rows is not None
    # 10 % more a month come, and each lives three months.
    assert 1.7 < last.rows / first.rows < 3.0
    assert all(step.stored_bytes_after is None for step in found)  # not measured


def test_records_that_live_for_ever_only_come(workload: str, tmp_path: Path) -> None:
    text = Path(workload).read_text().replace("live: 90 d, ", "")
    Path(workload).write_text(text)
    (record,) = run(asked(workload, "grow"), tmp_path / "out")
    assert record.trial.phase == "grow:keep"
    rows = [step.rows for step in steps(record).values()]
    assert rows == sorted(rows, key=lambda row: row or 0)
    assert rows[-1] == pytest.approx(RECORDS * 1.1**12, rel=0.1)
    Path(workload).write_text(text.replace(", growth: 10%/month", ""))
    (record,) = run(asked(workload, "grow"), tmp_path / "other")
    assert record.outcome == "unsupported"


def test_a_backup_is_made_twice_and_a_restore_compared(workload: str, tmp_path: Path) -> None:
    made, restored = run(asked(workload, "backup", "restore"), tmp_path / "out")
    found = steps(made)
    assert list(found) == ["workload alone", "backup", "backup beside the workload"]
    assert (found["backup"].made_bytes or 0) > 1_000
    assert found["backup beside the workload"].throughput_per_s is not None
    found = steps(restored)
    assert found["restore"].correct
    assert found["restore"].rows is not None
    assert found["restore"].rows >= RECORDS
    assert not list((tmp_path / "out").glob(".work-*"))


@pytest.mark.parametrize(
    ("restore", "told"),
    [
        (lambda contents: {"readings": Contents(contents.rows - 1, "x")}, "rows"),
        (lambda contents: {"readings": Contents(contents.rows, "x")}, "but not the same ones"),
        (lambda contents: {}, "only in the source"),
        (None, "half of it is missing"),
    ],
)
def test_a_damaged_restore_is_incorrect(
    workload: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    restore: Callable[[Any], Any] | None,
    told: str,
) -> None:
    def wrong(self: FakeTarget, backup: object, space: object) -> Restored:
        if restore is None:
            raise damaged("half of it is missing")
        return Restored(seconds=1.0, contents=restore(self.contents()["readings"]))

    monkeypatch.setattr(Ageing, "restore", wrong)
    (record,) = run(asked(workload, "restore"), tmp_path / "out")
    assert record.outcome == "incorrect"
    assert record.error is not None
    assert told in record.error


def test_the_archive_answers_as_the_exported_rows_do(workload: str, tmp_path: Path) -> None:
    (record,) = run(asked(workload, "archive"), tmp_path / "out")
    found = steps(record)
    assert list(found) == ["export", "read back"] + [
        f"{question} on the archive" for question in ("count", "filter", "aggregate")
    ]
    assert found["export"].rows == RECORDS // 2
    assert (found["export"].made_bytes or 0) > 1_000
    assert all(step.correct for name, step in found.items() if name != "export")
    assert 0 < (found["filter on the archive"].rows or 0) < RECORDS // 2


def test_equal_contents_have_no_difference() -> None:
    one = {"a": Contents(1, "x"), "b": Contents(2, "y")}
    assert differences(one, dict(one)) == []
    assert differences(one, {"a": Contents(1, "x")}) == ["table b is only in the source"]
    assert differences({"a": Contents(1, "x")}, one) == ["table b is only in the restore"]


@given(
    first=st.integers(1, 100_000),
    life_s=st.floats(3_600, 10 * 365 * 86_400),
    growth=st.floats(0, 0.5),
)
def test_what_has_come_and_lived_long_enough_goes_in_its_turn(
    first: int, life_s: float, growth: float
) -> None:
    made = Growth(first=first, life_s=life_s, growth=growth)
    assert 0 < made.period_s <= MONTH_S
    old = [made.old_at_end(period) for period in range(PERIODS + 1)]
    assert old[0] == 0
    assert old == sorted(old)
    came = first
    for period in range(1, PERIODS + 1):
        came += made.coming(period)
        assert old[period] <= came
        if not growth:  # the stock is the same for ever, but for rounding
            assert abs(came - old[period] - first) <= period + 1


def test_every_engine_has_its_ways_and_reasons() -> None:
    workload = spec.load("sensor-history")
    for name in ("postgresql", "mysql", "lmdb", "dynamodb", "polars", "noop"):
        engine = engines.get(name)
        target = Target(name, engine, Place(kind=engine.places[0]))
        for procedure in ("expire", "grow", "backup", "restore", "archive"):
            ways = procedures.get(procedure).ways(target, workload, {})
            assert ways
            assert procedures.get(procedure).axis == "retention"
            for reason in ways.values():
                assert reason is None or len(reason) > 10


def test_the_log_of_a_recovery_window(workload: str, tmp_path: Path) -> None:
    """20 operations a second of 100 bytes of log each, for 14 days."""
    request = asked(workload, "restore", load="closed:1")
    records = run(request, tmp_path / "out")
    (mix,) = [record for record in records if record.trial.phase == "mix"]
    assert recovery.logs(records) == []  # the fake keeps no log
    measured = replace(
        mix, findings=(), resources=replace(mix.resources, log_bytes=100.0), outcome="ok"
    )
    (log,) = recovery.logs([measured, *records])
    assert log.day_bytes == pytest.approx(100 * 20 * 86_400)
    assert log.window_bytes == pytest.approx(100 * 20 * 86_400 * 14)
    (line,) = recovery.lines([measured, *records])
    assert "14 days" in line
    assert recovery.logs([measured]) == []  # nothing else tells of retention
