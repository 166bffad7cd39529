"""`advisor explain`: walk a figure of a recommendation down to records and facts."""

from __future__ import annotations

import json
from pathlib import Path

import click
from msgspec.structs import asdict

from advisor import saved


@click.command()
@click.argument("figure", required=False, metavar="[ID]")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A saved recommendation (default: the last one).",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(figure: str | None, source: Path | None, as_json: bool) -> None:
    """Show where the figure ID comes from; without ID, list the figures."""
    from advisor import explain, ledger
    from advisor.publication import evidence_from

    path = source if source is not None else saved.default_path()
    evidence = evidence_from(saved.load(path))
    chosen = list(evidence) if figure is None else [e for _, e in ledger.chain(evidence, figure)]
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in chosen], indent=2, ensure_ascii=False))
    elif figure is not None:
        click.echo(explain.chain_text(evidence, figure), nl=False)
    else:
        for entry in chosen:
            click.echo(f"{entry.id:<58} {explain.value(entry.value)} {entry.unit}"[:96])
