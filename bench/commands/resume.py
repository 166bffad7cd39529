"""`bench resume`: go on with an interrupted run, and repeat what failed in it."""

from __future__ import annotations

from pathlib import Path

import click

from bench.commands.run import carry_out, read_words


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="TARGET",
    help="A target of the run again, with its password, which the run did not keep.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(run: Path, engines: tuple[str, ...], as_json: bool) -> None:
    """Do the planned trials of RUN that have no record yet, and those that failed."""
    from bench.runner.session import resume

    with resume(run, read_words, engines) as session:
        carry_out(session, as_json=as_json)
