"""What the commands that decide read: a workload, and the records to rest on."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workloads.command import PlacePath
from workloads.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.measured import Measured
    from results.record import Record
    from workloads.spec.model import Workload


@contextmanager
def without_collection() -> Iterator[None]:
    """No garbage collection meanwhile: a decision makes much and throws little away.

    What was made is frozen then, so that no later collection, the one at exit included, goes
    through it. Worth a tenth of the time of a cold recommendation.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


def results_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option `--results`, which may be given more than once."""
    return click.option(
        "--results",
        multiple=True,
        type=PlacePath(),
        metavar="DIR",
        help=(
            "Records to rest on: a run, or a directory of runs (of each engine its newest of "
            "WORKLOAD). Given several times, they are taken together. Without it: the shipped "
            "reference records."
        ),
    )(function)


def set_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option `--set`, which may be given more than once."""
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="INPUT=VALUE",
        help=(
            "Another value for one input of the workload, as its file would say it: "
            "needs.administration=own, traffic.peak=3000/s, operations.read.weight=50; "
            "`unknown` for none. May be given several times."
        ),
    )(function)


def administration_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The switch that leaves a team's own work out of the totals."""
    return click.option(
        "--without-administration",
        is_flag=True,
        help=(
            "Decide without the hours of a team that runs its own database (EC2): they are in no "
            "total, and services are ranked without them."
        ),
    )(function)


class Percent(click.FloatRange):
    """A percentage from 0 that is a number: neither NaN nor infinite."""

    name = "percent"

    def __init__(self) -> None:
        super().__init__(min=0.0)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number. Fails for what is no finite one."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number of percent", param, ctx)
        return number


def read_workload(source: str, settings: tuple[str, ...] = ()) -> Workload:
    """The workload of that name or file, with the inputs that were set; remarks go to stderr.

    Raises InputError.
    """
    from workloads import spec

    workload = spec.load(source, note=lambda remark: click.echo(f"note: {remark}", err=True))
    for setting in settings:
        workload = _with(workload, setting)
    for contradiction in spec.contradictions(workload) if settings else ():
        raise InputError(
            f"--set: {contradiction.path}: {contradiction.found}; allowed: {contradiction.allowed}"
        )
    return workload


def _with(workload: Workload, setting: str) -> Workload:
    """The workload with one input set from `PATH=VALUE`."""
    import yaml

    from workloads import spec

    path, equals, words = setting.partition("=")
    if not equals or not path.strip():
        raise InputError(
            f"--set {setting}: this is not INPUT=VALUE", hint="such as needs.administration=own"
        )
    try:
        value = None if words.strip() == "unknown" else yaml.safe_load(words)
    except yaml.YAMLError as error:
        raise InputError(f"--set {setting}: the value cannot be read") from error
    return spec.with_value(workload, path.strip(), value)


def evidence(paths: tuple[Path, ...], workload: Workload) -> list[Record]:
    """The records of these paths; empty without paths (then shipped records stand in).

    Of a directory of runs, the newest with records of the workload, and for engines that it did
    not measure the newest that did. What was taken goes to stderr. Raises InputError for a path
    that is missing, empty or damaged.
    """
    from results import reader

    if not paths:
        return []
    found: list[Record] = []
    for path in paths:
        found += _chosen(path, workload) if path.is_dir() else reader.read(path)
    return found


def weighed(records: list[Record], paths: tuple[Path, ...]) -> Measured:
    """The records taken apart, with the calibration that lies beside them, if one does.

    Raises InputError for a calibration that cannot be read, and for records without demand.
    """
    from advisor.measured import measure

    if not paths:
        return measure(records)
    from results import calibration

    found = calibration.beside(paths)
    used = [c for c in found if any(c.is_of(record.environment) for record in records)]
    for one in used:
        click.echo(f"speed of the machine: as calibrated on {one.made_at[:10]}", err=True)
    measured = measure(records, calibrations=used)
    if records and not (measured.samples or measured.storage or measured.refused):
        raise InputError(
            f"{', '.join(map(str, paths))}: none of {len(records)} records says what an operation "
            f"costs: nothing was completed in them",
            hint="measure with `bench run`, or leave --results out: shipped records are taken then",
        )
    return measured


def _chosen(directory: Path, workload: Workload) -> list[Record]:
    """The records of a run in a directory, after saying which.

    Engines that it did not measure come from older runs of the same workload.
    """
    from results import reader
    from results.record import WorkloadRef
    from results.runs import latest_of
    from workloads import spec

    asked = WorkloadRef(
        name=workload.name, digest=spec.digest(workload), document=spec.canonical_json(workload)
    )
    choice = latest_of(directory, asked)
    place = f"{choice.run}" if choice.runs == 1 else f"{choice.run}, of {choice.runs} runs"
    if choice.likeness == "same":
        said = f"records of {workload.name}: {place}"
    elif choice.likeness == "changed":
        said = (
            f"records of {workload.name}: {place}, from before its data or operations were "
            "changed; measured again, it would be surer"
        )
    else:
        said = (
            f"no records of {workload.name} in {directory}; taken instead, with more caution, "
            f"those of {choice.workload}: {place}"
        )
    click.echo(said, err=True)
    found = reader.read(choice.run)
    for run, engines in choice.beside:
        click.echo(f"records of {', '.join(engines)}, which it has not: {run}", err=True)
        found += [record for record in reader.read(run) if record.engine.name in engines]
    return found
