"""One part of the page for each axis that was measured: a sentence, figures, their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from results.answers import Answer
from results.pages.axes.analytics import analytics
from results.pages.axes.format import formats
from results.pages.axes.frequency import frequency
from results.pages.axes.latency import latency
from results.pages.axes.part import Measured, Part
from results.pages.axes.retention import retention
from results.pages.axes.size import sizes
from results.pages.selection import Labels
from results.record import Record

_AXES = (formats, sizes, frequency, latency, retention, analytics)


def parts(records: Sequence[Record], answers: Sequence[Answer], labels: Labels) -> list[Part]:
    """The axes that these records tell of, in their usual order."""
    measured = Measured(records=records, answers=answers, labels=labels)
    return [part for axis in _AXES if (part := axis(measured)) is not None]
