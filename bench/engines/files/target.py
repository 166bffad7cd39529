"""A directory of files, as the parent process sees it; it does not import what reads them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from bench.engines.files import ONE_FILE, ageing, formats, reading, writing
from bench.engines.files.ageing import Part
from bench.engines.files.contents import Digest
from bench.engines.retention import (
    Backup,
    Contents,
    Grown,
    Restored,
    Space,
    bytes_below,
    damaged,
    private,
    require_way,
    synchronised,
)
from bench.engines.seam import (
    Counters,
    Description,
    Dialer,
    Expired,
    Loaded,
    LoadPlan,
    Settings,
)
from workloads.datasets.seam import Dataset
from workloads.errors import PlaceError


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files of a dataset are, and their format; crosses to a worker process.

    parts: of the main table where it is cut into several, in the order of the key.
    """

    directory: Path
    dataset: Dataset
    form: str
    parts: tuple[Part, ...] = ()

    def paths(self, number: int) -> list[Path]:
        """The files of a table by its position."""
        if number == 0 and self.parts:
            return [self.directory / part.name for part in self.parts]
        return [formats.file_of(self.directory, number, self.form)]


@dataclass(slots=True, kw_only=True)
class FilesTarget:
    """Files of one dataset. `reading` opens them in a worker, `said` are the engine's settings.

    cut    into so many files the main table is cut; 0: it is one
    grown  files that were added after loading
    """

    engine: str
    settings: Settings
    directory: Path
    form: str
    reading: Callable[[Files], Dialer]
    said: Mapping[str, str] = field(default_factory=dict)
    files: Files | None = None
    rows: int | None = None
    cut: int = 0
    plan: LoadPlan | None = None
    grown: int = 0

    def describe(self) -> Description:
        settings = {"format": self.form, "compression": formats.FORMATS[self.form].compression}
        if self.files is not None and self.files.parts:
            settings["partitions"] = f"{len(self.files.parts)} files by key"
        if self.form == "parquet":
            settings["row_group_rows"] = str(writing.ROW_GROUP_ROWS)
        return Description(
            engine=self.engine,
            version=version(self.engine),
            place="in-process",
            durability=self.settings.durability,
            settings=settings | dict(self.said),
        )

    def load(self, plan: LoadPlan) -> Loaded:
        self.files = self.rows = None
        loaded = writing.write(self.directory, plan, self.form, parts=self.cut)
        count = plan.dataset.row_count(plan.dataset.tables[0].name, plan.records)
        parts = writing.parts(self.directory, self.form, count, self.cut)
        self.files = Files(self.directory, plan.dataset, self.form, parts)
        self.plan, self.grown = plan, len(parts)
        return loaded

    def settle(self) -> None:
        """The files are synchronised when they are written, and never change."""

    def dialer(self) -> Dialer:
        return self.reading(self._loaded())

    def why_not_restarted(self) -> str | None:
        return None

    def restart(self, between: Callable[[Sequence[Path]], None]) -> float:
        """Nothing runs between sessions, and starting takes no time of its own."""
        between(self.data_files())
        return 0.0

    def data_files(self) -> Sequence[Path]:
        files = self._loaded()
        return [p for number in range(len(files.dataset.tables)) for p in files.paths(number)]

    def counters(self) -> Counters:
        """Bytes of the files: the rest is the worker's own use."""
        return Counters(stored_bytes=writing.stored_bytes(self.directory))

    def row_count(self) -> int:
        """As the files of the main table have it; counted once, as they do not change."""
        files = self._loaded()
        if self.rows is None:
            count = formats.FORMATS[self.form].rows
            self.rows = sum(count(path, files.dataset.tables[0]) for path in files.paths(0))
        return self.rows

    def expiry_ways(self) -> tuple[str, ...]:
        """`rewrite`, and `drop` where the main table is several files."""
        return ("rewrite", "drop") if self._loaded().parts else ("rewrite",)

    def expire(self, way: str, *, below_key: int) -> Expired:
        """Drop the files that lie below the key, or write anew what holds lower keys."""
        files = self._loaded()
        known = {"rewrite": None, "drop": None if files.parts else ONE_FILE}
        require_way(way, known, doing="expiring rows")
        main, stored = files.dataset.tables[0], writing.stored_bytes(self.directory)
        parts = self._parts()
        if way == "drop":
            empty = self._empty(parts) if parts[-1].stop <= below_key else ()
            left, gone, seconds = ageing.drop_below(self.directory, parts, below_key)
            left += empty
        else:
            left, gone, seconds = ageing.rewrite_below(
                self.directory, parts, main, self.form, below_key
            )
        self._changed(left)
        return Expired(
            rows=gone,
            seconds=seconds,
            log_bytes=None,
            stored_bytes_before=stored,
            stored_bytes_after=writing.stored_bytes(self.directory),
        )

    def grow(self, *, first_key: int, rows: int) -> Grown:
        """Write the next rows as a file of their own."""
        files, plan = self._loaded(), self.plan
        assert plan is not None
        parts, number = self._parts(), self.grown
        added, seconds = ageing.add_part(
            files.directory, plan, self.form, number=number, first_key=first_key, rows=rows
        )
        self.grown += 1
        self._changed((*parts, added))
        stored = writing.stored_bytes(self.directory)
        return Grown(rows=rows, seconds=seconds, log_bytes=None, stored_bytes_after=stored)

    def contents(self) -> Mapping[str, Contents]:
        """All rows as they are read back."""
        return _contents(self._loaded())

    def backup(self, way: str, space: Space) -> Backup:
        """A copy of the files."""
        files = self._loaded()
        require_way(way, {"copy": None}, doing="backing up")
        made = private(space, "copy-")
        begin_s = time.perf_counter()
        _copy(files, made)
        seconds = time.perf_counter() - begin_s
        return Backup(way=way, directory=made, seconds=seconds, made_bytes=bytes_below(made))

    def restore(self, backup: Backup, space: Space) -> Restored:
        """Copy the files to a place of their own and read them there."""
        made = private(space, "restored-")
        copy = replace(self._loaded(), directory=backup.directory)
        try:
            begin_s = time.perf_counter()
            _copy(copy, made)
            seconds = time.perf_counter() - begin_s
            found = _contents(replace(copy, directory=made))
        except (OSError, pa.ArrowException) as error:
            raise damaged(f"the copy cannot be read: {error}") from error
        finally:
            shutil.rmtree(made)
        return Restored(seconds=seconds, contents=found)

    def _parts(self) -> tuple[Part, ...]:
        """The files of the main table, one at least."""
        files, plan = self._loaded(), self.plan
        assert plan is not None
        if files.parts:
            return files.parts
        stop = files.dataset.row_count(files.dataset.tables[0].name, plan.records)
        return (Part(files.paths(0)[0].name, self.row_count(), stop),)

    def _empty(self, parts: tuple[Part, ...]) -> tuple[Part]:
        """A file without rows, there before the others go, for those who read meanwhile."""
        main, stop = self._loaded().dataset.tables[0], parts[-1].stop
        number, self.grown = self.grown, self.grown + 1
        return (ageing.empty_part(self.directory, main, self.form, number=number, stop=stop),)

    def _changed(self, parts: tuple[Part, ...]) -> None:
        self.files = replace(self._loaded(), parts=parts)
        self.rows = None

    def _loaded(self) -> Files:
        if self.files is None:
            raise PlaceError(f"no {self.form} files were written", hint="call load first")
        return self.files


def _contents(files: Files) -> Mapping[str, Contents]:
    found = {}
    for number, table in enumerate(files.dataset.tables):
        digest = Digest()
        for path in files.paths(number):
            for batch in reading.batches(path, table, files.form):
                digest.add(batch)
        found[table.name] = digest.contents()
    return found


def _copy(files: Files, into: Path) -> None:
    for number in range(len(files.dataset.tables)):
        synchronised(Path(shutil.copy(path, into)) for path in files.paths(number))
    synchronised((into,))


def directory(settings: Settings, form: str) -> Path:
    """A directory of its own below the working directory."""
    made = settings.workdir / form
    made.mkdir(parents=True, exist_ok=True)
    return made
