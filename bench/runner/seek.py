"""Carries a search out: probes until the policy has its interval or the time is up."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.driver.sequential import FEWEST_SLICES
from bench.runner.monitor import Monitor
from bench.runner.probe import Probe, judge, seen_of
from bench.runner.search import Search
from bench.runner.way import NOTHING, Ask, NoAnswer
from results.display import rate, seconds, share

if TYPE_CHECKING:
    from bench.runner.objectives import Objective
    from bench.runner.quests import SearchLoad
    from bench.runner.search import Found, Seen, Step
    from bench.runner.way import Way
    from results.answers import Answer
    from results.record import Record

# No further probe is asked for after so long, and none is watched for longer than what is left of it
# or an ordinary window; with start and load a search on an embedded engine takes below 3 minutes.
BUDGET_S = 100.0
# A probe is watched for so many answers to the rarer of reads and writes, within so many seconds.
_ANSWERS = 1_500
_LONGEST_S = 30.0
# A confirming probe lasts longer, and is not decided before most of it is over.
_LONG, _LONG_PATIENCE = 2.0, 0.6
# So large a share of requests that waited for a connection is worth a word.
_QUEUED = 0.5


def seek(way: Way, quest: SearchLoad) -> Answer:
    """The answer to a search."""
    objectives = quest.of(way.ground.workload, way.ground.operations)
    seen: list[Seen] = []
    records: dict[float, Record] = {}
    late, budget_s = False, way.ground.search_s or BUDGET_S
    try:
        capacity_per_s = way.capacity_per_s(quest.first(way.ground.cpus))
        policy = Search(capacity_per_s=capacity_per_s)
        until_s = way.spent_s + budget_s
        while (step := policy.next(seen)) is not None:
            left_s = until_s - way.spent_s
            if late := left_s <= 0:
                break
            probe = probe_at(way, quest, step, objectives, left_s=left_s)
            judged = judge(probe)
            way.note(probe.record, "confirm" if step.long else "probe", judged=judged, probe=probe)
            seen.append(seen_of(probe, judged))
            records[step.rate_per_s] = probe.record
        found = policy.found(seen)
        text = _text(found, objectives, records, late_s=budget_s if late else None)
    except NoAnswer as why:
        found, text = NOTHING, f"no answer: {why}"
    answer = way.answer(found, text, kind="search")
    return replace(answer, objectives=tuple(each.text for each in objectives))


def probe_at(
    way: Way,
    quest: SearchLoad,
    step: Step,
    objectives: tuple[Objective, ...],
    *,
    left_s: float = math.inf,
) -> Probe:
    """One probe, watched for as long as the rarer of reads and writes needs and time is left."""
    ground = way.ground
    window_s = max(ground.window_s, _ANSWERS / (step.rate_per_s * _rarest(way, objectives)))
    window_s = min(window_s, max(_LONGEST_S, ground.window_s))
    patience = FEWEST_SLICES
    if step.long:
        window_s = min(window_s * _LONG, max(_LONGEST_S, ground.window_s * _LONG))
    window_s = min(window_s, max(left_s, ground.window_s))
    if step.long:
        patience = max(FEWEST_SLICES, round(window_s * _LONG_PATIENCE / ground.slice_s))
    monitor = Monitor(objectives, ground.operations, patience=patience)
    ask = Ask(
        offer=quest.probe(step.rate_per_s),
        purpose="confirm" if step.long else "probe",
        window_s=window_s,
        monitor=monitor,
    )
    return Probe(
        record=way.make(ask),
        step=step,
        objectives=objectives,
        readings=monitor.readings,
        own_time=ground.own_time,
    )


def _rarest(way: Way, objectives: tuple[Objective, ...]) -> float:
    """Smallest share of the mix that an objective rests on."""
    operations = way.ground.operations
    total = sum(each.weight for each in operations)
    return min(
        sum(operations[at].weight for at in objective.positions(operations)) / total
        for objective in objectives
    )


def _text(
    found: Found,
    objectives: tuple[Objective, ...],
    records: dict[float, Record],
    *,
    late_s: float | None,
) -> str:
    """The answer as a sentence, and what else must be known to use it."""
    low, high = found.low_per_s, found.high_per_s
    if low is not None and high is not None:
        said = f"{rate(low)} holds, {rate(high)} fails, expected {rate(found.expected_per_s)}"
    elif low is not None and found.limited_by == "client":
        said = f"at least {rate(low)}: above that the client was the limit"
    elif low is not None:
        said = f"at least {rate(low)}: no higher rate was shown to fail"
    elif high is not None:
        said = f"less than {rate(high)}: no rate was shown to hold"
    elif found.limited_by == "client":
        said = "nothing was shown: the client was the limit, or no rate could be decided"
    else:
        said = "nothing was shown: no rate could be decided in the time of a probe"
    notes = []
    if not found.confirmed:
        notes.append(
            f"not confirmed: the time was up ({late_s:.0f} s)" if late_s else "not confirmed"
        )
    top = records.get(high) if high is not None else None
    if top is not None:
        notes += _of_the_top(top, objectives)
    return "; ".join([said, *notes])


def _of_the_top(top: Record, objectives: tuple[Objective, ...]) -> list[str]:
    """What the lowest failing rate says of its cause."""
    notes = []
    queued, client = top.client.queued_fraction, top.client
    if queued is not None and queued > _QUEUED and _answers_in_time(top, objectives):
        notes.append(
            f"{share(queued)} of its requests waited for one of {top.load.clients} connections "
            f"(p99 {seconds(client.queue_wait_p99_s)}) while the answers themselves were in time: "
            f"more connections may hold more (clients={2 * top.load.clients})"
        )
    starved = [finding for finding in top.findings if finding.code == "G-STARVED"]
    notes += [f"there {finding.message}" for finding in starved]
    return notes


def _answers_in_time(record: Record, objectives: tuple[Objective, ...]) -> bool:
    """Whether p99 of service time keeps every limit."""
    for objective in objectives:
        for at in objective.positions(record.operations):
            p99_s = record.operations[at].service.p99_s
            if p99_s is None or p99_s > objective.limit_s:
                return False
    return True
