"""`advisor replay`: a year of traffic, minute by minute, through every plan that follows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from advisor.commands.inputs import (
    evidence,
    read_workload,
    results_option,
    set_option,
    weighed,
)
from workloads.errors import InputError

if TYPE_CHECKING:
    from advisor.case import Case
    from advisor.replay.options import Replayed
    from advisor.replay.provisioned import Serverless
    from advisor.replay.timeline import Floats


@click.command()
@click.argument("workload", required=False)
@click.option(
    "--trace",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Requests per second over time, instead of the workload's own traffic.",
)
@click.option(
    "--cpu",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="CPU % over time of --class, instead of a workload: what serverless would hold for it.",
)
@click.option("--class", "instance_class", metavar="CLASS", help="Such as db.r6g.xlarge.")
@results_option
@set_option
@click.option("--region", metavar="R", help="Region to price in, before the workload's own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    workload: str | None,
    trace: Path | None,
    cpu: Path | None,
    instance_class: str | None,
    results: tuple[Path, ...],
    settings: tuple[str, ...],
    region: str | None,
    as_json: bool,
) -> None:
    """Replay a year of WORKLOAD's traffic, or of a trace, minute by minute.

    For each plan: the band between a fast and a slow envelope of capacity units with pauses and
    resumes, what auto scaling holds and what is throttled meanwhile, and CPU credits.
    """
    if (workload is None) == (cpu is None) or (cpu is None) != (instance_class is None):
        raise InputError(
            "give a WORKLOAD, or --cpu FILE with --class CLASS",
            hint="`advisor replay book-store`, or `advisor replay --cpu cpu.csv --class db.r6g.large`",
        )
    if cpu is not None and instance_class is not None:
        _utilisation(cpu, instance_class, region, as_json=as_json)
        return
    from advisor.replay import options

    case, timeline = _case(workload or "", (results, settings), region, trace)
    found = options.replay(case, timeline)
    if as_json:
        click.echo(json.dumps(_document(case, timeline, found), indent=2, ensure_ascii=False))
        return
    click.echo(
        f"{case.workload.name}: a year of minutes, {timeline.mean():,.4g}/s on average, "
        f"{timeline.max():,.4g}/s at the peak"
    )
    for replayed in found:
        click.echo("\n".join(_lines(replayed)))


def _case(
    name: str,
    how: tuple[tuple[Path, ...], tuple[str, ...]],
    region: str | None,
    trace: Path | None,
) -> tuple[Case, Floats]:
    """The case, and its minutes: from the trace itself where there is one."""
    from dataclasses import replace

    from advisor.case import moved, prepare
    from advisor.replay import timeline

    results, settings = how
    declared = moved(read_workload(name, settings), region)
    if trace is not None:
        traffic = replace(
            declared.traffic, trace=str(trace.absolute()), mean_per_s=None, peak_per_s=None
        )
        declared = replace(declared, traffic=traffic)
    case = prepare(declared, weighed(evidence(results, declared), results), region=region)
    return case, timeline.of_case(case)


def _lines(found: Replayed) -> list[str]:
    """A plan in one line, and what the replay says of it."""
    from advisor.bill_text import money
    from advisor.explain import option_words
    from advisor.replay.words import said

    band = money(found.usd)
    if found.low_usd != found.usd or found.high_usd != found.usd:
        band += f", replayed {money(found.low_usd)} to {money(found.high_usd)}"
    pausing = ", auto-pause" if found.pausing else ""
    lines = [f"{found.option.service:<18} {band} USD  {option_words(found.option)}{pausing}"]
    out = [f"excluded, {found.excluded}"] if found.excluded else []
    return [*lines, *(f"    {words}" for words in (*out, *said(found)))]


def _document(case: Case, timeline: Floats, found: list[Replayed]) -> dict[str, Any]:
    from advisor.publication import option_json

    return {
        "schema": 1,
        "workload": case.workload.name,
        "minutes": len(timeline),
        "mean_per_s": float(timeline.mean()),
        "peak_per_s": float(timeline.max()),
        "options": [
            {
                "service": r.option.service,
                "option": option_json(r.option),
                "auto_pause": r.pausing,
                "excluded": r.excluded or None,
                "usd": r.usd,
                "replayed_usd": {"low": r.low_usd, "high": r.high_usd},
                "capacity_units": None if r.capacity is None else asdict(r.capacity),
                "provisioned": {name: asdict(held) for name, held in r.tables.items()},
                "cpu_credits": None if r.credits is None else asdict(r.credits),
            }
            for r in found
        ],
    }


def _utilisation(path: Path, instance_class: str, region: str | None, *, as_json: bool) -> None:
    from advisor import facts
    from advisor.bill_text import money
    from advisor.replay.provisioned import of_utilisation

    where = region or facts.REGIONS[0]
    if where not in facts.REGIONS:
        raise InputError(
            f"there are no prices for region '{where}'", hint=f"known: {', '.join(facts.REGIONS)}"
        )
    found: Serverless = of_utilisation(path, instance_class, where)
    if as_json:
        click.echo(json.dumps(asdict(found) | {"capacity": asdict(found.capacity)}, indent=2))
        return
    click.echo(
        f"{instance_class} at {100 * found.mean_utilisation:.3g} % CPU on average, as Aurora "
        f"Serverless in {where}: {found.capacity.fast:.3g} to {found.capacity.slow:.3g} ACU on "
        f"average, {money(found.low_usd)} to {money(found.high_usd)} USD a month of capacity\n"
        f"the class itself: {money(found.class_usd)} USD; the 95th percentile held all the time, as "
        f"a published calculator has it: {found.held_acu:g} ACU, {money(found.held_usd)} USD"
    )
