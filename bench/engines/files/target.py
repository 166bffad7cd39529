"""A directory of files, as the parent process sees it; it does not import what reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from bench.engines.files import formats, writing
from bench.engines.seam import Counters, Description, Dialer, Loaded, LoadPlan, Settings
from workloads.datasets.seam import Dataset
from workloads.errors import PlaceError


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files of a dataset are, and their format; crosses to a worker process."""

    directory: Path
    dataset: Dataset
    form: str

    def path(self, number: int) -> Path:
        """The file of a table by its position."""
        return formats.file_of(self.directory, number, self.form)


@dataclass(slots=True, kw_only=True)
class FilesTarget:
    """Files of one dataset. `reading` opens them in a worker, `said` are the engine's settings."""

    engine: str
    settings: Settings
    directory: Path
    form: str
    reading: Callable[[Files], Dialer]
    said: Mapping[str, str] = field(default_factory=dict)
    files: Files | None = None
    rows: int | None = None

    def describe(self) -> Description:
        settings = {"format": self.form, "compression": formats.FORMATS[self.form].compression}
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
        loaded = writing.write(self.directory, plan, self.form)
        self.files = Files(self.directory, plan.dataset, self.form)
        return loaded

    def settle(self) -> None:
        """The files are synchronised when they are written, and never change."""

    def dialer(self) -> Dialer:
        return self.reading(self._loaded())

    def counters(self) -> Counters:
        """Bytes of the files: the rest is the worker's own use."""
        return Counters(stored_bytes=writing.stored_bytes(self.directory))

    def row_count(self) -> int:
        """As the file of the main table has it; counted once, as it does not change."""
        files = self._loaded()
        if self.rows is None:
            count = formats.FORMATS[self.form].rows
            self.rows = count(files.path(0), files.dataset.tables[0])
        return self.rows

    def _loaded(self) -> Files:
        if self.files is None:
            raise PlaceError(f"no {self.form} files were written", hint="call load first")
        return self.files


def directory(settings: Settings, form: str) -> Path:
    """A directory of its own below the working directory."""
    made = settings.workdir / form
    made.mkdir(parents=True, exist_ok=True)
    return made
