"""Carries a load curve out: one trial a level, each with its own record, and the knee."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.runner.curve import Curve, Knee, Level
from bench.runner.probe import client_limited, mean_s
from bench.runner.search import Found
from bench.runner.way import NOTHING, Ask, NoAnswer
from results.display import number, rate, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.runner.quests import CurveLoad
    from bench.runner.way import Way
    from results.answers import Answer

# So many processes are the most that one machine should be asked for, where clients need their own.
MOST_CLIENTS = 64


def draw(way: Way, quest: CurveLoad) -> Answer:
    """The answer to a curve."""
    seen: list[Level] = []
    try:
        policy = Curve(
            closed=quest.closed,
            capacity_per_s=0.0
            if quest.closed
            else way.capacity_per_s(quest.first(way.ground.cpus)),
            most_load=MOST_CLIENTS if quest.closed else math.inf,
        )
        while (load := policy.next(seen)) is not None:
            seen.append(_level(way, quest, load))
        knee = policy.knee(seen)
    except NoAnswer as why:
        return way.answer(NOTHING, f"no answer: {why}", kind="curve")
    if knee is None:
        return way.answer(NOTHING, "no answer: no level was answered", kind="curve")
    if knee.above is None:
        return way.answer(NOTHING, _not_found(seen, quest), kind="curve")
    answer = way.answer(_found(knee, quest), _text(knee, quest), kind="curve")
    return replace(answer, knee_clients=round(knee.best.load) if quest.closed else None)


def _level(way: Way, quest: CurveLoad, load: float) -> Level:
    ask = Ask(offer=quest.level(load), purpose="level", window_s=way.ground.window_s)
    record = way.make(ask)
    way.note(record, "level")
    return Level(
        load=load,
        throughput_per_s=record.throughput_per_s,
        mean_s=mean_s(record),
        client_limited=record.outcome == "unstable"
        or client_limited(record, own_time=way.ground.own_time),
    )


def _found(knee: Knee, quest: CurveLoad) -> Found:
    """The knee as rates; in closed load the throughputs at those numbers of clients."""
    closed, above = quest.closed, knee.above
    by_client = knee.best.client_limited or (above is not None and above.client_limited)
    return Found(
        low_per_s=_rate_per_s(knee.below, closed=closed),
        expected_per_s=knee.best.throughput_per_s if closed else knee.expected_load,
        high_per_s=_rate_per_s(above, closed=closed) if knee.passed else None,
        limited_by="client" if by_client else "engine" if knee.passed else "nothing",
        confirmed=knee.passed and not by_client,
    )


def _rate_per_s(level: Level | None, *, closed: bool) -> float | None:
    if level is None:
        return None
    return level.throughput_per_s if closed else level.load


def _text(knee: Knee, quest: CurveLoad) -> str:
    """The knee as a sentence."""
    best, above = knee.best, knee.above
    assert above is not None
    where = _named(best.load if quest.closed else knee.expected_load, quest)
    between = f"between {_named(knee.below.load, quest)} and" if knee.below else "below"
    said = (
        f"knee at about {where} ({between} {_named(above.load, quest)}): "
        f"{rate(best.throughput_per_s)} with a mean of {seconds(best.mean_s)} "
        f"at {_named(best.load, quest)}"
    )
    if best.client_limited or above.client_limited:
        return f"{said}; the client was the limit there: the engine's knee may be higher"
    return said if knee.passed else f"{said}; no level was past the knee: it may be higher"


def _not_found(seen: Sequence[Level], quest: CurveLoad) -> str:
    """That no level showed a knee, and why."""
    highest = max(seen, key=lambda level: level.load)
    limited = sum(level.client_limited for level in seen)
    levels = f"{len(seen)} level{'s' * (len(seen) != 1)} up to {_named(highest.load, quest)}"
    said = f"no knee found in {levels}: none does worse than the one below it"
    if not limited:
        return f"{said}; it is higher"
    return f"{said}; the client was the limit at {limited} of them, the engine's knee is higher"


def _named(load: float, quest: CurveLoad) -> str:
    return f"{number(load)} clients" if quest.closed else rate(load)
