"""Storage and network were emulated: what is measured is not this machine's."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate, writes
from results.record import Finding, Record

_MOST_OFF = 0.05
_LEAST_S = 20e-6  # what is less is no part of any answer


def _check(record: Record) -> Iterator[Finding]:
    found = record.emulation
    if found is None:
        return
    yield GATE.finding(
        "note",
        f"storage and network were emulated as {record.trial.emulate}: "
        f"{found.commit_delay_s * 1e3:.3g} ms more for a commit, "
        f"{found.round_trip_s * 1e3:.3g} ms more for an exchange",
    )
    parts = [("an exchange", found.round_trip_s, found.round_trip_achieved_s)]
    if writes(record):
        parts.append(("a commit", found.commit_delay_s, found.commit_delay_achieved_s))
        slower = found.flushes_per_commit and found.local_flush_s > found.flush_target_s
        if slower and found.local_flush_s - found.flush_target_s > _LEAST_S:
            yield GATE.finding(
                "warning",
                f"a flush takes {found.local_flush_s * 1e3:.3g} ms here already, more than on the "
                f"storage that was to be emulated: writes look slower than there",
                value=found.local_flush_s,
                limit=found.flush_target_s,
            )
    for what, asked_s, achieved_s in parts:
        if achieved_s is None:
            continue
        off_s = abs(achieved_s - asked_s)
        if off_s > max(_MOST_OFF * asked_s, _LEAST_S):
            yield GATE.finding(
                "warning",
                f"{what} got {achieved_s * 1e3:.3g} ms slower, not {asked_s * 1e3:.3g} ms",
                value=off_s / asked_s,
                limit=_MOST_OFF,
            )


GATE = Gate(
    code="G-EMULATION",
    title="Emulated storage and network",
    why="Times that hold another machine's delays are that machine's only as far as those are right.",
    source="storefit's own bound; figures and sources in bench/emulation/figures.csv",
    check=_check,
    comparable=True,
)
