"""Files for polars, as the parent process sees them; it does not import polars."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bench.engines.files import FORMATS, chosen, partitions
from bench.engines.files.target import FilesTarget, directory
from bench.engines.polars import MODES, threads
from bench.engines.polars.questions import PolarsQuestioner
from bench.engines.polars.session import THREADS_VARIABLE, PolarsDialer
from bench.engines.seam import Loaded, Settings

if TYPE_CHECKING:
    from workloads.queries.seam import Tables


@dataclass(slots=True, kw_only=True)
class PolarsTarget(FilesTarget):
    """Files of one dataset, or of the tables of a query set."""

    mode: str

    def take(self, tables: Tables) -> Loaded:
        """Nothing is to be done: the files are read where they are."""
        stored = tables.stored_bytes()
        return Loaded(rows=sum(tables.rows), logical_bytes=0, stored_bytes=stored, seconds=0.0)

    def questioner(self, tables: Tables, *, limit_s: float) -> PolarsQuestioner:  # noqa: ARG002
        """What does not end in time is ended from outside."""
        return PolarsQuestioner(tables, self._question_threads(), self.mode)

    def question_settings(self) -> Mapping[str, str]:
        return {
            "threads": str(self._question_threads()),
            "mode": self.mode,
            "format": "parquet, as the query set writes it",
        }

    def _question_threads(self) -> int:
        """One query at a time may use every processor, unless the option says otherwise."""
        options = self.settings.options
        return threads(options) if "threads" in options else os.cpu_count() or 1


def open_target(settings: Settings) -> PolarsTarget:
    """A target in its own directory below the working directory."""
    form, mode = (
        chosen(settings.options, "format", FORMATS),
        chosen(settings.options, "mode", MODES),
    )
    count = threads(settings.options)
    return PolarsTarget(
        engine="polars",
        settings=settings,
        directory=directory(settings, form),
        form=form,
        reading=partial(PolarsDialer, threads=count, mode=mode),
        said={THREADS_VARIABLE: str(count), "mode": mode},
        mode=mode,
        cut=partitions(settings.options),
    )
