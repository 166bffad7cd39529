"""Beginning a run and going on with one, without a command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bench.driver import crew
from bench.environment import cpu_count, environment
from bench.runner import listing, loop, plan
from bench.runner.blank import Laboratory
from bench.runner.loads import TRACE, trace_sum
from bench.runner.reach import require_places
from bench.runner.request import Request, check, is_suite
from bench.runner.variants import workloads
from results.store import RunPlan, RunStore, create_run, open_run
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from types import TracebackType

    from bench.cluster.cluster import Cluster
    from bench.runner.plan import Plan, Target
    from bench.runner.progress import Progress
    from results.record import Environment, Record
    from workloads.spec.model import Workload


@dataclass(frozen=True, slots=True)
class Session:
    """A run that is under way; a context manager that gives its lock back."""

    store: RunStore
    plan: Plan
    laboratory: Laboratory
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self.store.path

    def go(self, progress: Progress) -> list[Record]:
        """Do what has no record yet."""
        return loop.run(self.store, self.plan, self.laboratory, progress)

    def __enter__(self) -> Self:
        self.stack.enter_context(crew.scratch_kept())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.close()


def begin(
    request: Request, results: Path, *, tell: Callable[[str], None] = lambda _: None
) -> Session:
    """Plan a run and give it a directory below `results`.

    `tell` takes words on what takes long, such as fetching an image.

    Everything that can be wrong with the request is found before anything is written.
    """
    check(request)
    planned = plan.make(request, cpus=cpu_count())
    require_places(planned.targets.values(), request, tell)
    with ExitStack() as stack:
        cluster = _workers(request, planned.targets.values(), stack)
        store, machine = _create(request, planned, results)
        stack.callback(store.close)
        if cluster is None:
            crew.warm_up()  # not before: it would slow down what scores the machine
        laboratory = _laboratory(store, request, machine, cluster=cluster)
        return Session(store, planned, laboratory, stack.pop_all())


def _create(request: Request, planned: Plan, results: Path) -> tuple[RunStore, Environment]:
    """The directory of a new run, with its manifest."""
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlaceError(
            f"{results}: cannot be written: {error.strerror or error}",
            hint="give another directory with --results",
        ) from error
    machine = environment(results)
    run_plan = RunPlan(
        command=("bench", *request.words()),
        workloads=planned.refs(),
        trials=planned.trials,
        environment=machine,
    )
    return create_run(results, run_plan, now=datetime.now(UTC)), machine


def resume(path: Path, read: Callable[[Sequence[str]], Request], engines: Sequence[str]) -> Session:
    """Go on with the run in `path`.

    What failed is made again; wrong answers are an answer and stay.

    `read` turns the words of a command line into a request; `engines` give the targets again
    whose passwords the run did not keep.
    """
    with ExitStack() as stack:
        store = open_run(path)
        stack.callback(store.close)
        manifest = store.manifest.plan
        request = read(manifest.command[2:])
        planned = plan.Plan(
            trials=manifest.trials,
            workloads={
                ref.digest: _workload(ref.digest, ref.document, request)
                for ref in manifest.workloads
            },
            targets=_targets(_to_run(store), engines),
            notes=_repeated(store),
        )
        require_places(planned.targets.values(), request)
        _require_same_traces(store, planned.workloads)
        cluster = _workers(request, planned.targets.values(), stack)
        laboratory = _laboratory(store, request, environment(path.parent), cluster=cluster)
        if cluster is None:
            crew.warm_up()
        store.withdraw(store.failed())
        return Session(store, planned, laboratory, stack.pop_all())


def _require_same_traces(store: RunStore, known: Mapping[str, Workload]) -> None:
    """InputError where a trace is no longer the one that the run has records of."""
    for record in store.records:
        before = next((each.value for each in record.trial.data if each.name == TRACE), None)
        workload = known.get(record.workload.digest)
        if before is None or workload is None:
            continue
        now = trace_sum(workload)
        if now != before:
            said = "is no longer there" if now is None else "has changed since the run began"
            raise InputError(
                f"the trace '{workload.traffic.trace}' of workload '{workload.name}' {said}",
                hint="put it back as it was, or begin anew with `bench run`",
            )


def _workers(request: Request, targets: Iterable[Target], stack: ExitStack) -> Cluster | None:
    """Where the load comes from: a cluster that was asked for, or (None) processes of our own."""
    if request.cluster is None:
        return None
    from bench.cluster import cluster, where

    found = stack.enter_context(cluster.opened(where.parse(request.cluster)))
    where.require_reach(targets, away=found.away, size=found.size)
    return found


def _laboratory(
    store: RunStore, request: Request, machine: Environment, *, cluster: Cluster | None
) -> Laboratory:
    named = [name for name in request.names if is_suite(name)]
    return Laboratory(
        run=store.manifest.run,
        request=request,
        pace=request.pace(),
        suite=named[0] if named else None,
        environment=machine,
        cluster=cluster,
    )


def _to_run(store: RunStore) -> set[str]:
    """The targets of the trials that have no record yet or will be repeated."""
    again = {record.id for record in store.failed()}
    return {trial.target for trial in store.remaining()} | {
        trial.target
        for trial in store.manifest.plan.trials
        if store.record_id(trial.number) in again
    }


def _repeated(store: RunStore) -> tuple[str, ...]:
    """One sentence for each trial that is made again."""
    return tuple(
        f"{record.engine.name} {record.trial.phase}, repetition {record.trial.repetition}, "
        f"is repeated; {record.outcome}: {record.error or 'no reason was given'}"
        for record in store.failed()
    )


def _workload(digest: str, document: str, request: Request) -> Workload:
    """The workload that was planned: from its file while that is unchanged, else as kept."""
    import json

    from workloads import spec

    with suppress(InputError):
        for asked, of_suite in listing.named(request):
            made = workloads(request.suite(), asked) if of_suite else (asked,)
            for found in made:
                if spec.digest(found) == digest:
                    return found
    return spec.from_document(json.loads(document))


def _targets(texts: set[str], engines: Sequence[str]) -> dict[str, Target]:
    given = {target.text: target for target in map(plan.target_of, engines)}
    found: dict[str, Target] = {}
    for text in sorted(texts):
        if text not in given and "***" in text:
            raise InputError(
                f"the password of {text} was not kept",
                hint="give the target again: bench resume RUN --engine TARGET",
            )
        target = given.get(text) or plan.target_of(text)
        missing = target.engine.available(target.place)
        if missing is not None:
            raise PlaceError(f"{text} cannot run here", hint=missing)
        found[text] = target
    return found
