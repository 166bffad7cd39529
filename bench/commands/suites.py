"""`bench suites`: the suites."""

from __future__ import annotations

import json
from dataclasses import asdict

import click


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
        click.echo(
            f"  {pace.repetitions} x {pace.duration_s:g} s (alone {pace.alone_s:g} s), "
            f"at most {pace.records:,} records"
        )
