"""Which trials of two sides belong together, and why some may not be compared.

Trials of one setting are one sample. A sample is matched with the one of the other side that
differs least from it; where anything that was asked differs, or the machines do, the match says
so instead of giving figures.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from results.gates import gates
from results.likeness import differences, machine_change, other_machine, setting
from results.metrics import Metric
from results.record import Record

# What the sides of an interleaved run may differ in: it is what the run is about.
_FACTORS = frozenset({"engine", "place", "durability"})
# Two repetitions are close to each other by chance too often.
FEWEST = 3
# How much the level of a run scatters from run to run on one machine (standard deviation), at
# least; clouds: 1-7 % for ordinary instances. More where the machine's own figures moved by more.
BETWEEN_RUNS = 0.02
_TOLD_FROM = 0.05
_NEEDED = f"a verdict needs {FEWEST}, see --repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The trials of one setting on both sides. `refusal`: why they may not be compared, or empty.

    paired   repetitions of equal number were measured one beside the other
    between  standard deviation of the logarithm of a whole run's level
    """

    before: tuple[Record, ...]
    after: tuple[Record, ...]
    paired: bool
    between: float
    refusal: str

    @property
    def first(self) -> Record:
        """A record that says what was measured."""
        return (*self.before, *self.after)[0]

    def operations(self) -> tuple[tuple[int, str], ...]:
        """Position and kind of every operation that a side measured."""
        found = {(o.index, o.kind) for r in (*self.before, *self.after) for o in r.operations}
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Logarithms of one figure, one for each usable repetition; in pairs where paired.

    `refusal` is why they may not be compared, or empty; `remark` what was left out, or empty.
    """

    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()
    refusal: str = ""
    remark: str = ""


def matches(
    before: Sequence[Record], after: Sequence[Record], *, across_machines: bool
) -> tuple[Match, ...]:
    """Every setting of either side, once, in the order of the records."""
    left, right = (grouped([r for r in side if _is_load(r)]) for side in (before, after))
    return tuple(
        _match(a, b, factors=frozenset(), across_machines=across_machines)
        for a, b in _together(left, right, free=frozenset())
    )


def matches_of_sides(records: Sequence[Record]) -> tuple[Match, ...]:
    """The first side of an interleaved run against the second; empty when there is none."""
    varied = {record.run for record in records if record.trial.variant is not None}
    asked = [record for record in records if record.run in varied and _is_load(record)]
    left = grouped([record for record in asked if record.trial.variant is None])
    right = grouped([record for record in asked if record.trial.variant is not None])
    return tuple(
        _match(a, b, factors=_FACTORS, across_machines=False)
        for a, b in _together(left, right, free=_FACTORS)
    )


def _is_load(record: Record) -> bool:
    """Procedures are not compared: their figures are no operation's."""
    return record.was_tried and record.procedure is None


def samples(match: Match, metric: Metric, operation: tuple[int, str]) -> Samples:
    """The figures of a match. Repetitions without the figure, or refused, are left out."""
    sides = match.before, match.after
    if match.refusal:
        return Samples(refusal=match.refusal)
    kept = tuple([record for record in side if refusal_of(record) is None] for side in sides)
    for side, left, name in zip(sides, kept, ("before", "after"), strict=True):
        if not left:
            return Samples(refusal=f"no evidence {name}: {_refused(side)}")
    values = tuple({r.id: metric.value(r, operation) for r in side} for side in kept)
    logs = tuple({i: math.log(v) for i, v in side.items() if v is not None} for side in values)
    found = _aligned(match, kept, logs)
    return Samples(
        before=found[0],
        after=found[1],
        refusal=_too_few(min(map(len, found)), values, metric),
        remark="; ".join(filter(None, (_left_out(sides), _moved(match.between)))),
    )


def refusal_of(record: Record) -> str | None:
    """Why a trial's figures may not be used; None when they may."""
    if record.outcome != "ok":
        return f"{record.outcome}: {record.error}" if record.error else record.outcome
    for finding in record.findings:
        if finding.level == "error" and finding.code not in _comparable():
            return f"{finding.code} {finding.message}"
    return None


@cache
def _comparable() -> frozenset[str]:
    """Codes of findings that refuse a record as evidence, but not as a side of a comparison."""
    return frozenset(gate.code for gate in gates() if gate.comparable)


def grouped(records: Sequence[Record]) -> list[tuple[Record, ...]]:
    """Repetitions of one setting together.

    A trial that could not begin does not know the engine's version: it takes that of its fellows.
    """
    versions: dict[tuple[object, ...], str] = {}
    for record in records:
        if record.operations:
            versions.setdefault(_target(record), record.engine.version)
    found: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        version = record.engine.version
        known = version if record.operations else versions.get(_target(record), version)
        alike = replace(record, engine=replace(record.engine, version=known))
        found.setdefault(setting(alike), []).append(record)
    return [tuple(group) for group in found.values()]


def _target(record: Record) -> tuple[object, ...]:
    return record.engine.name, record.engine.place, record.trial.variant


def _together(
    left: Sequence[tuple[Record, ...]],
    right: Sequence[tuple[Record, ...]],
    *,
    free: frozenset[str],
) -> list[tuple[tuple[Record, ...], tuple[Record, ...]]]:
    """Each sample with the nearest of the other side, nearest pairs first; none is used twice."""
    distances = sorted(
        (_distance(a[0], b[0], free), i, j)
        for i, a in enumerate(left)
        for j, b in enumerate(right)
        if _akin(a[0], b[0], free)
    )
    partner: dict[int, int] = {}
    for _, i, j in distances:
        if i not in partner and j not in partner.values():
            partner[i] = j
    pairs = [(a, right[partner[i]] if i in partner else ()) for i, a in enumerate(left)]
    return [*pairs, *(((), b) for j, b in enumerate(right) if j not in partner.values())]


def _akin(a: Record, b: Record, free: frozenset[str]) -> bool:
    """Whether two settings are about the same thing, though perhaps asked differently."""
    apart = differences(a, b).keys() - free
    same_workload = a.workload.name == b.workload.name
    return same_workload and not apart & {"phase", "engine"}


def _distance(a: Record, b: Record, free: frozenset[str]) -> tuple[int, int, bool]:
    apart = differences(a, b)
    return len(apart.keys() - free), len(apart), a.engine.version != b.engine.version


def _match(
    before: tuple[Record, ...],
    after: tuple[Record, ...],
    *,
    factors: frozenset[str],
    across_machines: bool,
) -> Match:
    refusal = ""
    if not before or not after:
        refusal = f"not measured {'after' if before else 'before'}"
    else:
        a, b = before[0], after[0]
        apart = {n: text for n, text in differences(a, b).items() if n not in factors}
        machine = None if across_machines else other_machine(a, b)
        if apart:
            name, text = next(iter(apart.items()))
            refusal = f"other {name}: {text}"
        elif machine is not None:
            refusal = f"other machine: {machine}"
    return Match(
        before=before,
        after=after,
        paired=bool(factors),
        between=0.0 if refusal or factors else _between(before[0], after[0]),
        refusal=refusal,
    )


def _between(a: Record, b: Record) -> float:
    """What repetitions within a run cannot see: how much its level as a whole may be off."""
    if a.run == b.run:
        return 0.0
    change = 0.0 if other_machine(a, b) else machine_change(a, b)
    return max(BETWEEN_RUNS, change / math.sqrt(2))  # two runs differ by sqrt(2) of it


def _aligned(
    match: Match, kept: Sequence[Sequence[Record]], logs: Sequence[dict[str, float]]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Values of both sides; of pairs only those whose both halves are there."""
    if not match.paired:
        return tuple(logs[0].values()), tuple(logs[1].values())
    numbered = [
        {r.trial.repetition: known[r.id] for r in side if r.id in known}
        for side, known in zip(kept, logs, strict=True)
    ]
    both = sorted(numbered[0].keys() & numbered[1].keys())
    return tuple(numbered[0][n] for n in both), tuple(numbered[1][n] for n in both)


def _too_few(pairs: int, values: Sequence[dict[str, float | None]], metric: Metric) -> str:
    """Why there is no verdict; empty when there is one. `pairs`: of both sides."""
    for measured, name in zip(values, ("before", "after"), strict=True):
        known = sum(value is not None for value in measured.values())
        if known < min(FEWEST, len(measured)):
            return f"no {metric.title} {name}: {metric.needs}"
        if known < FEWEST:
            return f"{_counted(known, 'repetition')} {name}; {_NEEDED}"
    return f"{_counted(pairs, 'pair')}; {_NEEDED}" if pairs < FEWEST else ""


def _counted(number: int, what: str) -> str:
    return f"{('no', 'one', 'two')[number]} {what}{'s' * (number != 1)}"


def _left_out(sides: Sequence[Sequence[Record]]) -> str:
    refused = [r for side in sides for r in side if refusal_of(r) is not None]
    if not refused:
        return ""
    return f"{len(refused)} of {sum(map(len, sides))} trials left out: {_refused(refused)}"


def _moved(between: float) -> str:
    change = math.sqrt(2) * between
    if change < _TOLD_FROM:
        return ""
    return (
        f"the machine's own figures changed by {math.expm1(change):.0%} between the runs, "
        "so the intervals are wide; --versus measures both sides in one run"
    )


def _refused(side: Sequence[Record]) -> str:
    """The most frequent reason."""
    reasons = Counter(reason for reason in map(refusal_of, side) if reason)
    return reasons.most_common(1)[0][0]
