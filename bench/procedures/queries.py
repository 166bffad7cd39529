"""The queries of a set, asked one after the other, each answer compared.

    queries:tpch     TPC-H at the largest scale that the run's pace allows, 1 at most
    queries:events   a wide table of our own
    queries:tpch@10  at a scale of one's own

Each query is asked `TRIES` times in a row over one connection or process, nothing else running. The
first time comes after the tables were made and loaded, so their files are in the page cache as far
as they fit; what an engine keeps itself (plans, its own buffers) is cold then and warm afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bench import page_cache
from bench.engines.seam import AnswersQueries, OperationFailed, Questioned
from bench.procedures.seam import Performed
from bench.runner import growth
from results.record import Step
from workloads import queries
from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.asking.inquirer import Inquirer
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from bench.suites import Pace
    from workloads.queries.answers import Answer
    from workloads.queries.seam import Query, QuerySet, Tables
    from workloads.spec.model import Workload

# As in ClickBench: the first, and two that are warm.
TRIES = 3
# A query that takes longer is given up, and not asked again; from scale 1 on, so long for each 1.
LIMIT_S = 60.0
MOST_SCALE = 1e4
# The scale where a suite's pace would allow a larger one.
_USUAL_MOST_SCALE = 1.0


@dataclass(frozen=True, slots=True)
class Queries:
    """The procedure."""

    name: str = "queries"
    title: str = "the queries of a set, answers compared"
    axis: str = "latency"

    def ways(
        self,
        target: Target,
        workload: Workload,  # noqa: ARG002 - a set has tables of its own
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        why_not = None
        if not isinstance(target.engine, AnswersQueries):
            why_not = f"{target.engine.title} is asked no queries of a set"
        return Ways({name: why_not or _missing(name) for name in queries.names()})

    def check(self, way: str) -> None:
        read_way(way)

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        chosen, asked_scale = read_way(way)
        scale = asked_scale or scale_for(chosen, context.laboratory.pace)
        running = stand.running
        assert isinstance(running, Questioned)
        tables, made = _made(chosen, scale, stand, context)
        loaded, taken = context.step("take", lambda: running.take(tables))
        settings = ", ".join(f"{k} {v}" for k, v in running.question_settings().items())
        # settling is part of it; where there is nothing to take, that it took no time says nothing
        taken = replace(
            taken,
            seconds=taken.seconds if loaded.seconds else None,
            rows=loaded.rows,
            stored_bytes_after=loaded.stored_bytes,
        )
        steps = [made, replace(taken, note=f"scale {scale:g}, seed {tables.seed}; {settings}")]
        steps += _asked(chosen, tables, stand, context)
        return Performed(steps=tuple(steps), spent=True)


class Ways(dict[str, str | None]):
    """The ways that are listed, and each of them at any scale: `tpch` and so `tpch@10`."""

    def __missing__(self, way: str) -> str | None:
        name, at, _ = way.partition("@")
        if not at or name not in self:
            raise KeyError(way)
        return self[name]

    def __contains__(self, way: object) -> bool:
        return isinstance(way, str) and super().__contains__(way.partition("@")[0])


def read_way(way: str) -> tuple[QuerySet, float | None]:
    """`tpch` or `tpch@10`: the set, and the scale that was asked for. InputError."""
    name, at, text = way.partition("@")
    chosen = queries.get(name)
    if not at:
        return chosen, None
    try:
        scale = float(text)
    except ValueError:
        scale = -1.0
    if not chosen.least_scale <= scale <= MOST_SCALE:
        raise InputError(
            f"queries:{way}: '{text}' is no scale of {name}",
            hint=f"a number from {chosen.least_scale:g} to {MOST_SCALE:g}, such as {name}@0.1",
        )
    return chosen, scale


def scale_for(chosen: QuerySet, pace: Pace) -> float:
    """The largest scale within the pace's rows and bytes, its first digit only; 1 at most."""
    most = min(pace.records, pace.logical_bytes / chosen.row_bytes) / chosen.rows_at_scale_1
    digit, power = f"{min(most, _USUAL_MOST_SCALE):.12e}".split("e")
    floored = float(f"{int(float(digit))}e{power}")
    return max(floored, chosen.least_scale)


def _missing(name: str) -> str | None:
    command = queries.get(name).missing()
    return None if command is None else f"its data cannot be made here; to add it: {command}"


def _made(chosen: QuerySet, scale: float, stand: Stand, context: Context) -> tuple[Tables, Step]:
    directory = stand.workdir / "query-set"
    directory.mkdir(exist_ok=True)
    seed = context.laboratory.request.seed
    tables, made = context.step(
        "make",
        lambda: chosen.write(directory, scale=scale, seed=seed, tell=context.progress.share),
    )
    note = f"{chosen.title}; {chosen.source}"
    # made by others than the engine, so its own use of resources says nothing
    return tables, Step(
        name="make",
        seconds=made.seconds,
        rows=sum(tables.rows),
        made_bytes=tables.stored_bytes(),
        note=note,
    )


def _asked(chosen: QuerySet, tables: Tables, stand: Stand, context: Context) -> Iterator[Step]:
    from bench.asking.inquirer import Inquirer

    running, listed = stand.running, chosen.queries(tables.scale)
    assert isinstance(running, Questioned)
    judge = Judge(tables=tables, run=context.laboratory.run, by=f"{context.planned.target}")
    limit_s = LIMIT_S * max(1.0, tables.scale)
    if stand.memory is not None:  # what this process has read counts nowhere
        page_cache.evict(tables.path(each.name) for each in chosen.relations)
    with Inquirer(running.questioner(tables, limit_s=limit_s), limit_s, stand.admit) as inquirer:
        for position, query in enumerate(listed):
            context.progress.share(position / len(listed), f"{query.id}: {query.title}")
            yield from _tries(query, inquirer, judge, stand)


def _tries(query: Query, inquirer: Inquirer, judge: Judge, stand: Stand) -> Iterator[Step]:
    in_process = stand.target.engine.in_process
    for number in range(TRIES):
        before = stand.counters()
        try:
            told = inquirer.ask(query, answer=number == 0)
        except OperationFailed as failure:
            yield Step(name=query.id, seconds=None, note=f"{failure.kind}: {failure}")
            return
        after = stand.counters()
        correct, note = (None, None) if told.answer is None else judge.judged(query, told.answer)
        yield Step(
            name=query.id,
            seconds=told.seconds,
            rows=told.rows,
            cpu_s=told.cpu_s if in_process else growth.cpu_s(before, after),
            read_bytes=growth.grown(before.read_bytes, after.read_bytes),
            write_bytes=growth.write_bytes(before, after, own_writes=stand.own_writes),
            memory_bytes=told.memory_bytes if in_process else None,
            correct=correct,
            note=note,
        )


@dataclass(slots=True, kw_only=True)
class Judge:
    """Compares answers with what is known: shipped ones, and those of the run's other engines."""

    tables: Tables
    run: str
    by: str
    _others: dict[str, dict[str, Answer]] = field(init=False)

    def __post_init__(self) -> None:
        tables = self.tables
        self._others = _remembered(self.run, (tables.set, tables.scale, tables.seed))

    def judged(self, query: Query, found: Answer) -> tuple[bool | None, str | None]:
        """Whether an answer is right, and what is wrong with it; None: nothing to compare with."""
        from workloads.queries import expected
        from workloads.queries.answers import difference

        self._others.setdefault(self.by, {})[query.id] = found
        known = expected.of(self.tables, query)
        wrong = None if known is None else known.difference(query, found)
        if wrong is not None:
            return False, f"other than the answer that ships: {wrong}"
        compared = known is not None
        for name, answers in self._others.items():
            if name == self.by or query.id not in answers:
                continue
            wrong, compared = difference(query, answers[query.id], found), True
            if wrong is not None:
                return False, f"other than {name} answered: {wrong}"
        return (True if compared else None), None


# Answers of the run that goes on in this process, by tables and target.
_Key = tuple[str, float, int]
_ANSWERS: dict[str, dict[_Key, dict[str, dict[str, Answer]]]] = {}


def _remembered(run: str, key: _Key) -> dict[str, dict[str, Answer]]:
    """What the targets of this run have answered; a run before it is forgotten."""
    for other in [name for name in _ANSWERS if name != run]:
        del _ANSWERS[other]
    return _ANSWERS.setdefault(run, {}).setdefault(key, {})


PROCEDURE = Queries()
