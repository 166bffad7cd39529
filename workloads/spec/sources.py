"""Where a workload comes from: a built-in name, a YAML file, or a foreign file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from workloads import catalogue, importers
from workloads.errors import InputError
from workloads.spec.faults import Fault, as_error, nearest, printable, shown
from workloads.spec.model import Workload
from workloads.spec.reading import notes_on, read_yaml

BUILT_IN = "built-in"
LARGEST_FILE_BYTES = 256 * 1024
OWN_ENDINGS = frozenset({".yaml", ".yml", ".json"})  # JSON is YAML
FORBIDDEN_IN_NAMES = str.maketrans(dict.fromkeys("/\\", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A workload and what its reader should know: properties not used, names not known."""

    workload: Workload
    notes: tuple[str, ...] = ()


def load(source: str | Path, *, note: Callable[[str], object] | None = None) -> Workload:
    """The workload of a built-in name, a workload file, or a foreign file (`workloads.importers`).

    A text is a built-in name first; write `./book-store` for a file of that name. `note` is
    called with each remark on a file that is right (a property that is not used).
    Raises WorkloadFaults for a wrong file, InputError when there is none.
    """
    reading = read(source)
    if note is not None:
        for remark in reading.notes:
            note(remark)
    return reading.workload


def read(source: str | Path) -> Reading:
    """As `load`, with the remarks."""
    if isinstance(source, str) and source in catalogue.names():
        content = catalogue.path(source).read_bytes()
        workload = read_yaml(content, path=f"{BUILT_IN} {source}", stem=source)
        return Reading(workload=replace(workload, origin=BUILT_IN))
    path = Path(source)
    content = _content(path, str(source))
    shown_path = printable(str(source))
    importer = None
    if path.suffix.lower() not in OWN_ENDINGS:
        importer = importers.recognise(path.name, content)
    if importer is not None:
        imported = importer.read(content, path=shown_path, name=_stem(path))
        workload = replace(imported.workload, origin=str(source))
        return Reading(workload=workload, notes=imported.notes)
    workload = replace(read_yaml(content, path=shown_path, stem=_stem(path)), origin=str(source))
    notes = notes_on(workload)
    if workload.data.file is not None:
        from workloads.spec.own_data import completed

        workload, more = completed(workload, path=shown_path)
        notes += more
    return Reading(workload=workload, notes=notes)


def trace_path(workload: Workload) -> Path | None:
    """Where the trace file is: relative to the workload's file. None when it names none."""
    return _beside(workload, workload.traffic.trace)


def data_path(workload: Workload) -> Path | None:
    """Where the file of its data is, as `trace_path`."""
    return _beside(workload, workload.data.file)


def _beside(workload: Workload, named: str | None) -> Path | None:
    if named is None:
        return None
    from_file = workload.origin not in ("", BUILT_IN)
    return Path(workload.origin).parent / named if from_file else Path(named)


def _content(path: Path, source: str) -> bytes:
    if not source:
        raise InputError("no workload is named", hint=_near(source))
    try:
        if path.is_dir():
            raise InputError(
                f"{shown(source)} is a directory, not a workload file", hint=_files(path)
            )
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            found = f"larger than {LARGEST_FILE_BYTES // 1024} KiB"
            fault = Fault(line=0, key="file", found=found, allowed="a workload file")
            raise as_error([fault], path=printable(source))
        return content
    except FileNotFoundError as cause:
        raise InputError(f"there is no workload {shown(source)}", hint=_near(source)) from cause
    except (OSError, ValueError) as cause:  # ValueError: a null character in a path
        reason = getattr(cause, "strerror", None) or "not a path"
        raise InputError(f"{shown(source)} cannot be read: {reason}", hint=_near(source)) from cause


def _near(source: str) -> str:
    near = nearest(Path(source).stem if "\0" not in source else source, catalogue.names())
    listed = f"give a path, or one of {', '.join(catalogue.names())}"
    return f"did you mean '{near}'? Otherwise {listed}" if near else listed


def _files(folder: Path) -> str:
    try:
        names = sorted(p.name for p in folder.iterdir() if p.suffix in OWN_ENDINGS)
    except OSError:
        names = []
    return f"it holds {', '.join(names[:5])}" if names else "give the path of a file"


def _stem(path: Path) -> str:
    """The name of a workload that gives itself none: printable, one line."""
    text = path.stem.translate(FORBIDDEN_IN_NAMES)
    text = "".join(c if c.isprintable() else " " for c in text).strip()[:80].strip()
    return text or "workload"
