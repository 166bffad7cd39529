"""`bench report`: an HTML page of one or more runs."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import click

from bench.commands.run import RESULTS
from workloads.errors import InputError, PlaceError

PAGE = "index.html"


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="[RUN…]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help=f"Directory that gets {PAGE}; made when it is not there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(runs: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """Write one self-contained page of the records of each RUN."""
    from results.answers import answers_below
    from results.pages import records_page
    from results.store import read

    asked = runs or (Path(RESULTS),)
    records = read(*asked)
    page = records_page(records, [a for path in asked for a in answers_below(path)])
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: this is a file", hint="--out names a directory")
    path = out / PAGE
    write(page, path)
    if as_json:
        shown = {"schema": 1, "page": str(path), "records": len(records), "bytes": len(page)}
        click.echo(json.dumps(shown, indent=2))
    else:
        click.echo(f"{path}: {len(records)} records")


def write(page: str, path: Path) -> None:
    """Write a page whole, or leave nothing of it. Raises PlaceError when the disk refuses."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # what a file name holds that is no text becomes ?
        draft.write_text(page, encoding="utf-8", errors="replace")
        draft.replace(path)
    except OSError as error:
        from results.store import place_hint

        with contextlib.suppress(OSError):
            draft.unlink()
        raise PlaceError(
            f"{path}: cannot be written: {error.strerror or error}",
            hint=place_hint(error, "--out"),
        ) from error
