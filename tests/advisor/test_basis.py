"""The first line says what the answer rests on, and which gates refused what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_records import Made, record
from rule_cases import asks

from advisor import basis, decision, explain
from advisor.measured import measure
from advisor.model import Recommendation
from results.record import Finding, Record

ROWS = asks(
    "read",
    data={"format": "relational", "records": 100_000, "record_size_bytes": 1000.0},
    traffic={"mean_per_s": 50.0, "peak_per_s": 100.0, "shape": "daily"},
    needs={"engine": "postgresql"},
)


@pytest.fixture(autouse=True)
def without_shipped_records(monkeypatch: pytest.MonkeyPatch) -> None:
    none = replace_reference()
    monkeypatch.setattr("advisor.demand.reference", lambda: none)
    monkeypatch.setattr(basis, "reference", lambda: none)


def replace_reference() -> object:
    return measure([], reference=True)


def first_line(records: list[Record]) -> tuple[str, Recommendation]:
    rec = decision.recommend(ROWS, records, draws=5)
    return " ".join(explain.text(rec).split("\n  ")[0:2]).split("\n")[0], rec


def test_nothing_measured_is_said_first() -> None:
    line, rec = first_line([])
    assert line.startswith("case: rds, from documented assumptions, nothing measured for postgres")
    assert rec.basis == "from documented assumptions, nothing measured for postgresql"


def test_refused_records_are_counted_with_the_gates_that_refused_them() -> None:
    late = Finding(code="G-CLIENT", level="error", message="the client was the limit")
    made = [
        record(Made(engine="postgresql", number=1, findings=(late,))),
        record(Made(engine="postgresql", number=2, findings=(late,))),
        record(Made(engine="postgresql", number=3, outcome="timeout")),
    ]
    _, rec = first_line(made)
    assert "3 records of postgresql refused: G-CLIENT 2 times, outcome timeout" in rec.basis


def test_measurements_are_named_with_their_engine() -> None:
    _, rec = first_line([record(Made(engine="postgresql"))])
    assert rec.basis == "from measurements of postgresql"
    assert not rec.demand_assumed
    assert "confidence" in explain.text(rec).split("Services, best first")[0]


def test_records_of_another_engine_are_called_that() -> None:
    workload = replace(ROWS, needs=replace(ROWS.needs, engine="mariadb"))
    rec = decision.recommend(workload, [record(Made(engine="postgresql"))], draws=5)
    assert rec.basis == "from records of postgresql, none of mariadb"
