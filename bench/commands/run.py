"""`bench run`: measure workloads on engines and keep the records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.commands.quantities import BYTES, FACTOR, SECONDS
from workloads.command import PlacePath
from workloads.errors import CheckFailed
from workloads.spec.sources import BUILT_IN

if TYPE_CHECKING:
    from bench.runner.request import Request
    from bench.runner.session import Session
    from results.answers import Answer
    from results.manifest import PlannedTrial
    from results.record import Record

RESULTS = "storefit-results"
# With more workloads than this in a run, as variants are, their sizes are not told one by one.
_MOST_TOLD = 6


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="WORKLOAD|SUITE…")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="TARGET",
    help="Engine, ENGINE@PLACE or DSN; may be repeated. Default: all that are evidence and run here.",
)
@click.option(
    "--load",
    metavar="LOAD",
    help="closed:8 | closed:8,think=10ms | open:2000/s | open:2000/s,constant | open:trace | "
    "open:trace,whole | open:ramp(100/s..2000/s) | open:steps(100/s,500/s) | curve | "
    "curve:closed | search | search:p99<10ms | planned | open:65%. Default: closed, one client per "
    "processor (2 to 8).",
)
@click.option(
    "--quick", is_flag=True, help="A first look within 25 s: little data, one repetition."
)
@click.option(
    "--repeat", type=int, metavar="N", help="Repetitions (default 3; quick 1; with --versus 8)."
)
@click.option("--duration", type=SECONDS, metavar="S", help="Measured window of each trial.")
@click.option(
    "--precision",
    type=FACTOR,
    metavar="P",
    help="Windows go on, up to ten times as long, until throughput is known to ±P, such as 3%.",
)
@click.option("--scale", type=FACTOR, metavar="X", help="Factor on the declared records.")
@click.option(
    "--results",
    type=PlacePath(),
    default=Path(RESULTS),
    show_default=True,
    metavar="DIR",
    help="Directory in which the run gets a directory of its own.",
)
@click.option(
    "--durability",
    type=click.Choice(["full", "relaxed"]),
    default="full",
    show_default=True,
    help="full: every commit is flushed to the disk.",
)
@click.option(
    "--emulate",
    metavar="STORAGE",
    help="Let commits and exchanges take as long as on gp3 | io2 | nvme (of an EC2 instance): "
    "gp3,zones=2 | gp3,network=0.3ms | gp3,flush=1.2ms.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, metavar="N", show_default=True
)
@click.option(
    "--allow-writes", is_flag=True, help="Write to a target that storefit did not create."
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="[ENGINE.]KEY=VALUE",
    help="A setting of an engine, or of all; may be repeated.",
)
@click.option(
    "--versus",
    multiple=True,
    metavar="WHAT",
    help="Measure a second side beside the first, trial by trial, and compare: engine=TARGET | "
    "durability=relaxed | KEY=VALUE (a setting) | same; may be repeated.",
)
@click.option(
    "--procedure",
    "procedures",
    multiple=True,
    metavar="NAME[:WAY]",
    help="Something done to the loaded engine besides the loads, such as load; may be repeated. "
    "With --load none: instead of them.",
)
@click.option(
    "--cluster",
    metavar="WHERE",
    help="Offer the load from a Dask cluster: local | local:4 (processes here) | a scheduler's "
    "address (tcp://HOST:8786).",
)
@click.option(
    "--shape",
    metavar="CLASS",
    help="vCPUs, memory and memory settings of an instance class, such as db.m7g.large, for "
    "engines in containers.",
)
@click.option("--cpus", type=float, metavar="N", help="vCPUs of each container.")
@click.option(
    "--memory",
    type=BYTES,
    metavar="SIZE",
    help="Memory that each engine may use, the pages of its files included: 8GiB. Of containers, "
    "and of engines that storefit starts here, where it may make a control group.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(results: Path, as_json: bool, **asked: Any) -> None:
    """Measure each WORKLOAD (a built-in name or a file) or SUITE and keep the records."""
    from bench.runner.session import begin

    with begin(request_of(asked), results, tell=partial(click.echo, err=True)) as session:
        carry_out(session, as_json=as_json)


def request_of(asked: dict[str, Any]) -> Request:
    """The request that the parameters of `command` stand for."""
    from bench.runner.request import Request

    return Request(
        names=tuple(asked["names"]),
        engines=tuple(asked["engines"]),
        load=asked["load"],
        quick=asked["quick"],
        repeat=asked["repeat"],
        duration_s=asked["duration"],
        precision=asked["precision"],
        scale=asked["scale"],
        durability=asked["durability"],
        emulate=asked["emulate"],
        seed=asked["seed"],
        allow_writes=asked["allow_writes"],
        options=tuple(asked["options"]),
        versus=tuple(asked["versus"]),
        procedures=tuple(asked["procedures"]),
        cluster=asked["cluster"],
        shape=asked["shape"],
        cpus=asked["cpus"],
        memory_bytes=asked["memory"],
    )


def read_words(words: Sequence[str]) -> Request:
    """The request of a command line that was kept in a run."""
    context = command.make_context("run", list(words))
    asked = dict(context.params)
    del asked["results"], asked["as_json"]
    return request_of(asked)


def carry_out(session: Session, *, as_json: bool) -> None:
    """Do what a session has to do, with progress on stderr and the table on stdout."""
    from bench.commands.live import Live

    with Live() as live:
        for line in introduction(session):
            click.echo(line, err=True)
        for note in session.plan.notes:
            live.note(note)
        try:
            session.go(live)
        except KeyboardInterrupt:
            click.echo(f"\nto go on: bench resume {session.path}", err=True)
            raise
    records = session.store.records
    if as_json:
        from bench.commands import answers, formats, latencies, queries, steps
        from bench.commands.measured import document

        shown = {
            "schema": 1,
            "run": session.store.manifest.run,
            "path": str(session.path),
            "rows": document(records),
            "procedures": steps.document(records),
            "queries": queries.document(records),
            "formats": formats.document(records),
            "answers": answers.document(session.store.answers),
            "latencies": latencies.document(records, session.store.answers),
        }
        if session.laboratory.request.versus:
            from bench.commands import compared
            from results.comparison import compare_sides

            shown["comparison"] = compared.document(compare_sides(records))
        click.echo(json.dumps(shown, indent=2))
    else:
        show_results(records, session.store.answers)
        if session.laboratory.request.versus:
            show_sides(records)
        click.echo(f"\nrun:  {session.path}")
        following = next_command(session)
        if following is not None:
            click.echo(f"next: {following}")
    require_success(records, failed=session.store.failed(), run=session.path)


def introduction(session: Session) -> list[str]:
    """What will be done, and how it differs from what was declared."""
    from bench.runner.forecast import of_run, rough
    from bench.runner.plan import data
    from bench.runner.prices import prices

    pace, request = session.laboratory.pace, session.laboratory.request
    left = session.store.remaining()
    if not left:
        return ["nothing is left to do: every planned trial has its record"]
    loads = ", ".join(dict.fromkeys(trial.load for trial in left if not trial.procedure))
    named = ", ".join(dict.fromkeys(trial.phase for trial in left if trial.procedure))
    lines = [
        f"{len(left)} trials on {', '.join(dict.fromkeys(trial.target for trial in left))}; "
        f"load {loads or 'none'}; {f'procedures {named}; ' if named else ''}{pace.repetitions} repetition{'s' * (pace.repetitions > 1)}; "
        f"durability {request.durability}"
        f"{f'; emulated: {request.emulate}' if request.emulate else ''}"
    ]
    for workload in session.plan.workloads.values():
        if len(session.plan.workloads) > _MOST_TOLD:
            break
        loaded = data(workload, pace, request.scale)
        declared = workload.data.records
        scaled = f" of {declared:,} declared (scale {loaded.scale:.3g})" if declared else ""
        lines.append(f"{workload.name}: {loaded.records:,} records{scaled}")
    seconds = of_run(session.plan, session.laboratory, left)
    lines.append(f"this will take about {rough(seconds)}, as far as one can tell before loading")
    return lines + _varied(left) + prices(session.plan, left, session.laboratory)


def _varied(left: Sequence[PlannedTrial]) -> list[str]:
    """What a suite varies, a line for each axis and thing: `size: data.records = 10k, 100k`."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for trial in left:
        for each in trial.varied:
            key = (trial.axis or "", each.name.removeprefix("option:"))
            found.setdefault(key, {})[each.value] = None
    return [f"{axis}: {name} = {', '.join(values)}" for (axis, name), values in found.items()]


def show_results(records: Sequence[Record], found: Sequence[Answer] = ()) -> None:
    """Measured tables and answers on stdout, as wide as the terminal, wide enough in a file."""
    from rich.text import Text

    from bench.commands import answers, formats, latencies, queries, recovery, steps
    from bench.commands.columns import console as console_here
    from bench.commands.measured import by_workload, heading, table

    console = console_here()
    rest = answers.apart(records, found)
    under_load = [record for record in rest if record.procedure is None]
    asked, others = queries.apart(rest)
    stepwise = [record for record in others if record.procedure is not None]
    for part, shown_as in ((under_load, table), (stepwise, steps.table)):
        for group in by_workload(part):
            console.print(Text(heading(group), style="bold"))
            console.print(shown_as(group))
            console.print("")
    if not under_load and not stepwise:
        for group in by_workload(records):
            console.print(Text(heading(group), style="bold"))
    for line in recovery.lines(rest):
        console.print(line)
    for shown in queries.tables(asked):
        console.print(shown)
    for view in formats.views(under_load):
        console.print(view)
    for line in sizes(records):
        console.print(line)
    names = {record.workload.digest: record.workload.name for record in records}
    for answer in found:
        console.print(answers.view(answer, names=names))
    for shown in latencies.views(records, found):
        console.print(shown)


def sizes(records: Sequence[Record]) -> list[str]:
    """What a ladder of sizes shows: where the cliff lies, and how many records fit."""
    from results.cliff import ladders, outlook, shares

    lines = []
    for ladder in ladders(records):
        lines.append(ladder.text)
        record = next(r for r in records if r.engine.name == ladder.engine)
        lines += filter(None, [outlook(ladder, record), shares(record)])
    return ["", *lines] if lines else []


def show_sides(records: Sequence[Record]) -> None:
    """What an interleaved run shows of its two sides."""
    from bench.commands.compare import introduction, show
    from results.comparison import compare_sides

    click.echo("")
    for line in introduction([records]):
        click.echo(line)
    show(compare_sides(records))


def next_command(session: Session) -> str | None:
    """What most people do next with a run; None: nothing in it is evidence for a service."""
    from bench import engines

    good = [record for record in session.store.records if record.outcome == "ok"]
    if not any(engines.get(record.engine.name).evidence_for for record in good):
        return None
    if session.laboratory.request.versus:
        return f"bench compare {session.path}"
    command = "advisor recommend {} --results " + str(session.path.parent)
    names = list(
        dict.fromkeys(
            each.name if each.origin in ("", BUILT_IN) else each.origin
            for each in session.plan.workloads.values()
        )
    )
    if len(names) > 1:
        few = ", ".join(names[:_MOST_TOLD]) + ", …" * (len(names) > _MOST_TOLD)
        return f"{command.format('WORKLOAD')} (WORKLOAD: {few})"
    return command.format(*names)


def require_success(records: Sequence[Record], *, failed: Sequence[Record], run: Path) -> None:
    """CheckFailed when an engine gave wrong answers, or a planned trial failed.

    Trials on the way to the answer of a search or a curve may fail: that is part of the answer.
    """
    records = [record for record in records if record.was_tried]
    wrong = [record for record in records if record.outcome == "incorrect"]
    good = [record for record in records if record.outcome == "ok"]
    if wrong:
        raise CheckFailed(
            f"{len(wrong)} of {len(records)} trials are incorrect: {wrong[0].error}",
            hint="an engine that answers something else is not measured",
        )
    again = f"mend what failed, then repeat it: bench resume {run}"
    if not good:
        why = records[-1].error if records else "none ran"
        raise CheckFailed(f"no trial ended well: {why}", hint=again)
    if failed:
        first = failed[0]
        raise CheckFailed(
            f"{len(failed)} of {len(records)} trials failed, first "
            f"{first.engine.name} {first.trial.phase}: {first.outcome}: {first.error}",
            hint=again,
        )
