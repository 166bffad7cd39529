"""`bench suites`: the suites."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bench.suites import Suite


def varied(suite: Suite) -> list[str]:
    """What a suite varies and does besides the loads, a line for each."""
    lines = []
    for each in suite.vary:
        values = ", ".join(each.values) or "; ".join(
            f"{engine} {', '.join(values)}" for engine, values in each.by_engine
        )
        lines.append(f"{each.axis}: {each.name} = {values}")
    if suite.procedures:
        lines.append(f"procedures: {', '.join(suite.procedures)}")
    return lines


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """List the suites: what each runs, how often and how long."""
    from bench import suites

    found = [suites.get(name) for name in suites.names()]
    if as_json:
        shown = {"schema": 1, "suites": [asdict(suite) for suite in found]}
        click.echo(json.dumps(shown, indent=2))
        return
    for suite in found:
        pace = suite.pace
        where = ", ".join(suite.engines) if suite.engines else "every engine available here"
        if suite.places:
            where += f" ({' or '.join(suite.places)})"
        click.echo(f"{suite.name}: {suite.description}")
        click.echo(f"  {', '.join(suite.workloads)} on {where}; load {', '.join(suite.loads)}")
        for line in varied(suite):
            click.echo(f"  {line}")
        click.echo(
            f"  {pace.repetitions} x {pace.duration_s:g} s (alone {pace.alone_s:g} s), "
            f"at most {pace.records:,} records"
        )
