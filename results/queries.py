"""The queries of a set, side by side on the engines that were asked, and a score of each engine.

The score is ClickBench's (https://github.com/ClickHouse/ClickBench, "How to read the results"): of
every query (10 ms + t) / (10 ms + best), where best is that of the fastest engine here; of these the
geometric mean. 1 is the fastest in every query. The 10 ms keep queries that take next to nothing
from deciding it. A query without an answer counts as twice the longest here, and `UNANSWERED_S` at least
(ClickBench: 300 s).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from results.record import Record, Step

PROCEDURE = "queries"
CONSTANT_S = 0.010
# Twice the limit of time that a query has at scale 1.
UNANSWERED_S = 120.0
# Steps that are no query.
_MAKE, _TAKE = "make", "take"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One query on one engine. Seconds None: no answer; `problem` says why, or what is wrong.

    first_s   the first time
    warm_s    the shortest of the others; None: there was none
    """

    first_s: float | None
    warm_s: float | None
    rows: int | None
    memory_bytes: int | None
    correct: bool | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One engine: what making the tables its own took, and each query in the order of the set.

    score_…   None where nothing was answered
    """

    engine: str
    version: str
    place: str
    varied: str
    load_s: float | None
    stored_bytes: int | None
    settings: str
    cells: tuple[Cell, ...]
    total_first_s: float
    total_warm_s: float
    most_memory_bytes: int | None
    score_first: float | None
    score_warm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One set at one scale on every engine that was asked. `rows`: of its tables, all together."""

    way: str
    title: str
    rows: int | None
    bytes: int | None
    queries: tuple[str, ...]
    columns: tuple[Column, ...]


def comparisons(records: Iterable[Record]) -> list[Comparison]:
    """Of all records of queries, those to the same tables together."""
    groups: dict[tuple[str, int | None], list[Record]] = {}
    for record in records:
        done = record.procedure
        if done is None or done.name != PROCEDURE or not done.steps:
            continue
        groups.setdefault((done.way, done.steps[0].rows), []).append(record)
    return [_comparison(group) for group in groups.values()]


def score(
    seconds: Sequence[float | None],
    best: Sequence[float | None],
    *,
    unanswered_s: float = UNANSWERED_S,
) -> float | None:
    """ClickBench's score of an engine, 1 at best; None where no engine has answered anything."""
    logarithms = [
        math.log((CONSTANT_S + (unanswered_s if one is None else one)) / (CONSTANT_S + top))
        for one, top in zip(seconds, best, strict=True)
        if top is not None
    ]
    return math.exp(math.fsum(logarithms) / len(logarithms)) if logarithms else None


def _comparison(group: Sequence[Record]) -> Comparison:
    sides: dict[tuple[str, ...], list[Record]] = {}
    for record in group:
        sides.setdefault(_side(record), []).append(record)
    names = tuple(dict.fromkeys(step.name for record in group for step in _asked(record)))
    found = {side: [_cell(name, part) for name in names] for side, part in sides.items()}
    first = _best(found.values(), lambda cell: cell.first_s)
    warm = _best(found.values(), lambda cell: cell.warm_s)
    longest = max((c.first_s or 0.0 for cells in found.values() for c in cells), default=0.0)
    unanswered_s = max(UNANSWERED_S, 2 * longest)
    made = _step(group[0], _MAKE)
    return Comparison(
        way=group[0].procedure.way if group[0].procedure else "",
        title=(made.note if made else None) or "",
        rows=made.rows if made else None,
        bytes=made.made_bytes if made else None,
        queries=names,
        columns=tuple(
            _column(part, found[side], first=first, warm=warm, unanswered_s=unanswered_s)
            for side, part in sides.items()
        ),
    )


def _side(record: Record) -> tuple[str, ...]:
    varied = ", ".join(f"{each.name}={each.value}" for each in record.trial.varied)
    variant = record.trial.variant or ""
    return (record.engine.name, record.engine.version, record.engine.place, varied, variant)


def _column(
    part: Sequence[Record],
    cells: Sequence[Cell],
    *,
    first: Sequence[float | None],
    warm: Sequence[float | None],
    unanswered_s: float,
) -> Column:
    record, taken = part[0], _step(part[0], _TAKE)
    memory = [cell.memory_bytes for cell in cells if cell.memory_bytes is not None]
    firsts, warms = [cell.first_s for cell in cells], [cell.warm_s for cell in cells]
    return Column(
        engine=record.engine.name,
        version=record.engine.version,
        place=record.engine.place,
        varied=", ".join(filter(None, _side(record)[3:])),
        load_s=taken.seconds if taken else None,
        stored_bytes=taken.stored_bytes_after if taken else None,
        settings=(taken.note if taken else None) or "",
        cells=tuple(cells),
        total_first_s=math.fsum(seconds for seconds in firsts if seconds is not None),
        total_warm_s=math.fsum(seconds for seconds in warms if seconds is not None),
        most_memory_bytes=max(memory) if memory else None,
        score_first=score(firsts, first, unanswered_s=unanswered_s),
        score_warm=score(warms, warm, unanswered_s=unanswered_s),
    )


def _cell(name: str, part: Sequence[Record]) -> Cell:
    """One query over the repetitions: of several first times the mean."""
    tries = [[step for step in _asked(record) if step.name == name] for record in part]
    whole = [step for steps in tries for step in steps]
    first = [steps[0].seconds for steps in tries if steps and steps[0].seconds is not None]
    warm = [step.seconds for steps in tries for step in steps[1:] if step.seconds is not None]
    memory = [step.memory_bytes for step in whole if step.memory_bytes is not None]
    told = [step.correct for step in whole if step.correct is not None]
    return Cell(
        first_s=math.fsum(first) / len(first) if first else None,
        warm_s=min(warm) if warm else None,
        rows=next((step.rows for step in whole if step.rows is not None), None),
        memory_bytes=max(memory) if memory else None,
        correct=all(told) if told else None,
        problem=next((step.note for step in whole if step.note), None),
    )


def _best(
    cells: Iterable[Sequence[Cell]], of: Callable[[Cell], float | None]
) -> list[float | None]:
    """The shortest time of any engine for each query; an answer that is wrong is none."""
    best = []
    for same in zip(*cells, strict=True):
        known = [s for cell in same if cell.correct is not False and (s := of(cell)) is not None]
        best.append(min(known) if known else None)
    return best


def _asked(record: Record) -> list[Step]:
    steps = record.procedure.steps if record.procedure else ()
    return [step for step in steps if step.name not in (_MAKE, _TAKE)]


def _step(record: Record, name: str) -> Step | None:
    steps = record.procedure.steps if record.procedure else ()
    return next((step for step in steps if step.name == name), None)
