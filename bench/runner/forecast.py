"""How long a run will take: said before it begins, and what is left of it while it goes on.

First guesses of what nobody knows yet (how fast an engine is loaded, how long a search takes) give
way to what the run itself has shown. Pure: moments are arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.runner import quests
from bench.runner.loads import Offer
from bench.runner.plan import data
from bench.runner.quests import PlannedLoad, SearchLoad

if TYPE_CHECKING:
    from bench.runner.blank import Laboratory
    from bench.runner.plan import Plan
    from results.manifest import PlannedTrial

# First guesses. A trial without its window and warm-up; a stand without its rows; rows and bytes
# that a stand takes in a second, comparing answers and settling included; the parts of a run that
# take as long as they need. Seconds, rows and bytes a second.
_TRIAL_S, _STAND_S = 0.4, 1.2
_ROWS_PER_S, _BYTES_PER_S = 50_000.0, 40e6
_SEARCH_S, _CURVE_S, _PLANNED_WINDOWS = 60.0, 40.0, 4.0
# Loading was done for the stand. Other procedures are steps, beside loads as long as a window or two.
_LOADED_S, _STEPS_S, _STEPS_WINDOWS = 0.2, 1.0, 2.0
# Windows that go on until they are precise take about so many times as long as planned.
_EXTENDED = 2.0


class Forecast:
    """Of one run."""

    def __init__(self, plan: Plan, laboratory: Laboratory) -> None:
        self._plan, self._laboratory = plan, laboratory
        # what was seen and what had been guessed for it, by what it was
        self._seen: dict[str, tuple[float, float]] = {}

    def left_s(self, rest: Sequence[PlannedTrial], *, opened: int = 0) -> float:
        """How long the rest will take; the stands of the first `opened` trials are there already."""
        stands = {_stand(trial): trial for trial in rest[opened:]}
        for trial in rest[:opened]:
            stands.pop(_stand(trial), None)
        return sum(self._trial_s(trial) for trial in rest) + sum(
            map(self._stand_s, stands.values())
        )

    def took(self, planned: PlannedTrial, seconds: float, *, opening_s: float) -> None:
        """A trial took so long in all, `opening_s` of it to open its stand (0: it was open)."""
        if opening_s:
            self._note("stand", opening_s, self._guessed_stand_s(planned))
        self._note(self._kind(planned), seconds - opening_s, self._guessed_trial_s(planned))

    def _note(self, kind: str, seen_s: float, guessed_s: float) -> None:
        seen, guessed = self._seen.get(kind, (0.0, 0.0))
        self._seen[kind] = (seen + max(0.0, seen_s), guessed + guessed_s)

    def _factor(self, kind: str) -> float:
        seen, guessed = self._seen.get(kind, (0.0, 0.0))
        return seen / guessed if guessed else 1.0

    def _trial_s(self, planned: PlannedTrial) -> float:
        return self._guessed_trial_s(planned) * self._factor(self._kind(planned))

    def _stand_s(self, planned: PlannedTrial) -> float:
        return self._guessed_stand_s(planned) * self._factor("stand")

    def _kind(self, planned: PlannedTrial) -> str:
        """What behaves alike: trials, searches, curves, each procedure."""
        if planned.procedure is not None:
            return planned.procedure[0]
        load = quests.read(planned.load, cpus=self._laboratory.environment.cpus)
        return "trial" if isinstance(load, Offer) else planned.load.partition(":")[0]

    def _guessed_trial_s(self, planned: PlannedTrial) -> float:
        if planned.procedure is not None:
            if planned.procedure[0] == "load":
                return _LOADED_S
            return _STEPS_S + _STEPS_WINDOWS * self._laboratory.pace.duration_s
        load = quests.read(planned.load, cpus=self._laboratory.environment.cpus)
        pace, window_s = self._laboratory.pace, planned.planned_duration_s
        if isinstance(load, PlannedLoad):
            return _PLANNED_WINDOWS * quests.window_s(self._laboratory.request)
        if not isinstance(load, Offer):
            search_s = min(_SEARCH_S, pace.search_s or _SEARCH_S)
            return search_s if isinstance(load, SearchLoad) else _CURVE_S
        if pace.precision is not None:
            window_s = min(_EXTENDED * window_s, max(window_s, pace.longest_s or window_s * 10))
        return window_s + (pace.warmup_min_s + pace.warmup_max_s) / 2 + _TRIAL_S

    def _guessed_stand_s(self, planned: PlannedTrial) -> float:
        workload, pace = self._plan.workloads[planned.workload], self._laboratory.pace
        loaded = data(workload, pace, self._laboratory.request.scale)
        rows_s = loaded.records / _ROWS_PER_S
        bytes_s = loaded.records * loaded.record_size_bytes / _BYTES_PER_S
        return _STAND_S + pace.idle_s + max(rows_s, bytes_s)


def of_run(plan: Plan, laboratory: Laboratory, left: Sequence[PlannedTrial]) -> float:
    """How long a run that has these trials left will take, as far as anybody knows, seconds."""
    return Forecast(plan, laboratory).left_s(left)


def rough(seconds: float) -> str:
    """A time as people say it.

    >>> [rough(x) for x in (4.0, 47.0, 200.0, 7_900.0)]
    ['5 s', '45 s', '3 min', '2 h 10 min']
    """
    if seconds < 60:
        return f"{max(5, 5 * round(seconds / 5))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(10 * round(minutes / 10), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _stand(planned: PlannedTrial) -> tuple[object, ...]:
    return planned.workload, planned.target, planned.variant, planned.options
