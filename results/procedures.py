"""What procedures did, repetitions together: the steps of each way on each engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from statistics import fmean
from typing import Any

from results.likeness import setting
from results.record import Record, Step
from results.summary import variation

_NUMBERS = tuple(f.name for f in fields(Step) if f.name not in ("name", "correct", "note"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One procedure in one way on one engine. `first`: a record of it.

    steps      figures are means over the repetitions, of those that came to an end
    problem    why there are none, or what was wrong
    refused    no repetition is evidence
    """

    first: Record
    name: str
    way: str
    varied: str
    steps: tuple[Step, ...]
    is_supported: bool
    refused: bool
    problem: str | None

    def step(self, name: str) -> Step | None:
        """The first step of that name."""
        return next((step for step in self.steps if step.name == name), None)


def done(records: Iterable[Record], name: str) -> tuple[Done, ...]:
    """Every way in which one procedure was tried, in the order of the records."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        if record.procedure is not None and record.procedure.name == name:
            groups.setdefault(setting(record), []).append(record)
    return tuple(_done(group) for group in groups.values())


def _done(group: Sequence[Record]) -> Done:
    first = group[0]
    ended = [r for r in group if r.procedure and r.procedure.steps]
    good = [record for record in ended if record.is_evidence] or ended
    parts = [r.procedure.steps for r in good if r.procedure]
    same = len({tuple(step.name for step in part) for part in parts}) == 1
    problems = [record.error for record in group if record.error]
    procedure = first.procedure
    return Done(
        first=first,
        name=procedure.name if procedure else "",
        way=procedure.way if procedure else "",
        varied=variation(first),
        steps=tuple(map(_mean, zip(*parts, strict=True))) if same else (*parts[:1], ())[0],
        is_supported=any(record.was_tried for record in group),
        refused=not any(record.is_evidence for record in group),
        problem=next(iter(problems), None),
    )


def _mean(steps: Sequence[Step]) -> Step:
    """One step of several: numbers are means, an answer is right when all were."""
    if len(steps) == 1:
        return steps[0]
    told = [step.correct for step in steps if step.correct is not None]
    means: dict[str, Any] = {}
    for name in _NUMBERS:
        values = [value for step in steps if (value := getattr(step, name)) is not None]
        if values:
            mean = fmean(values)
            means[name] = round(mean) if all(isinstance(v, int) for v in values) else mean
    return replace(steps[0], **means, correct=all(told) if told else None)
