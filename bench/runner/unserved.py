"""What was asked of an engine that does not serve it: a record says so, with the reason.

Nothing is tried for it. Without a record, somebody who reads the run later could not tell an
operation that an engine lacks from one that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.runner.blank import Laboratory, blank
from bench.runner.plan import Plan, data, served, target_of
from results.manifest import PlannedTrial

if TYPE_CHECKING:
    from results.record import Record
    from results.store import RunStore


def unserved(store: RunStore, plan: Plan, laboratory: Laboratory) -> Iterator[Record]:
    """A record with the outcome `unsupported` for each operation kind that an engine lacks.

    Their numbers follow those of the planned trials; what the run has already is left out. Engine
    and load are told as of the trials of the same target, where there are any.
    """
    trials = store.manifest.plan.trials
    texts = dict.fromkeys((*(trial.target for trial in trials), *plan.targets))
    load = next((trial.load for trial in trials if not trial.procedure), None)
    if load is None:
        return  # only procedures were asked for
    known = {
        _lacking(record)
        for record in store.records
        if not record.was_tried and record.procedure is None
    }
    for digest, workload in plan.workloads.items():
        for text in texts:
            # of a run that goes on only the targets that have still to run were opened again
            target = plan.targets.get(text) or target_of(text)
            lacking = served(workload, target.engine).unsupported
            tried = next((t for t in trials if (t.workload, t.target) == (digest, text)), None)
            for each in lacking:
                number = len(trials) + len(known) + 1
                made = blank(
                    PlannedTrial(
                        number=number,
                        workload=digest,
                        target=text,
                        phase=each.name,
                        load=load,
                        repetition=1,
                        planned_duration_s=0.0,
                        axis=tried.axis if tried else None,
                        varied=tried.varied if tried else (),
                    ),
                    laboratory,
                    record_id=store.record_id(number),
                    target=target,
                    workload=workload,
                    data=data(workload, laboratory.pace, laboratory.request.scale),
                )
                if _lacking(made) not in known:
                    known.add(_lacking(made))
                    made = replace(
                        made, outcome="unsupported", error=each.value, unsupported=lacking
                    )
                    yield _like_its_fellows(made, store.records)


def _lacking(record: Record) -> tuple[str, str, str, str]:
    """What a record of an operation that is not served is about."""
    engine = record.engine
    return record.workload.digest, engine.name, engine.place, record.trial.phase


def _like_its_fellows(made: Record, others: tuple[Record, ...]) -> Record:
    """With the engine's version and the load as the trials of the same target tell them."""
    for other in others:
        alike = other.engine.name == made.engine.name and other.engine.place == made.engine.place
        if alike and other.workload == made.workload and other.operations:
            return replace(made, engine=other.engine, load=other.load)
    return made
