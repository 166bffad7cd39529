"""`advisor recommend`: which service fits a workload, at what cost, and why."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor import saved
from advisor.commands.inputs import (
    administration_option,
    evidence,
    read_workload,
    results_option,
    set_option,
    weighed,
    without_collection,
)
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from results.record import Record

# of the text: service and evidence, option, cost and confidence
ANSWER_LINES = 3


@click.command()
@click.argument("workload")
@results_option
@set_option
@administration_option
@click.option("--region", metavar="R", help="Region to price in, before the workload's own.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Also write a self-contained page.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--thorough", is_flag=True, help="Search the flips of every input, in finer steps.")
@click.option(
    "--confidence",
    "how_sure",
    type=click.Choice(["quick", "full"]),
    default="quick",
    show_default=True,
    help="Draws behind the confidence: 200 (2,000 with --thorough), or 10,000.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, metavar="N")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the recommendation here for `advisor explain` (default: the user's cache).",
)
def command(
    workload: str,
    results: tuple[Path, ...],
    settings: tuple[str, ...],
    without_administration: bool,
    region: str | None,
    report: Path | None,
    as_json: bool,
    thorough: bool,
    how_sure: str,
    seed: int,
    save: Path | None,
) -> None:
    """Say which service fits WORKLOAD (a built-in name or a file), at what cost, and why."""
    with nullcontext() if thorough else without_collection():
        from advisor import decision

        declared = read_workload(workload, settings)
        records = evidence(results, declared)
        decide = decision.thorough if thorough else decision.recommend
        usual = decision.THOROUGH_DRAWS if thorough else decision.DRAWS
        recommendation = decide(
            declared,
            weighed(records, results),
            region=region,
            administration=not without_administration,
            draws=decision.FULL_DRAWS if how_sure == "full" else usual,
            seed=seed,
        )
        document = decision.to_json(recommendation, today=date.today())
    if save is not None:
        saved.save(document, save)
        click.echo(f"saved: {save}", err=True)
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        from advisor import explain

        text = explain.text(recommendation, today=date.today())
        click.echo(text, nl=False)
    if report is not None:
        write_report(document, records, report)
    if save is None:
        _remember(document)
    if not as_json:
        # the answer's first lines again, where a terminal stands after the long text
        head = (line.strip().rstrip(";") for line in text.splitlines()[:ANSWER_LINES])
        click.echo(f"in short: {'; '.join(head)}", err=True)


def write_report(document: dict[str, Any], records: list[Record], path: Path) -> None:
    """Write the page of a recommendation and say where. Raises PlaceError."""
    from results.pages import recommendation_page
    from results.reader import reference

    saved.write_whole(path, recommendation_page(document, records or reference()))
    click.echo(f"report: {path}", err=True)


def _remember(document: dict[str, Any]) -> None:
    """Keep the recommendation in the user's cache and say so; a cache is not worth an error."""
    path = saved.default_path()
    try:
        saved.save(document, path)
    except PlaceError as error:
        click.echo(f"not saved for `advisor explain`: {error.message}", err=True)
    else:
        click.echo(f"saved for `advisor explain`: {path}", err=True)
