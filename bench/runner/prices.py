"""What a run will cost where using an engine costs money: said before anything is created."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.engines.seam import Phase, Priced, Work
from bench.runner import quests
from bench.runner.loads import Offer
from bench.runner.order import MIX
from bench.runner.plan import data, served

if TYPE_CHECKING:
    from bench.runner.blank import Laboratory
    from bench.runner.plan import Plan
    from results.manifest import PlannedTrial

# As windows that go on until they are precise: so many times as long as planned.
_LONGEST_TIMES = 10


def prices(plan: Plan, left: Sequence[PlannedTrial], laboratory: Laboratory) -> list[str]:
    """Sentences about each target and workload that is still to be measured and costs money."""
    lines = []
    request = laboratory.request
    for text, digest in dict.fromkeys((trial.target, trial.workload) for trial in left):
        target, workload = plan.targets[text], plan.workloads[digest]
        if not isinstance(target.engine, Priced):
            continue
        loaded = data(workload, laboratory.pace, request.scale)
        work = Work(
            dataset=loaded.dataset,
            records=loaded.records,
            record_size_bytes=loaded.record_size_bytes,
            phases=tuple(
                _phase(trial, plan, laboratory)
                for trial in left
                if (trial.target, trial.workload) == (text, digest) and not trial.procedure
            ),
        )
        said = target.engine.price(target.place, work, request.options_of(target.engine.name))
        lines += [f"{text}, {workload.name}: {sentence}" for sentence in said]
    return lines


def _phase(trial: PlannedTrial, plan: Plan, laboratory: Laboratory) -> Phase:
    """A trial as it concerns a bill; every length is the longest that it can be."""
    pace = laboratory.pace
    target, workload = plan.targets[trial.target], plan.workloads[trial.workload]
    operations = served(workload, target.engine).operations
    if trial.phase != MIX:
        operations = tuple(o for o in operations if o.kind == trial.phase) or operations
    window_s = trial.planned_duration_s
    if pace.precision is not None:
        window_s = max(window_s, pace.longest_s or _LONGEST_TIMES * window_s)
    load = quests.read(trial.load, cpus=laboratory.environment.cpus)
    if not isinstance(load, Offer):
        return Phase(operations=operations, seconds=window_s + pace.warmup_max_s)
    return Phase(
        operations=operations,
        seconds=window_s + pace.warmup_max_s,
        requests_per_s=load.rate_per_s,
        clients=load.clients,
    )
