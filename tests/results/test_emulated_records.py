"""Records of emulated storage: told apart, and doubted where the emulation was off."""

from __future__ import annotations

from samples import emulated
from samples import record as sample

from results.gates.emulation import GATE
from results.likeness import differences, question


def test_what_was_emulated_is_compared_with_nothing_else_in_silence() -> None:
    plain, slow = sample(), emulated()
    assert question(plain) != question(slow)
    assert differences(plain, slow)["emulation"] == "none and gp3"
    assert "emulation" not in differences(slow, slow)


def test_the_gate_tells_what_was_emulated_and_doubts_what_was_not_met() -> None:
    assert not GATE.findings(sample(), ())
    (note,) = GATE.findings(emulated(), ())
    assert note.level == "note"
    found = GATE.findings(emulated(round_trip_achieved_s=0.6e-3), ())
    assert [f.level for f in found] == ["note", "warning"]
    found = GATE.findings(emulated(commit_delay_achieved_s=0.5e-3), ())
    assert [f.level for f in found] == ["note", "warning"]
    found = GATE.findings(emulated(local_flush_s=2e-3, commit_delay_achieved_s=None), ())
    assert "more than on the storage" in found[1].message
