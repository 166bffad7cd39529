"""`bench engines`: which engines can run here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bench.engines.seam import Engine

# Servers that storefit did not start: what must be said of them on the command line.
_ADDRESS = "its DSN or URL after --engine, and --allow-writes"
# What else a first run there does.
_AT_FIRST = {"container": "an image that is not here is pulled first"}
# Stands for an address when only asked whether everything but that is here; nobody calls it.
_SOME_ADDRESS = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Line:
    """One engine at one kind of place.

    baseline_of  the engine that is measured against it
    missing   the command that adds what is not here; None: it can run there
    needs     what a run must be given there, or None
    """

    engine: str
    title: str
    place: str
    default: bool
    evidence_for: tuple[str, ...]
    baseline_of: str | None
    kinds: tuple[str, ...]
    unsupported: dict[str, str]
    missing: str | None
    needs: str | None = None

    @property
    def name(self) -> str:
        """As it is written after `--engine`."""
        return f"{self.engine}@{self.place}"


def lines() -> list[Line]:
    """Every engine at every kind of place."""
    from bench import engines

    return [
        _line(engine, kind)
        for engine in map(engines.get, engines.names())
        for kind in engine.places
    ]


def _line(engine: Engine, kind: str) -> Line:
    from bench.engines.seam import Baseline, Place
    from workloads.spec.model import KINDS

    place = Place(kind=kind, address=_SOME_ADDRESS if kind == "remote" else None)
    return Line(
        engine=engine.name,
        title=engine.title,
        place=kind,
        default=kind == engine.places[0],
        evidence_for=engine.evidence_for,
        baseline_of=engine.baseline_of if isinstance(engine, Baseline) else None,
        kinds=tuple(kind for kind in KINDS if kind in engine.kinds),
        unsupported={kind: engine.unsupported[kind] for kind in KINDS if kind not in engine.kinds},
        missing=engine.available(place),
        needs=_ADDRESS if kind == "remote" else None,
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """Say which engines there are, where they run, and what would add those missing here.

    The reasons why an engine does not serve an operation are whole with --json.
    """
    found = lines()
    if as_json:
        shown = {
            "schema": 1,
            "engines": [asdict(line) for line in found],
            "query_sets": query_sets(),
        }
        click.echo(json.dumps(shown, indent=2))
        return
    for text in summary(found):
        click.echo(text)
    for _, each in groupby(found, key=lambda line: line.engine):
        click.echo("")
        for text in _told(tuple(each)):
            click.echo(text)
    click.echo("")
    for name, missing in query_sets().items():
        click.echo(f"queries:{name}: {'ready' if missing is None else missing}")


def query_sets() -> dict[str, str | None]:
    """Every set of queries, with the command that adds what is missing here; None: ready."""
    from workloads import queries

    return {name: queries.get(name).missing() for name in queries.names()}


def summary(found: Sequence[Line]) -> Iterator[str]:
    """What runs here at once, and the commands that would add the rest."""
    ready = [line for line in found if line.missing is None and line.evidence_for]
    here = [line.name for line in ready if line.needs is None]
    yield f"ready here:  {', '.join(here) or 'nothing'}"
    asked = [line.name for line in ready if line.needs is not None]
    if asked:
        yield f"ready for an address:  {', '.join(asked)}"
    commands: dict[str, list[str]] = {}
    for line in found:
        if line.missing is not None:
            commands.setdefault(line.missing, []).append(line.name)
    if commands:
        yield "not here; each command adds:"
    for missing, names in commands.items():
        yield f"  {missing}"
        yield f"      {', '.join(names)}"


def _evidence(line: Line) -> str:
    if line.baseline_of is not None:
        return f"{', '.join(line.evidence_for)}, as the baseline of {line.baseline_of} (when asked)"
    return ", ".join(line.evidence_for) or "nothing (not run by default)"


def _told(places: Sequence[Line]) -> Iterator[str]:
    """One engine: what it is, what it serves, and its places."""
    first = places[0]
    yield f"{first.engine}: {first.title}"
    yield f"  evidence for  {_evidence(first)}"
    served = ", ".join(first.kinds) if first.unsupported else "every kind"
    yield f"  operations    {served}"
    reasons: dict[str, list[str]] = {}
    for kind, reason in first.unsupported.items():
        reasons.setdefault(reason.split(":")[0], []).append(kind)
    for reason, kinds in reasons.items():
        yield f"  unsupported   {', '.join(kinds)}: {reason}"
    for line in places:
        mark = " (default)" if line.default else ""
        yield f"  {line.name}{mark}: {state(line) if line.missing is None else 'not here'}"


def state(line: Line) -> str:
    """Whether it can run there, and what it takes."""
    if line.missing is not None:
        return line.missing
    if line.needs is not None:
        return f"ready; give {line.needs}"
    return "; ".join(filter(None, ("ready", _AT_FIRST.get(line.place))))
