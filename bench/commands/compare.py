"""`bench compare`: say which figures of two runs, or of two sides of one, differ."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.commands.quantities import FACTOR
from workloads.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.metrics import Metric
    from results.record import Record

_FAIL_ON = {"slower": ("slower",), "faster": ("faster",), "different": ("slower", "faster")}
_METRICS = ("throughput", "p50", "p99", "cpu")


@click.command()
@click.argument(
    "runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN [RUN]"
)
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAIL_ON)),
    help="Leave with exit code 1 when any figure is so, or nothing could be compared.",
)
@click.option(
    "--metric",
    "names",
    multiple=True,
    type=click.Choice(_METRICS),
    help="Only these figures; may be repeated. Fewer questions are answered with more certainty.",
)
@click.option("--across-machines", is_flag=True, help="Compare runs of unlike machines.")
@click.option(
    "--least-effect",
    type=FACTOR,
    default="2%",
    show_default=True,
    metavar="X",
    help="Smaller differences are not shown, however certain.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    runs: tuple[Path, ...],
    fail_on: str | None,
    names: tuple[str, ...],
    across_machines: bool,
    least_effect: float,
    as_json: bool,
) -> None:
    """Compare a RUN (before) with another (after), or the two sides of one run.

    A directory of runs stands for the newest of them. One RUN alone must have two sides, as
    `bench run … --versus` measures them.
    """
    from results.comparison import compare, compare_sides
    from results.manifest import asked
    from results.store import latest, read

    if len(runs) > 2:
        raise InputError(f"{len(runs)} runs are named", hint="bench compare BEFORE AFTER")
    if least_effect < 0:
        raise InputError("--least-effect must not be negative", hint="write for instance 2%")
    paths = [latest(run) if run.is_dir() else run for run in runs]
    sides = [read(path) for path in paths]
    metrics = _chosen(names)
    if len(sides) == 1:
        compared = compare_sides(sides[0], least_effect=least_effect, metrics=metrics)
        if not compared:
            raise InputError(
                f"{paths[0]}: this run has one side only",
                hint="name a second run, or measure with `bench run … --versus WHAT`",
            )
    else:
        if paths[0].resolve() == paths[1].resolve():
            raise InputError(f"{paths[0]} is named twice", hint="bench compare BEFORE AFTER")
        compared = compare(
            *sides, across_machines=across_machines, least_effect=least_effect, metrics=metrics
        )
    if as_json:
        from bench.commands.compared import document

        click.echo(json.dumps({"schema": 1, "rows": document(compared)}, indent=2))
    else:
        for line in introduction(sides, [asked(path) for path in paths]):
            click.echo(line)
        show(compared)
    if fail_on is not None:
        require(compared, fail_on)


def introduction(
    sides: Sequence[Sequence[Record]], commands: Sequence[str | None] = ()
) -> list[str]:
    """What is compared with what; `commands` made the sides, where that is known."""
    if len(sides) == 1:
        first = sides[0][0]
        second = next(r for r in sides[0] if r.trial.variant is not None)
        return [f"{first.run}: as asked (before) and {second.trial.variant} (after), in pairs"]
    lines = []
    for name, records, command in zip_longest(("before", "after "), sides, commands):
        lines.append(f"{name}: {records[0].run}, {_engines(records)}")
        if command is not None:
            lines.append(f"        {command}")
    return [*lines, *_settings(*sides)]


def _settings(before: Sequence[Record], after: Sequence[Record]) -> list[str]:
    """Settings of an engine of both sides that differ."""
    first, second = _settings_of(before), _settings_of(after)
    lines = []
    for engine in first.keys() & second.keys():
        one, other = first[engine], second[engine]
        differing = [
            f"{name} {one.get(name, 'default')} -> {other.get(name, 'default')}"
            for name in sorted(one.keys() | other.keys())
            if one.get(name) != other.get(name)
        ]
        if differing:
            lines.append(f"{engine}: {', '.join(differing)}")
    return sorted(lines)


def _settings_of(records: Sequence[Record]) -> dict[str, dict[str, str]]:
    return {
        record.engine.name: {pair.name: pair.value for pair in record.engine.settings}
        for record in records
        if record.operations
    }


def show(compared: Sequence[Comparison]) -> None:
    """The table on stdout, as wide as the terminal, wide enough in a file."""
    from bench.commands.columns import console
    from bench.commands.compared import table

    console().print(table(compared))


def require(compared: Sequence[Comparison], fail_on: str) -> None:
    """CheckFailed when a verdict is one of those, or there is no verdict at all."""
    from bench.commands.compared import operation, percent

    found = [each for each in compared if each.verdict in _FAIL_ON[fail_on]]
    if found:
        worst = max(found, key=lambda each: abs(each.effect or 0.0))
        raise CheckFailed(
            f"{len(found)} of {len(compared)} figures are {fail_on}; the most: {worst.engine} "
            f"{operation(worst)} {worst.metric} {percent(worst.effect)} "
            f"({percent(worst.low)} .. {percent(worst.high)}, n = {worst.n})"
        )
    if all(each.verdict == "not comparable" for each in compared):
        raise CheckFailed(
            "nothing could be compared, so nothing was checked",
            hint=compared[0].reason if compared else "",
        )


def _chosen(names: Sequence[str]) -> tuple[Metric, ...]:
    from results.metrics import METRICS

    return tuple(metric for metric in METRICS if not names or metric.name in names)


def _engines(records: Sequence[Record]) -> str:
    found = dict.fromkeys(f"{r.engine.name} {r.engine.version}" for r in records if r.operations)
    return ", ".join(found) or "nothing was measured"
