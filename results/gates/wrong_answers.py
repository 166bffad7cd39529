"""An engine that answers something else is not fast, it is incorrect."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate
from results.record import Finding, Record


def _check(record: Record) -> Iterator[Finding]:
    if record.outcome == "incorrect":
        yield GATE.finding("error", f"wrong answers: {record.error or 'they differ from expected'}")
    elif not record.answers_checked:
        yield GATE.finding(
            "warning", "no answer was compared with what was expected", value=0.0, limit=1.0
        )


GATE = Gate(
    code="G-ANSWERS",
    title="Answers",
    why="Speed means nothing when the answer is wrong, or when nobody looked.",
    source="every answer that is compared must be equal",
    check=_check,
)
