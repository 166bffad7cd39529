"""The run: walks the plan, keeps every record as soon as it is there, survives every trial.

A trial that fails becomes a record; the next one starts afresh. Only a disk that refuses the
records and the person at the keyboard end a run early, and both leave the records that are
complete, no process and no directory behind.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from bench.driver.crew import Crew
from bench.engines.atrest import NotStorable
from bench.engines.seam import OperationFailed
from bench.runner import budget as budgets
from bench.runner import limit, procedure, quests
from bench.runner.blank import Laboratory, blank
from bench.runner.explore import pursue
from bench.runner.forecast import Forecast
from bench.runner.limit import Overdue, limited
from bench.runner.loads import Offer
from bench.runner.plan import Plan, data
from bench.runner.redact import redacted, secrets_of, without
from bench.runner.stand import Stand, opened
from bench.runner.trial import perform, timed_out
from bench.runner.unserved import unserved
from results.gates import judge
from workloads.errors import PlaceError, StorefitError

if TYPE_CHECKING:
    from bench.runner.extend import Extension
    from bench.runner.monitor import Monitor
    from bench.runner.progress import Progress
    from results.answers import Answer
    from results.manifest import PlannedTrial
    from results.record import Record
    from results.store import RunStore


# Less than this is no room for one more file of a server's log.
_FULL_BYTES = 24 << 20


@dataclass(frozen=True, slots=True)
class _Key:
    """Trials with the same key share a stand."""

    workload: str
    target: str
    variant: str | None
    options: tuple[str, ...]

    @classmethod
    def of(cls, planned: PlannedTrial) -> _Key:
        return cls(planned.workload, planned.target, planned.variant, planned.options)


def run(store: RunStore, plan: Plan, laboratory: Laboratory, progress: Progress) -> list[Record]:
    """Do every planned trial that has no record yet; the records of this call, in order.

    Last come those that say what a target does not serve.

    PlaceError when a record cannot be written, and when no target could be opened because the
    machine lacks something: each trial's record says so then. KeyboardInterrupt on SIGINT or SIGTERM, after
    everything that was started has been ended.
    """
    remaining = store.remaining()
    before = len(store.records)
    forecast = Forecast(plan, laboratory)
    with _terminable(), _Stands(store, plan, laboratory, progress) as stands:
        for position, planned in enumerate(remaining):
            rest = remaining[position:]
            progress.remaining(forecast.left_s(rest, opened=stands.is_open(planned)))
            progress.trial(position + 1, len(remaining), _title(planned, plan))
            began_s, stands.opening_s = time.monotonic(), 0.0
            stands.turn(planned, remaining[position + 1 :])
            quest = _quest(planned, laboratory)
            if quest is None:
                record = _one(stands, planned, laboratory, store.record_id(planned.number))
                progress.finished(_kept(store, record))
            else:
                store.conclude(_answer(stands, planned, quest))
                progress.answered(store.answers[-1])
            stands.let_go(planned, remaining[position + 1 :])
            seconds = time.monotonic() - began_s
            forecast.took(planned, seconds, opening_s=stands.opening_s)
        lacking = stands.lacking
    for record in unserved(store, plan, laboratory):
        store.append(record)
    made = list(store.records[before:])
    if lacking is not None and not any(record.outcome == "ok" for record in made):
        then = f"then repeat what failed: bench resume {store.path}"
        raise PlaceError(
            f"nothing could be measured: {lacking.message}",
            hint=f"{lacking.hint}; {then}" if lacking.hint else then,
        ) from lacking
    return made


def _quest(planned: PlannedTrial, laboratory: Laboratory) -> quests.Quest | None:
    """The search or curve that is planned; None: a trial or a procedure, which leaves a record."""
    if planned.procedure is not None:
        return None
    load = quests.read(planned.load, cpus=laboratory.environment.cpus)
    return None if isinstance(load, Offer) else load


def _answer(stands: _Stands, planned: PlannedTrial, quest: quests.Quest) -> Answer:
    """The answer to a search or a curve; its trials are kept one by one."""
    store, progress = stands.store, stands.progress

    def made(part: PlannedTrial, laboratory: Laboratory, monitor: Monitor | None) -> Record:
        record_id = store.next_part_id(planned.number)
        return _kept(store, _one(stands, part, laboratory, record_id, monitor=monitor))

    return pursue(quest, planned, stands.plan, stands.laboratory, perform=made, tell=progress.step)


def _kept(store: RunStore, record: Record) -> Record:
    """The record with its findings, on the disk."""
    beside = [other for other in store.records if other.run == record.run]
    record = replace(record, findings=judge(record, beside=beside))
    store.append(record)
    return record


def _one(
    stands: _Stands,
    planned: PlannedTrial,
    laboratory: Laboratory,
    record_id: str,
    *,
    monitor: Monitor | None = None,
) -> Record:
    """The record of one trial, whatever happens in it; no secret of its target is in it."""
    secrets = secrets_of(stands.plan.targets[planned.target])
    try:
        if planned.procedure is not None:
            return redacted(_procedure(stands, planned, laboratory, record_id), secrets)
        stand = stands.stand(planned)
        if laboratory.request.versus:
            stand.crew.renew()
        began_s = time.monotonic()
        extends = monitor is None and laboratory.pace.precision is not None
        record = perform(
            stand,
            planned,
            laboratory,
            record_id=record_id,
            watch=lambda rate, share: stands.progress.share(share, f"{rate:,.0f} op/s"),
            monitor=stands.extension(planned, now_s=began_s) if extends else monitor,
        )
        stands.budget.took(planned, time.monotonic() - began_s, window_s=record.duration_s)
        return redacted(record, secrets)
    except Exception as error:  # noqa: BLE001 - a trial's failure becomes its record
        told = without(_told(error), secrets)
        _raise_if_disk_is_full(error, told, stands.store.path)
        stands.drop(planned)
        record = stands.blank(planned, record_id)
        if isinstance(error, Overdue):
            return timed_out(record, str(error))
        if isinstance(error, NotStorable):
            return replace(record, outcome="unsupported", error=told)
        return replace(record, outcome="error", error=told)


def _procedure(
    stands: _Stands, planned: PlannedTrial, laboratory: Laboratory, record_id: str
) -> Record:
    """The record of a procedure; for one that cannot be done there nothing is opened."""
    target, workload = stands.plan.targets[planned.target], stands.plan.workloads[planned.workload]
    why_not = procedure.refusal(planned, target, workload, laboratory)
    if why_not is not None:
        return replace(stands.blank(planned, record_id), outcome="unsupported", error=why_not)
    return procedure.perform(
        stands.stand(planned), planned, laboratory, record_id=record_id, progress=stands.progress
    )


class _Stands:
    """The open test stands; each is closed as soon as no trial needs it any more."""

    def __init__(
        self, store: RunStore, plan: Plan, laboratory: Laboratory, progress: Progress
    ) -> None:
        self.store = store
        self.plan = plan
        self.laboratory = laboratory
        self.progress = progress
        self.rest: tuple[PlannedTrial, ...] = ()
        self.opening_s = 0.0  # spent on opening stands since somebody set it to 0
        self.budget = budgets.of(plan, laboratory, began_s=time.monotonic())
        self._open: dict[_Key, tuple[Stand, ExitStack]] = {}
        # why these could not be opened: asked again they would end as they did
        self._closed: dict[_Key, Overdue | StorefitError] = {}

    def __enter__(self) -> _Stands:
        return self

    def __exit__(self, *_: object) -> None:
        with _uninterrupted():
            for key in list(self._open):
                self._close(key)

    def stand(self, planned: PlannedTrial) -> Stand:
        """The stand of a trial, opened (again) when there is none or it is broken."""
        key = _Key.of(planned)
        if key in self._open and self._open[key][0].broken:
            self._note(key, f"is started afresh: {self._open[key][0].broken}")
            self._close(key)
        if key in self._closed:
            raise self._closed[key]
        if key not in self._open:
            began_s = time.monotonic()
            stack, cluster = ExitStack(), self.laboratory.cluster
            with ExitStack() as undo:
                undo.callback(self._end, stack, key)
                try:
                    stand = stack.enter_context(
                        opened(
                            self.plan.targets[planned.target],
                            self.plan.workloads[planned.workload],
                            self.laboratory.request_of(planned),
                            results=self.store.path.parent,
                            progress=self.progress,
                            crews=cluster.crew if cluster else Crew,
                        )
                    )
                except (Overdue, StorefitError) as error:
                    self._closed[key] = error
                    raise
                undo.pop_all()
            self._open[key] = (stand, stack)
            self.opening_s += time.monotonic() - began_s
            self.budget.opened(time.monotonic() - began_s)
        return self._open[key][0]

    def is_open(self, planned: PlannedTrial) -> bool:
        """Whether the stand of a trial is there."""
        return _Key.of(planned) in self._open

    def turn(self, planned: PlannedTrial, rest: tuple[PlannedTrial, ...]) -> None:
        """A trial's turn has come; `rest` are those after it.

        Both sides of a pair are opened before either is measured, so that loading disturbs
        neither.
        """
        self.rest = rest
        for other in rest[:1]:
            is_pair = (other.phase, other.repetition) == (planned.phase, planned.repetition)
            if is_pair and other.variant != planned.variant and _Key.of(planned) not in self._open:
                # what goes wrong with the other side is told by its own trial
                with contextlib.suppress(Exception):
                    self.stand(other)

    def extension(self, planned: PlannedTrial, *, now_s: float) -> Extension | None:
        """What ends the window of a trial that begins now; None: it ends as planned."""
        return self.budget.extension(planned, self.rest, now_s=now_s)

    @property
    def lacking(self) -> PlaceError | None:
        """Why the first target could not be opened, where all the machine's lack was to blame."""
        errors = list(self._closed.values())
        found = [error for error in errors if isinstance(error, PlaceError)]
        return found[0] if found and len(found) == len(errors) else None

    def drop(self, planned: PlannedTrial) -> None:
        """Close a stand whose trial failed in the parent: its state is not known."""
        self._close(_Key.of(planned))

    def let_go(self, planned: PlannedTrial, rest: tuple[PlannedTrial, ...]) -> None:
        """Close the stand of a trial when none of the rest needs it."""
        key = _Key.of(planned)
        if not any(_Key.of(other) == key for other in rest):
            self._close(key)

    def blank(self, planned: PlannedTrial, record_id: str) -> Record:
        """The record of a trial that could not begin."""
        workload = self.plan.workloads[planned.workload]
        return blank(
            planned,
            self.laboratory,
            record_id=record_id,
            target=self.plan.targets[planned.target],
            workload=workload,
            data=data(workload, self.laboratory.pace, self.laboratory.request.scale),
        )

    def _close(self, key: _Key) -> None:
        if key not in self._open:
            return
        _, stack = self._open.pop(key)
        self._end(stack, key)

    def _end(self, stack: ExitStack, key: _Key) -> None:
        """Undo what a stand is made of; what cannot be undone now, the keeper undoes later."""
        try:
            with limited(limit.LIMITS.close_s, "closing"):
                stack.close()
        except Exception as error:  # noqa: BLE001 - the records count more than a clean end
            self._note(key, f"did not end cleanly: {error}")

    def _note(self, key: _Key, what: str) -> None:
        secrets = secrets_of(self.plan.targets[key.target])
        self.progress.note(f"{key.target} {without(what, secrets)}")


def _raise_if_disk_is_full(error: Exception, told: str, results: Path) -> None:
    """A full disk is no property of an engine: it ends the run.

    A server that has no room for its log dies, and says that to nobody who asks it something: so
    the disk of the results, on which its data lies, is looked at whatever failed.
    """
    import errno
    import shutil

    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        why = error.strerror
    elif (free := shutil.disk_usage(results).free) < _FULL_BYTES:
        why = f"{free >> 20} MiB are left, and something failed: {told}"
    else:
        return
    raise PlaceError(
        f"the disk is full: {why}",
        hint="free some space, then `bench resume` goes on with this run; or begin a new one on "
        "another disk with --results",
    ) from error


def _told(error: Exception) -> str:
    if isinstance(error, StorefitError):
        return f"{error.message}; {error.hint}" if error.hint else error.message
    if isinstance(error, OperationFailed):
        return f"{error.kind}: {error}"
    return f"{type(error).__name__}: {error}"


def _title(planned: PlannedTrial, plan: Plan) -> str:
    name = plan.workloads[planned.workload].name
    load = "" if planned.procedure else f" · {planned.load}"
    repetition = f", repetition {planned.repetition}" if planned.repetition > 1 else ""
    side = f" · {planned.variant}" if planned.variant else ""
    return f"{planned.target}{side} · {name} · {planned.phase}{load}{_varied(planned)}{repetition}"


def _varied(planned: PlannedTrial) -> str:
    """What was varied in a trial: ` · data.records=10k`; the load is told anyway."""
    return "".join(f" · {v.name}={v.value}" for v in planned.varied if v.name != "load")


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends a run as SIGINT does: everything that was started is ended first."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C does not cut the cleaning up short."""
    before = {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
