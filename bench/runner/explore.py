"""Loads that take several trials: from a planned search or curve to its answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.runner.levels import draw
from bench.runner.planned import measure_planned
from bench.runner.quests import PlannedLoad, Quest, SearchLoad, window_s
from bench.runner.seek import seek
from bench.runner.way import Ask, Ground, Way

if TYPE_CHECKING:
    from bench.runner.blank import Laboratory
    from bench.runner.monitor import Monitor
    from bench.runner.plan import Plan
    from results.answers import Answer
    from results.manifest import PlannedTrial
    from results.record import Record

# Slices, and warm-up at least and at most, of the trials on the way, seconds.
_SLICE_S = 0.05
_WARMUP_S = (0.5, 1.5)
# The parts of a trial are numbered apart from all trials, as their seeds follow from the number.
_PARTS = 1_000

Perform = Callable[["PlannedTrial", "Laboratory", "Monitor | None"], "Record"]
"""Makes, judges and keeps the trial of a part."""


def pursue(
    quest: Quest,
    planned: PlannedTrial,
    plan: Plan,
    laboratory: Laboratory,
    *,
    perform: Perform,
    tell: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Make trials until the quest is answered."""
    from bench.runner.plan import served

    target, workload = plan.targets[planned.target], plan.workloads[planned.workload]
    request = laboratory.request
    ground = Ground(
        workload=workload,
        operations=served(workload, target.engine).operations,
        cpus=laboratory.environment.cpus,
        window_s=window_s(request),
        slice_s=_SLICE_S,
        own_time=not target.engine.in_process or not target.engine.evidence_for,
        search_s=laboratory.pace.search_s,
    )
    shortest_s, longest_s = _WARMUP_S
    pace = replace(
        laboratory.pace,
        slice_s=_SLICE_S,
        warmup_min_s=shortest_s,
        warmup_max_s=longest_s,
        precision=None,  # probes end by a test of their own
    )
    there = replace(laboratory, pace=pace)

    def measure(ask: Ask) -> Record:
        part = replace(
            planned,
            number=planned.number * _PARTS + len(way.points),
            load=ask.offer.text,
            planned_duration_s=ask.window_s,
        )
        return perform(part, there, ask.monitor)

    way = Way(planned=planned, ground=ground, measure=measure, tell=tell, clock=clock)
    if isinstance(quest, PlannedLoad):
        return measure_planned(way, quest)
    return seek(way, quest) if isinstance(quest, SearchLoad) else draw(way, quest)
