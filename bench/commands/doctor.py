"""`bench doctor`: what this machine has of what storefit needs.

Needed are a machine that can measure and the engines that come with storefit. Servers that may be
installed beside it are optional: without one, its workloads are measured on the others.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.commands.run import RESULTS
from workloads.command import PlacePath
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from results.record import Environment

_LEAST_FREE_BYTES = 2 << 30
_LEAST_MEMORY_BYTES = 1 << 30
# Places of engines that are installed with storefit.
_COMES_ALONG = ("in-process", "embedded")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `ok` None: only said, not judged.

    optional   nothing fails for want of it
    """

    name: str
    ok: bool | None
    found: str
    hint: str = ""
    optional: bool = False


@click.command()
@click.option(
    "--results",
    type=PlacePath(),
    default=Path(RESULTS),
    show_default=True,
    metavar="DIR",
    help="Where runs would be kept: this disk is looked at.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(results: Path, as_json: bool) -> None:
    """Check this machine: processors, memory, disk, clock, and which engines run."""
    from bench.environment import environment

    place = results if results.is_dir() else _existing(results)
    machine = environment(place)
    found = [*_machine(machine, place), *_engines(), *_query_sets()]
    lacking = [check for check in found if check.ok is False]
    failed = [check for check in lacking if not check.optional]
    missing = [check.name for check in lacking if check.optional]
    if as_json:
        shown = {
            "schema": 1,
            "ok": not failed,
            "environment": _plain(machine),
            "checks": [asdict(check) for check in found],
        }
        click.echo(json.dumps(shown, indent=2))
    else:
        for check in found:
            click.echo(f"{_mark(check)} {check.name}: {check.found}")
            if check.hint:
                click.echo(f"     {check.hint}")
        if missing:
            click.echo(f"optional and not here: {', '.join(missing)}")
        if not failed:
            click.echo("this machine can measure; `bench run book-store --quick` is a first look")
    if failed:
        raise PlaceError(
            f"{len(failed)} of {len(found)} checks failed: {', '.join(c.name for c in failed)}",
            hint=next((c.hint for c in failed if c.hint), failed[0].found),
        )


def _mark(check: Check) -> str:
    """`ok`, `no`, `opt` for what is missing and optional, nothing for what is only said."""
    if check.ok is False:
        return "opt " if check.optional else "no  "
    return "ok  " if check.ok else "    "


def _machine(machine: Environment, place: Path) -> Iterator[Check]:
    import shutil
    import time

    threads = {True: ", hyper-threads", False: ", one thread a core", None: ""}
    scores = f"{machine.cpu_score_single or 0:.1f} MB/s deflated on one"
    yield Check(
        "processors",
        None,
        f"{machine.cpus} x {machine.cpu_model} ({machine.cpu_family})"
        f"{threads[machine.hyper_threads]}; {scores}, {machine.cpu_score_all or 0:.1f} on all",
    )
    gib = machine.memory_bytes / 2**30
    enough = machine.memory_bytes >= _LEAST_MEMORY_BYTES
    yield Check("memory", enough, f"{gib:.1f} GiB", "" if enough else "1 GiB is the least")
    free = shutil.disk_usage(place).free
    roomy = free >= _LEAST_FREE_BYTES
    hint = "" if roomy else "2 GiB are needed for a full run; --results names another disk"
    yield Check("disk", roomy, f"{machine.disk or 'unknown'}, {free / 2**30:.1f} GiB free", hint)
    flush = machine.fsync_p50_s
    yield Check(
        "flush",
        flush is not None,
        "cannot be measured" if flush is None else f"fsync of 4 KiB takes {flush * 1e3:.3f} ms",
        "" if flush is not None else "the results directory must be writable",
    )
    clock = time.get_clock_info("perf_counter")
    fine = clock.resolution <= 1e-6
    yield Check("clock", fine, f"{clock.implementation}, {clock.resolution * 1e9:.0f} ns")


def _engines() -> Iterator[Check]:
    """Engines at their default places, the other places only said.

    What needs programs from elsewhere (its default place is neither in this process nor in a
    package of Python) is optional.
    """
    from bench.commands.engines import lines, state

    for line in lines():
        ready = line.missing is None
        judged = ready if line.default and line.evidence_for and not line.needs else None
        yield Check(
            line.name,
            judged,
            state(line),
            optional=line.place not in _COMES_ALONG,
        )


def _query_sets() -> Iterator[Check]:
    """Sets of queries whose data can be made here."""
    from bench.commands.engines import query_sets

    for name, missing in query_sets().items():
        found = "ready" if missing is None else missing
        yield Check(f"queries:{name}", missing is None, found, optional=True)


def _existing(path: Path) -> Path:
    """The nearest directory above that exists."""
    return next((folder for folder in path.absolute().parents if folder.is_dir()), Path("/"))


def _plain(machine: Environment) -> object:
    import msgspec

    return msgspec.to_builtins(machine)
