"""The directory of a run: a manifest, and a file of records that is always whole.

    DIR/20260911T101500Z/run.json        what was planned (results/manifest.py)
                         records.ndjson  one record a line (results/lines.py);
                                         the next is records-2.ndjson
                         answers.json    what searches and curves found (results/answers.py)
                         run.lock        while a process writes

Every change goes to a temporary file beside the target, is flushed to the disk, and takes the
target's name in one step, so a reader, a crash or a full disk never meets half a record. What
a crash may leave behind ends in `.tmp` and is read by nobody.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from results import answers
from results import manifest as manifests
from results.answers import ANSWERS_FILE, Answer
from results.lines import MOST_FILE_BYTES, document, encode
from results.literature import published
from results.manifest import MANIFEST_SCHEMA, Manifest, PlannedTrial, RunPlan
from results.reader import in_order, read, records_of, reference
from results.record import Record
from results.runs import MANIFEST_FILE, RECORDS_FILE, latest, run_files
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

__all__ = [
    "PlannedTrial",
    "RunPlan",
    "RunStore",
    "create_run",
    "latest",
    "open_run",
    "published",
    "read",
    "reference",
    "table",
]

LOCK_FILE = "run.lock"
_WORTH_REPEATING = ("error", "timeout", "unstable")


def create_run(directory: str | Path, plan: RunPlan, *, now: datetime) -> RunStore:
    """A new, locked run below `directory`, named after the time (UTC).

    A second run within the same second gets `-2`; two processes never share a directory.
    PlaceError when the directory cannot be made or written; then nothing is left behind.
    """
    parent = Path(directory)
    path = _new_directory(parent, now.strftime("%Y%m%dT%H%M%SZ"))
    lock = _lock(path)
    manifest = Manifest(
        schema=MANIFEST_SCHEMA,
        run=path.name,
        created_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        plan=replace(plan, command=manifests.without_passwords(plan.command)),
    )
    try:
        _replace_file(path / MANIFEST_FILE, manifests.encode(manifest))
    except PlaceError:
        _unlock(path, lock)
        with contextlib.suppress(OSError):
            path.rmdir()
        raise
    return RunStore(path, manifest, lock)


def open_run(path: str | Path) -> RunStore:
    """An existing run, locked for going on with it.

    InputError when it is not a run or damaged; PlaceError when another process writes it. A lock
    left by a process that has ended is taken over.
    """
    run = Path(path)
    manifest = manifests.read(run / MANIFEST_FILE)
    lock = _lock(run)
    for torn in run.glob("*.tmp"):
        torn.unlink(missing_ok=True)
    try:
        parts = [records_of(file) for file in run_files(run)]
        known = answers.read(run)
    except InputError:
        _unlock(run, lock)
        raise
    records = tuple(in_order(record for part in parts for record in part))
    lines = [encode(record) for part in parts[-1:] for record in part]
    store = RunStore(run, manifest, lock)
    store.resume(records, files=max(len(parts), 1), lines=lines)
    store.answers = known
    return store


class RunStore:
    """One run that this process writes; a context manager that gives the lock back."""

    def __init__(self, path: Path, manifest: Manifest, lock: int) -> None:
        self.path = path
        self.manifest = manifest
        self.records: tuple[Record, ...] = ()
        self.answers: tuple[Answer, ...] = ()
        self._files = 1
        self._lines: list[bytes] = []  # of the file that is being filled
        self._lock: int | None = lock

    def resume(self, records: tuple[Record, ...], *, files: int, lines: list[bytes]) -> None:
        """Take over what the run's files hold already; `lines` are those of the last file."""
        self.records, self._files, self._lines = records, files, lines

    def append(self, record: Record) -> None:
        """Add a record; when this returns it is on the disk.

        ValueError when the record breaks its own types or its id is taken; PlaceError when the
        disk refuses, and then the earlier records are as they were.
        """
        if any(record.id == known.id for known in self.records):
            raise ValueError(f"record {record.id} exists already")
        if self._lock is None:
            raise ValueError(f"run {self.manifest.run} is closed")
        files, lines = self._files, [*self._lines, encode(record)]
        if len(lines) > 1 and sum(len(line) + 1 for line in lines) > MOST_FILE_BYTES:
            files, lines = files + 1, lines[-1:]
        _replace_file(self.path / _records_file(files), document(lines))
        self._files, self._lines = files, lines
        self.records = (*self.records, record)

    def conclude(self, answer: Answer) -> None:
        """Keep the answer to a planned search or curve; when this returns it is on the disk.

        PlaceError when the disk refuses, and then the earlier answers are as they were.
        """
        if self._lock is None:
            raise ValueError(f"run {self.manifest.run} is closed")
        whole = (*self.answers, answer)
        _replace_file(self.path / ANSWERS_FILE, answers.encode(whole))
        self.answers = whole

    def record_id(self, number: int) -> str:
        """The id of the record of trial `number`: RUN.NNN."""
        return f"{self.manifest.run}.{number:03d}"

    def next_part_id(self, number: int) -> str:
        """The id of the next record of a trial that takes several: RUN.NNN.01, …"""
        mine = f"{self.record_id(number)}."
        return f"{mine}{sum(record.id.startswith(mine) for record in self.records) + 1:02d}"

    def remaining(self) -> tuple[PlannedTrial, ...]:
        """Planned trials that left neither a record of their own nor an answer, in their order."""
        done = {record.id for record in self.records}
        done |= {self.record_id(answer.trial) for answer in self.answers}
        trials = self.manifest.plan.trials
        return tuple(trial for trial in trials if self.record_id(trial.number) not in done)

    def failed(self) -> tuple[Record, ...]:
        """Records of planned trials that failed in a way that another attempt may not.

        Wrong answers are an answer; parts of a search or curve belong to theirs.
        """
        planned = {self.record_id(trial.number) for trial in self.manifest.plan.trials}
        return tuple(r for r in self.records if r.outcome in _WORTH_REPEATING and r.id in planned)

    def withdraw(self, records: Sequence[Record]) -> None:
        """Take records out of the run, so that their trials remain to be made.

        PlaceError when the disk refuses; those that are left out by then stay out.
        """
        gone = {record.id for record in records}
        last = self.path / _records_file(self._files)
        for file in run_files(self.path):
            known = records_of(file)
            lines = [encode(record) for record in known if record.id not in gone]
            if len(lines) < len(known):
                _replace_file(file, document(lines))
            if file == last:
                self._lines = lines
        self.records = tuple(record for record in self.records if record.id not in gone)

    def close(self) -> None:
        """Give the lock back; further calls do nothing."""
        if self._lock is not None:
            _unlock(self.path, self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def table(*paths: str | Path) -> pa.Table:
    """The records of `read` as an Arrow table with declared types, whatever is None in them."""
    from results.table import of_records

    return of_records(read(*paths))


def _records_file(number: int) -> str:
    return RECORDS_FILE if number == 1 else f"records-{number}.ndjson"


def _new_directory(parent: Path, name: str) -> Path:
    attempt = 1
    while True:
        path = parent / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()
        except FileExistsError as error:
            if not parent.is_dir():
                raise PlaceError(
                    f"{parent}: a file is where the results directory should be",
                    hint="give another directory with --results",
                ) from error
            attempt += 1
        except OSError as error:
            raise _refused(path, error) from error
        else:
            return path


def _lock(path: Path) -> int:
    """Take the run's lock and write this process's id into it; PlaceError when it is held.

    The kernel frees the lock of a process that ends, so a lock file that can be locked is stale
    whatever id it holds.
    """
    file = path / LOCK_FILE
    while True:
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _refused(file, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise _held(path, holder) from error
        if _is_still(file, descriptor):
            break
        os.close(descriptor)  # its holder removed it between our two calls
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        os.close(descriptor)
        raise _refused(file, error) from error
    return descriptor


def _unlock(path: Path, descriptor: int) -> None:
    # removed while held: whoever opened it meanwhile sees that the name is gone and tries again
    with contextlib.suppress(OSError):
        (path / LOCK_FILE).unlink()
    os.close(descriptor)


def _is_still(file: Path, descriptor: int) -> bool:
    try:
        named = file.stat()
    except OSError:
        return False
    opened = os.fstat(descriptor)
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)


def _held(path: Path, holder: str) -> PlaceError:
    if holder.isdigit() and not _is_alive(int(holder)):
        return PlaceError(
            f"{path}: process {holder} that wrote this run has ended, a child of it still runs",
            hint="wait for the child to end, or start a new run",
        )
    return PlaceError(
        f"{path}: process {holder or 'unknown'} is writing this run",
        hint="wait for it to end, or start a new run",
    )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _replace_file(file: Path, data: bytes) -> None:
    """Give `file` this content in one step, or leave it as it was and raise PlaceError."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise _refused(file, error) from error


def _refused(path: Path, error: OSError) -> PlaceError:
    return PlaceError(
        f"{path}: cannot be written: {error.strerror or error}",
        hint=place_hint(error, "--results"),
    )


def place_hint(error: OSError, option: str) -> str:
    """What helps where a file cannot be written; `option` names the directory on the command line."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"free some space, or give a directory on another disk with {option}"
    return f"give a directory that can be written with {option}"
