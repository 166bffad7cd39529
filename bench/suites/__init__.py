"""Suites: workloads x engines x loads x repetitions, and how long each part takes.

Each YAML file in this folder is one, found by its name; any other is named with its path. A suite
is data: it names workloads, engines (absent: every engine that is evidence and available, perhaps
only at some kinds of `places`) and loads; the matrix is expanded when a run is planned. `standard`
and `quick` also give the pace of a run of a single workload.
"""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from pathlib import Path

from bench.suites.reading import names_workloads
from bench.suites.reading import read as read
from bench.suites.varying import Setting, Vary
from workloads.errors import InputError

FOLDER = Path(__file__).parent
STANDARD = "standard"
QUICK = "quick"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much and how long, in one run.

    records, logical_bytes   most that is loaded
    checked                  answers compared before measuring
    precision                windows go on until their throughput is known to this half width, a
                             fraction of it (bench.runner.extend); None: they end as planned
    longest_s                windows end then, whatever they show; None: ten times as planned
    budget_s                 so long the whole run should take; None: as long as it takes
    search_s                 so long one search asks for further probes; None: 100 s
    """

    repetitions: int
    duration_s: float
    alone_s: float
    warmup_min_s: float
    warmup_max_s: float
    slice_s: float
    idle_s: float
    records: int
    logical_bytes: float
    checked: int
    precision: float | None = None
    longest_s: float | None = None
    budget_s: float | None = None
    search_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A matrix of trials. `engines` None: every engine that is evidence and available here.

    `places` None: wherever they run by default; else only those that run at such places, each at
    the first of them that is available.

    base         set on every workload before anything is varied
    options      of the engines, each `ENGINE.KEY=VALUE`
    vary         what is varied, and to what; one thing at a time from the base, or `is_matrix`:
                 every value of one with every value of the others
    memory_bytes   that engines may use which leave it to the system to keep what they read
    is_mix_only  the kinds of operation are not measured alone as well
    procedures   that follow the loads of the base (of a matrix: of every variant)
    quick        the suite as it is with `--quick`; None: at the pace of the suite `quick`
    """

    name: str
    description: str
    workloads: tuple[str, ...]
    engines: tuple[str, ...] | None
    places: tuple[str, ...] | None
    loads: tuple[str, ...]
    pace: Pace
    base: tuple[Setting, ...] = ()
    options: tuple[str, ...] = ()
    vary: tuple[Vary, ...] = ()
    is_matrix: bool = False
    is_mix_only: bool = False
    memory_bytes: int | None = None
    procedures: tuple[str, ...] = ()
    quick: Suite | None = None


def names() -> tuple[str, ...]:
    """Every suite, in alphabetical order."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@functools.cache
def get(name: str) -> Suite:
    """The suite of this name or file; InputError with the nearest spelling when there is none."""
    if name not in names() and is_suite(name):
        return read(Path(name))
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise InputError(f"there is no suite '{name}'", hint=f"{hint}suites: {', '.join(names())}")
    return read(FOLDER / f"{name}.yaml")


def is_suite(name: str) -> bool:
    """Whether there is a suite of this name, or a YAML file of this name that is one."""
    return name in names() or (
        Path(name).suffix in (".yaml", ".yml") and names_workloads(Path(name))
    )
