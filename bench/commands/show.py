"""`bench show`: print the records of a run."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bench.commands.run import RESULTS, show_results


@click.command()
@click.argument("run", type=click.Path(path_type=Path), default=Path(RESULTS), metavar="[RUN|DIR]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(run: Path, as_json: bool) -> None:
    """Print what was measured in RUN, or in the newest run of a results directory."""
    from results import answers
    from results.manifest import asked
    from results.store import latest, read

    path = latest(run) if run.is_dir() else run
    records = read(path)
    found = answers.read(path)
    if as_json:
        from bench.commands.answers import document as answered
        from bench.commands.formats import document as formats
        from bench.commands.latencies import document as latencies
        from bench.commands.measured import document
        from bench.commands.queries import document as queries
        from bench.commands.recovery import document as recovery
        from bench.commands.steps import document as steps

        shown = {
            "schema": 1,
            "run": records[0].run,
            "path": str(path),
            "asked": asked(path),
            "rows": document(records),
            "procedures": steps(records),
            "recovery": recovery(records),
            "queries": queries(records),
            "formats": formats(records),
            "answers": answered(found),
            "latencies": latencies(records, found),
        }
        click.echo(json.dumps(shown, indent=2))
        return
    first = records[0]
    machine = first.environment
    click.echo(
        f"{first.run}: {len(records)} records, {first.started_at}; {machine.cpu_model}, "
        f"{machine.cpus} CPUs, {machine.memory_bytes / 2**30:.0f} GiB, {machine.disk or 'disk?'}"
    )
    command = asked(path)
    if command is not None:
        click.echo(f"asked: {command}")
    tried = sum(record.was_tried for record in records)
    evidence = sum(record.is_evidence for record in records)
    if evidence < tried:
        click.echo(f"{evidence} of {tried} trials are evidence; the others are marked below")
    show_results(records, found)
