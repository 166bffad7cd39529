"""Which files hold records, which run is the newest, and which is the newest of a workload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from results.likeness import Likeness, alike
from results.lines import NOT_DECODED
from results.record import WorkloadRef
from workloads.errors import InputError

RECORDS_FILE = "records.ndjson"
FURTHER_FILES = "records-*.ndjson"
MANIFEST_FILE = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A run taken from a directory of `runs` runs. `likeness` None: it is of `workload` alone.

    `beside`: older runs of the same workload, newest first, with the engines that none of the
    newer ones measured.
    """

    run: Path
    runs: int
    likeness: Likeness | None
    workload: str
    beside: tuple[tuple[Path, tuple[str, ...]], ...] = ()


class _Created(msgspec.Struct):
    created_at: str


class _Engine(msgspec.Struct):
    name: str


class _Asked(msgspec.Struct):
    """What a line says of who was asked what. What is no load has a procedure."""

    workload: WorkloadRef
    engine: _Engine
    procedure: msgspec.Raw = msgspec.Raw(b"null")


def files(path: Path) -> list[Path]:
    """The records files at or below a path: a file, a run, a directory of runs or of files."""
    try:
        if path.is_file():
            return [path]
        if not path.exists():
            raise InputError(
                f"{path}: there is no such file or directory",
                hint="`bench run WORKLOAD --results DIR` makes one",
            )
        if _is_run(path):
            return run_files(path)
        runs = sorted(filter(_is_run, path.iterdir()))
        if runs:
            return [file for run in runs for file in run_files(run)]
        loose = sorted(path.glob("*.ndjson"))
        if not loose:
            raise InputError(
                f"{path}: no run in this directory",
                hint="give the directory that was given to `bench run --results`",
            )
        return loose
    except OSError as error:
        raise unreadable(path, error) from error


def run_files(run: Path) -> list[Path]:
    """The records files of one run, the oldest first."""
    further = sorted(run.glob(FURTHER_FILES), key=lambda file: (len(file.name), file.name))
    first = run / RECORDS_FILE
    return [first, *further] if first.exists() else further


def latest(directory: str | Path) -> Path:
    """The newest run with records in a directory of runs (or the run itself). InputError: none."""
    return _newest_first(Path(directory))[0]


def latest_of(directory: str | Path, workload: WorkloadRef) -> Choice:
    """The newest run in which that workload was measured under load, as it is now.

    Without one, the newest in which a workload of its name was measured; without that, too, the
    newest of all. InputError when no run has records.
    """
    runs = _newest_first(Path(directory))
    same: list[tuple[Path, tuple[str, ...]]] = []
    covered: set[str] = set()
    named: Path | None = None
    for run in runs:
        likeness, engines = _of(workload, run)
        if likeness == "same" and (fresh := engines - covered):
            same.append((run, tuple(sorted(fresh))))
            covered |= fresh
        elif likeness is not None:
            named = named or run
    if same:
        (run, _), *beside = same
        found = Choice(run=run, runs=len(runs), likeness="same", workload=workload.name)
        return replace(found, beside=tuple(beside))
    if named is not None:
        return Choice(run=named, runs=len(runs), likeness="changed", workload=workload.name)
    others = dict.fromkeys(line.workload.name for line in _asked(runs[0]))
    return Choice(run=runs[0], runs=len(runs), likeness=None, workload=", ".join(others))


def _of(workload: WorkloadRef, run: Path) -> tuple[Likeness | None, set[str]]:
    """How alike the workloads of a run's trials come, and the engines that had the likest."""
    engines: dict[Likeness, set[str]] = {}
    for line in _asked(run):
        likeness = alike(line.workload, workload)
        if likeness is not None:
            measured = bytes(line.procedure) == b"null"
            engines.setdefault(likeness, set()).update({line.engine.name} if measured else ())
    if engines.get("same"):
        return "same", engines["same"]
    return ("changed", engines["changed"]) if engines.get("changed") else (None, set())


def unreadable(path: Path, error: OSError) -> InputError:
    """The error for what the system does not let us read."""
    return InputError(
        f"{path}: cannot be read: {error.strerror or error}",
        hint="check the path and its permissions",
    )


def _is_run(path: Path) -> bool:
    return (path / MANIFEST_FILE).is_file() or (path / RECORDS_FILE).is_file()


def _newest_first(directory: Path) -> list[Path]:
    """The runs with records; loose records files are together one run."""
    try:
        found = {file.parent for file in files(directory) if file.stat().st_size}
    except OSError as error:
        raise unreadable(directory, error) from error
    if not found:
        raise InputError(
            f"{directory}: no records yet", hint="`bench run WORKLOAD --results DIR` makes some"
        )
    return sorted(found, key=_age, reverse=True)


def _age(run: Path) -> tuple[str, int, str]:
    """When a run began, by its manifest, as a directory may have been renamed; else its name."""
    try:
        moment = msgspec.json.decode((run / MANIFEST_FILE).read_bytes(), type=_Created).created_at
    except (OSError, *NOT_DECODED):
        moment = run.name
    # two of one second: 20260911T101500Z, 20260911T101500Z-2, …, 20260911T101500Z-10
    return moment.replace("-", "").replace(":", "")[:16], len(run.name), run.name


def _asked(run: Path) -> Iterator[_Asked]:
    """What the records of a run are of. Lines that are no records are left out here."""
    for line in _lines(run):
        try:
            yield msgspec.json.decode(line, type=_Asked)
        except NOT_DECODED:
            continue


def _lines(run: Path) -> Iterator[bytes]:
    for file in files(run):
        try:
            data = file.read_bytes()
        except OSError as error:
            raise unreadable(file, error) from error
        yield from filter(bytes.strip, data.split(b"\n"))
