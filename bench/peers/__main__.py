"""`python -m bench.peers`: hold the contests, write the figures and the page."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.peers import contests
from workloads.command import run
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.peers.contests import Contest
    from bench.peers.figures import Figure, Machine
    from results.record import Environment

DOCS = Path(__file__).parents[2] / "docs" / "explanation"
PAGE, FIGURES = "peers.md", "peers.json"
_ROUNDS, _WINDOW_S = 6, 2
_QUICK_ROUNDS, _QUICK_WINDOW_S = 2, 1


@click.command()
@click.option(
    "--only",
    type=click.Choice(contests.names()),
    multiple=True,
    help="Hold these contests; the page stays as it is.",
)
@click.option("--quick", is_flag=True, help="Two short rounds on little data; writes no page.")
@click.option("--rounds", type=click.IntRange(1, 100), help=f"Rounds (default {_ROUNDS}).")
@click.option("--strict", is_flag=True, help="A peer that is not installed is an error.")
@click.option(
    "--docs",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=DOCS,
    help=f"Directory of {PAGE} and {FIGURES}.",
)
def command(
    only: tuple[str, ...], quick: bool, rounds: int | None, strict: bool, docs: Path
) -> None:
    """Measure storefit's driver beside pgbench, sysbench and bare loops on this machine.

    Every server is started in a private directory and removed. A whole run, without --quick and
    --only, writes its figures into the documentation.
    """
    strict = strict or os.environ.get("STOREFIT_STRICT") == "1"
    held, missing = _present(only or contests.names(), strict=strict)
    start_s = time.monotonic()
    machine, figures = _hold(
        held, rounds=rounds or (_QUICK_ROUNDS if quick else _ROUNDS), quick=quick
    )
    _tell(f"{len(figures)} figures in {time.monotonic() - start_s:.0f} s")
    for reason in missing:
        _tell(f"not measured: {reason}")
    from bench.peers import page
    from bench.peers.figures import FIGURES_SCHEMA, Found, save

    found = Found(
        schema=FIGURES_SCHEMA,
        machine=machine,
        rounds=rounds or (_QUICK_ROUNDS if quick else _ROUNDS),
        window_s=_QUICK_WINDOW_S if quick else _WINDOW_S,
        quick=quick,
        figures=tuple(figures),
        missing=tuple(missing),
    )
    click.echo(page.block(found))
    if quick or only:
        return
    path = docs / PAGE
    text = page.written(path.read_text(encoding="utf-8"), found)
    save(found, docs / FIGURES)
    path.write_text(text, encoding="utf-8")
    _tell(f"written: {PAGE} and {FIGURES}")


def _present(names: tuple[str, ...], *, strict: bool) -> tuple[list[Contest], list[str]]:
    """The contests that can be held here; why the others cannot. PlaceError when strict."""
    held, missing = [], []
    for name in names:
        contest = contests.get(name)
        reason = contest.missing()
        if reason is None:
            held.append(contest)
        else:
            missing.append(f"{contest.title} ({reason})")
    if missing and strict:
        raise PlaceError(f"not every peer is here: {'; '.join(missing)}", hint="install it")
    return held, missing


def _hold(held: list[Contest], *, rounds: int, quick: bool) -> tuple[Machine, list[Figure]]:
    from bench.driver import crew
    from bench.environment import environment
    from bench.peers.ground import Ground
    from bench.targets.keeper import Keeper

    figures: list[Figure] = []
    load_average = os.getloadavg()[0]
    # beside the code, as a run's data lies below its results: the system's may be memory
    place = Path(tempfile.mkdtemp(prefix=".peers-", dir=Path.cwd()))
    with Keeper() as keeper, crew.scratch_kept():
        keeper.directory(place)
        found = environment(place)
        crew.warm_up()
        ground = Ground(
            directory=place,
            environment=found,
            rounds=rounds,
            window_s=_QUICK_WINDOW_S if quick else _WINDOW_S,
            quick=quick,
            tell=_tell,
        )
        for contest in held:
            _tell(contest.title)
            figures += contest.hold(ground)
    return _machine(found, load_average), figures


def _machine(found: Environment, load_average: float) -> Machine:
    from bench.peers.figures import Machine

    return Machine(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        cpu_model=found.cpu_model,
        cpus=found.cpus,
        memory_bytes=found.memory_bytes,
        kernel=found.kernel,
        virtualisation=found.virtualisation,
        disk=found.disk,
        fsync_p50_s=found.fsync_p50_s,
        python=found.python,
        storefit=found.storefit,
        commit=found.commit,
        load_average=load_average,
    )


def _tell(text: str) -> None:
    click.echo(text, err=True)


def main() -> None:
    group = click.Group(name="peers")
    group.add_command(command, "hold")
    run(group, ["hold", *sys.argv[1:]])


if __name__ == "__main__":
    main()
