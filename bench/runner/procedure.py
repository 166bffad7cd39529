"""One planned trial of a procedure on a stand -> one record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench import procedures
from bench.procedures.context import Context
from bench.procedures.seam import Impossible
from bench.runner import limit, quests
from bench.runner.blank import Laboratory, on_stand
from bench.runner.limit import limited
from bench.runner.listing import loads
from bench.runner.loads import Offer
from results.manifest import NO_LOAD
from results.record import Record, Step, Storage

if TYPE_CHECKING:
    from bench.procedures.seam import Performed
    from bench.runner.plan import Target
    from bench.runner.progress import Progress
    from bench.runner.stand import Stand
    from results.manifest import PlannedTrial
    from workloads.spec.model import Workload


def refusal(
    planned: PlannedTrial, target: Target, workload: Workload, lab: Laboratory
) -> str | None:
    """Why a procedure cannot be done on this target; None when it can."""
    name, way = planned.procedure or ("", "")
    procedure = procedures.get(name)
    options = lab.request_of(planned).options_of(target.engine.name)
    known = procedure.ways(target, workload, options)
    if way in known:
        return known[way]
    return f"{target.text} has no way '{way}' of {name}; ways: {', '.join(known) or 'none'}"


def perform(
    stand: Stand,
    planned: PlannedTrial,
    laboratory: Laboratory,
    *,
    record_id: str,
    progress: Progress,
) -> Record:
    """Do it and say what came of it; raises what the procedure raises, Overdue past the limit."""
    name, way = planned.procedure or ("", "")
    record = on_stand(stand, planned, laboratory, record_id=record_id)
    checked = stand.verification
    if checked is not None:
        record = replace(record, answers_checked=checked.checked, answers_digest=checked.digest)
        if not checked.correct:
            return replace(record, outcome="incorrect", error=checked.first_difference)
    context = Context(
        stand=stand,
        planned=planned,
        laboratory=laboratory,
        progress=progress,
        seed=record.trial.seed,
        load=_load(laboratory),
    )
    began_s = context.clock()
    limit_s = limit.LIMITS.after(stand.loaded, limit.LIMITS.procedure_s)
    try:
        with limited(limit_s, name, workdir=stand.workdir):
            done = procedures.get(name).perform(stand, way, context)
    except Impossible as error:
        return replace(record, outcome="unsupported", error=str(error))
    if done.spent:
        stand.broken = f"{name} has used up its data"
    record = replace(record, duration_s=context.clock() - began_s, storage=_storage(stand))
    return _told(record, done)


def _told(record: Record, done: Performed) -> Record:
    """The record with the steps, and wrong content as what it is."""
    made = record.procedure
    if made is not None:
        record = replace(record, procedure=replace(made, steps=done.steps))
    wrong = [step for step in done.steps if step.correct is False]
    if wrong:
        return replace(record, outcome="incorrect", error=wrong_content(wrong[0]))
    return replace(record, outcome="ok", error=None)


def wrong_content(step: Step) -> str:
    """What a step says whose content is not what it should be."""
    return f"{step.name}: {step.note or 'its content is not what it should be'}"


def _load(laboratory: Laboratory) -> str:
    """The first load of the run that is one trial; where there is none the default."""
    for text in loads(laboratory.request):
        if text != NO_LOAD and isinstance(
            quests.read(text, cpus=laboratory.environment.cpus), Offer
        ):
            return text
    return "default"


def _storage(stand: Stand) -> Storage:
    loaded = stand.loaded
    return Storage(
        rows=loaded.rows,
        logical_bytes=loaded.logical_bytes,
        stored_bytes=loaded.stored_bytes,
        stored_bytes_after=None,
        load_s=loaded.seconds,
        rows_per_s=loaded.rows / loaded.seconds if loaded.seconds else 0.0,
        parts=loaded.parts,
    )
