"""Is it faster? A verdict per engine, workload, operation and metric, from repetitions.

    compare(before, after)  two sets of records, measured at different times
    compare_sides(records)  the two sides of an interleaved run, pair by pair

A difference is shown only when its interval excludes no change, the rank test agrees (from four
repetitions or five pairs on), it survives the number of questions asked at once, and it is large
enough to act on. Everything else is "no difference shown", which is no proof that there is none:
the interval says how large a difference may have been missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from results.likeness import load_text
from results.matching import Match, Samples, matches, matches_of_sides, samples
from results.metrics import METRICS, Metric
from results.record import Record
from results.significance import RANKS_AGREE, Difference, adjusted, level, paired, unpaired

Verdict = Literal["faster", "slower", "no difference shown", "not comparable"]
ALL = "all"

# Below this, a difference that is real is still not worth acting on.
LEAST_EFFECT = 0.02
_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side: what was measured. `value` is the (trimmed) geometric mean of its repetitions."""

    engine: str
    version: str
    place: str
    durability: str
    variant: str | None
    load: str
    records: tuple[str, ...]
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure before and after.

    operation  a kind, or `all` for what belongs to a whole mix
    measure    `service time` or `response time` for percentiles, else the metric's name
    effect     relative change of the figure (0.1: 10 % more), 95 % interval `low`..`high`
    n          pairs, or repetitions of the smaller side
    p_value    of this question alone; `adjusted_p_value` among all that were asked
    remark     what was left out of it, or empty
    """

    workload: str
    engine: str
    phase: str
    load: str
    operation: str
    metric: str
    measure: str
    unit: str
    design: Literal["paired", "unpaired"]
    before: Side | None
    after: Side | None
    n: int
    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    adjusted_p_value: float | None
    verdict: Verdict
    reason: str
    remark: str


def compare(
    before: Sequence[Record],
    after: Sequence[Record],
    *,
    across_machines: bool = False,
    least_effect: float = LEAST_EFFECT,
    metrics: Sequence[Metric] = METRICS,
) -> tuple[Comparison, ...]:
    """Everything that either side measured, in the order of the records.

    Each repetition counts once, by its own figure, so the correlation within a trial does no
    harm. Trials that are no evidence are left out. Unlike machines are not compared unless
    `across_machines`.
    """
    found = matches(before, after, across_machines=across_machines)
    return _judged(found, metrics, least_effect=least_effect)


def compare_sides(
    records: Sequence[Record],
    *,
    least_effect: float = LEAST_EFFECT,
    metrics: Sequence[Metric] = METRICS,
) -> tuple[Comparison, ...]:
    """The first side (before) against the second (after), by repetitions of equal number.

    Empty when no record has a second side.
    """
    return _judged(matches_of_sides(records), metrics, least_effect=least_effect)


@dataclass(frozen=True, slots=True)
class _Question:
    """A comparison before its verdict, and the difference that it rests on, if there is one."""

    blank: Comparison
    difference: Difference | None
    more_is_better: bool


def _judged(
    found: Sequence[Match], metrics: Sequence[Metric], *, least_effect: float
) -> tuple[Comparison, ...]:
    questions = [question for match in found for question in _questions(match, metrics)]
    open_ones = [q.difference for q in questions if q.difference is not None]
    corrected = iter(adjusted([difference.p_value for difference in open_ones]))
    return tuple(
        question.blank
        if question.difference is None
        else _answered(question, question.difference, next(corrected), least=least_effect)
        for question in questions
    )


def _questions(match: Match, metrics: Sequence[Metric]) -> Iterator[_Question]:
    """One for each metric of the trial, and for each metric of each of its operations."""
    operations = match.operations()
    whole = operations[0] if len(operations) == 1 else (0, ALL)
    for metric in metrics:
        for operation in [whole] if metric.of_trial else operations:
            yield _question(match, metric, operation)


def _question(match: Match, metric: Metric, operation: tuple[int, str]) -> _Question:
    taken = samples(match, metric, operation)
    first = match.first
    timed = "response time" if first.load.kind == "open" else "service time"
    blank = Comparison(
        workload=first.workload.name,
        engine=first.engine.name,
        phase=first.trial.phase,
        load=load_text(first.load),
        operation=operation[1],
        metric=metric.name,
        measure=metric.name if metric.of_trial else timed,
        unit=metric.unit,
        design="paired" if match.paired else "unpaired",
        before=_side(match.before, taken.before),
        after=_side(match.after, taken.after),
        n=min(len(taken.before), len(taken.after)),
        effect=None,
        low=None,
        high=None,
        p_value=None,
        adjusted_p_value=None,
        verdict="not comparable",
        reason=taken.refusal,
        remark=taken.remark,
    )
    difference = None if taken.refusal else _difference(match, taken)
    return _Question(blank, difference, metric.more_is_better)


def _side(records: Sequence[Record], logs: Sequence[float]) -> Side | None:
    if not records:
        return None
    first = records[0]
    return Side(
        engine=first.engine.name,
        version=first.engine.version,
        place=first.engine.place,
        durability=first.engine.durability,
        variant=first.trial.variant,
        load=load_text(first.load),
        records=tuple(record.id for record in records),
        value=math.exp(level(logs)) if logs else None,
    )


def _difference(match: Match, taken: Samples) -> Difference:
    if match.paired:
        return paired([b - a for a, b in zip(taken.before, taken.after, strict=True)])
    return unpaired(taken.before, taken.after, between=match.between)


def _answered(
    question: _Question, found: Difference, corrected: float, *, least: float
) -> Comparison:
    effect = math.expm1(found.change)
    shown, reason = _shown(found, effect, corrected, least=least)
    verdict: Verdict = "no difference shown"
    if shown:
        verdict = "faster" if (effect > 0) == question.more_is_better else "slower"
    return replace(
        question.blank,
        effect=effect,
        low=math.expm1(found.low),
        high=math.expm1(found.high),
        p_value=found.p_value,
        adjusted_p_value=corrected,
        verdict=verdict,
        reason=reason,
    )


def _shown(found: Difference, effect: float, corrected: float, *, least: float) -> tuple[bool, str]:
    """Whether a difference may be claimed, and why (not)."""
    if found.low <= 0 <= found.high:
        widest = max(math.expm1(found.high), -math.expm1(found.low))
        if widest < least:
            return False, f"equal within {least:.0%}"
        return False, "the interval includes no change"
    if found.rank_p_value is not None and found.rank_p_value >= RANKS_AGREE:
        return False, f"the rank test leaves it to chance (p = {found.rank_p_value:.2f})"
    if corrected >= _SIGNIFICANT:
        return False, f"among so many questions it may be chance (p = {corrected:.2f})"
    if abs(effect) < least:
        return False, f"the difference is below {least:.0%}"
    return True, "the interval excludes no change"
