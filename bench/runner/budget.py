"""How much longer windows may be, when the whole run should end in time.

What a run has not yet spent, less what the trials to come need at least, is slack. A trial may
use its share of it by worth; what it leaves stays for those that follow. A trial that would
otherwise be refused may use several shares. Pure: moments are arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.runner import plan as plans
from bench.runner import quests
from bench.runner.extend import Allowance, Extension
from bench.runner.loads import Offer
from bench.runner.order import MIX

if TYPE_CHECKING:
    from bench.runner.blank import Laboratory
    from bench.suites import Pace
    from results.manifest import PlannedTrial

# First guesses, until the run has shown its own: a trial without its window (connecting, warm-up,
# closing), and opening a stand (starting, loading, verifying), seconds.
_TRIAL_S, _STAND_S = 0.4, 2.0
# The mix is what a recommendation starts from; a kind measured alone refines it.
_MIX_WORTH, _ALONE_WORTH = 3.0, 1.0
# Of an engine that takes none of the writes, beside a store and never instead of one.
_BESIDE = 0.25
# Shares that a trial may use while it is no evidence.
_SHARES = 2.0
# On a machine so slow that nothing is left, this fraction of the budget is spent all the same:
# records that are refused are worth nothing.
_IN_ANY_CASE = 0.2
# Longest window where nobody named one, as a multiple of the planned.
_LONGEST = 10.0


@dataclass(slots=True)
class Mean:
    """A mean that begins as a guess."""

    guess: float
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total, self.count = self.total + value, self.count + 1

    @property
    def value(self) -> float:
        return self.total / self.count if self.count else self.guess


class Budget:
    """Of one run, from `began_s` on. `beside` are (workload, target) that count for less."""

    def __init__(
        self,
        pace: Pace,
        *,
        began_s: float,
        beside: frozenset[tuple[str, str]] = frozenset(),
        cpus: int = 1,
    ) -> None:
        self._pace, self._began_s, self._beside, self._cpus = pace, began_s, beside, cpus
        self._trial_s, self._stand_s = Mean(_TRIAL_S), Mean(_STAND_S)
        self._extended_s = 0.0

    def extension(
        self, planned: PlannedTrial, rest: Sequence[PlannedTrial], *, now_s: float
    ) -> Extension | None:
        """What ends the window of a trial; None: it ends as planned.

        Loads whose rate changes by plan end as planned: their mean is that of the plan.
        """
        offer = quests.read(planned.load, cpus=self._cpus)
        if self._pace.precision is None or not isinstance(offer, Offer) or offer.changes:
            return None
        return Extension(
            precision=self._pace.precision,
            planned_s=planned.planned_duration_s,
            allowance=self.allowance(planned, rest, now_s=now_s),
            slice_s=self._pace.slice_s,
        )

    def allowance(
        self, planned: PlannedTrial, rest: Sequence[PlannedTrial], *, now_s: float
    ) -> Allowance:
        """How long the window of a trial may be that begins now; `rest` are those after it."""
        least_s, budget_s = planned.planned_duration_s, self._pace.budget_s
        longest_s = max(least_s, self._pace.longest_s or _LONGEST * least_s)
        if budget_s is None:
            return Allowance(fair_s=longest_s, longest_s=longest_s)
        slack_s = budget_s - (now_s - self._began_s) - self._needed_s(planned, rest)
        slack_s = max(slack_s, _IN_ANY_CASE * budget_s - self._extended_s, 0.0)
        worth = self.worth(planned)
        share_s = slack_s * worth / (worth + sum(self.worth(other) for other in rest))
        return Allowance(
            fair_s=min(least_s + share_s, longest_s),
            longest_s=min(least_s + min(_SHARES * share_s, slack_s), longest_s),
        )

    def worth(self, planned: PlannedTrial) -> float:
        """What precision is worth here, against other trials; procedures take as long as they do."""
        if planned.procedure is not None:
            return 0.0
        worth = _MIX_WORTH if planned.phase == MIX else _ALONE_WORTH
        return worth * _BESIDE if (planned.workload, planned.target) in self._beside else worth

    def took(self, planned: PlannedTrial, trial_s: float, *, window_s: float) -> None:
        """A trial took so long in all, its stand already open, and its window so long."""
        self._trial_s.add(max(0.0, trial_s - window_s))
        self._extended_s += max(0.0, window_s - planned.planned_duration_s)

    def opened(self, stand_s: float) -> None:
        """A stand took so long to open."""
        self._stand_s.add(stand_s)

    def _needed_s(self, planned: PlannedTrial, rest: Sequence[PlannedTrial]) -> float:
        """The least that this trial and the rest will take."""
        windows_s = sum(other.planned_duration_s for other in (planned, *rest))
        stands = len({_stand(other) for other in rest} - {_stand(planned)})
        return windows_s + self._trial_s.value * (1 + len(rest)) + self._stand_s.value * stands


def of(plan: plans.Plan, laboratory: Laboratory, *, began_s: float) -> Budget:
    """The budget of a run that begins now."""
    beside = {
        (digest, text)
        for digest, workload in plan.workloads.items()
        for text, target in plan.targets.items()
        if any(operation.is_write for operation in workload.operations)
        and not any(o.is_write for o in plans.served(workload, target.engine).operations)
    }
    return Budget(
        laboratory.pace,
        began_s=began_s,
        beside=frozenset(beside),
        cpus=laboratory.environment.cpus,
    )


def _stand(planned: PlannedTrial) -> tuple[object, ...]:
    return planned.workload, planned.target, planned.variant, planned.options
