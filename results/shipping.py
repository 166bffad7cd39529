"""`python -m results.shipping`: records of a run in the small form in which they are shipped.

Nothing of a record changes but its series over time, whose points are joined until few are left.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from results.lines import MOST_FILE_BYTES, document, encode
from results.reader import read
from results.record import Record
from results.series import thinned
from workloads.command import run
from workloads.errors import PlaceError

POINTS = 8


def shipped(records: Iterable[Record], *, points: int = POINTS) -> list[bytes]:
    """Lines of the records, the series of each joined to at most so many points."""
    return [encode(replace(r, series=thinned(r.series, most=points))) for r in records]


def files(lines: Sequence[bytes]) -> list[list[bytes]]:
    """The lines in as many files as are needed to keep each below `MOST_FILE_BYTES`."""
    found: list[list[bytes]] = [[]]
    size = 0
    for line in lines:
        size += len(line) + 1
        if found[-1] and size > MOST_FILE_BYTES:
            found.append([])
            size = len(line) + 1
        found[-1].append(line)
    return found


def write(lines: Sequence[bytes], file: Path) -> None:
    """The file as a whole, or as it was. Raises PlaceError when it cannot be written."""
    part = file.with_name(f"{file.name}.tmp")
    try:
        part.write_bytes(document(lines))
        os.replace(part, file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PlaceError(f"{file}: cannot be written: {error.strerror}") from error


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", "directory", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", help="One run of this name below it; otherwise a file for each workload.")
@click.option("--points", type=click.IntRange(1), default=POINTS, show_default=True)
def command(runs: tuple[Path, ...], directory: Path, name: str | None, points: int) -> None:
    """Write the records of RUNS… into a directory, a file for each workload, or as one run."""
    groups: dict[str, list[Record]] = {}
    for record in read(*runs):
        groups.setdefault(name or record.workload.name, []).append(record)
    if name is not None:  # files of one run are read together, whichever way they are named
        directory, groups = directory / name, {"records": groups[name]}
    directory.mkdir(parents=True, exist_ok=True)
    for group, records in groups.items():
        for number, lines in enumerate(files(shipped(records, points=points)), 1):
            file = directory / (f"{group}.ndjson" if number == 1 else f"{group}-{number}.ndjson")
            write(lines, file)
            click.echo(f"{file}: {len(lines)} records, {file.stat().st_size:,} bytes")


def main() -> None:
    group = click.Group(name="shipping")
    group.add_command(command, "ship")
    run(group, ["ship", *sys.argv[1:]])


if __name__ == "__main__":
    main()
