"""Every gate fires on the fault it is for, at the level it has, and is silent otherwise."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from gate_cases import CASES, SHORT, Case, client
from samples import record, run_of_engines

from results import gates
from results.gates.seam import Gate
from results.record import Finding, Record


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.what}")
def test_a_gate_fires_and_is_silent(case: Case) -> None:
    *beside, judged = case.records()
    found = [f for f in gates.judge(judged, beside=[*beside, judged]) if f.code == case.code]
    if case.level is None:
        assert found == []
        return
    (finding,) = found
    assert finding.level == case.level
    assert case.says in finding.message
    if case.value is not None:
        assert finding.value == pytest.approx(case.value, rel=0.01)


def test_every_gate_has_a_firing_and_a_silent_case() -> None:
    codes = [gate.code for gate in gates.gates()]
    assert len(codes) == len(set(codes))
    for code in codes:
        assert re.fullmatch(r"G-[A-Z]+", code)
        levels = {case.level for case in CASES if case.code == code}
        assert None in levels, code
        assert len(levels) > 1, code


def test_gates_say_why_and_from_where() -> None:
    for gate in gates.gates():
        assert gate.title
        assert gate.why.endswith(".")
        assert gate.source
        assert (gate.check is None) != (gate.across is None)


def test_a_crashing_gate_becomes_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: Record) -> list[Finding]:
        return [1 / 0]  # type: ignore[list-item]

    broken = Gate(code="G-BROKEN", title="t", why="w", source="s", check=crash)
    monkeypatch.setattr(gates, "gates", lambda: (broken,))
    (finding,) = gates.judge(record(SHORT))
    assert (finding.code, finding.level) == ("G-BROKEN", "warning")
    assert "ZeroDivisionError" in finding.message


def test_a_sound_run_is_evidence_and_a_judged_record_carries_it() -> None:
    run = run_of_engines()
    for r in run:
        judged = replace(r, findings=gates.judge(r, beside=run))
        assert judged.is_evidence, judged.findings
    wrong = record(SHORT)
    wrong = replace(wrong, findings=gates.judge(client(wrong, cpu_utilisation=1.0)))
    assert not wrong.is_evidence


def test_a_trial_that_failed_at_once_is_judged_without_a_crash() -> None:
    empty = replace(
        record(SHORT),
        outcome="error",
        error="no connection",
        operations=(),
        series=(),
        storage=None,
        operations_done=0,
        throughput_per_s=0.0,
        duration_s=0.0,
        steady=None,
    )
    found = gates.judge(empty)
    assert not [f for f in found if "gate itself failed" in f.message]
    assert [f.code for f in found if f.level == "error"] == ["G-ERRORS"]
