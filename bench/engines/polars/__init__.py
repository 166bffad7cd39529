"""polars over files: analytics beside the store, and what each file format costs.

    format  parquet, ipc (Arrow), csv, ndjson
    mode    streaming  each operation reads what it needs of the files and works it off in small
                       pieces: data may be larger than memory
            lazy       the same plan, but what it needs is held in memory as a whole
            eager      the files are read once, when a session opens, and kept in memory

The files are immutable, so every kind that writes is unsupported. Points and ranges are served by
reading: Parquet's statistics leave row groups out, the other formats are read to their end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bench.engines.files import (
    FORMATS,
    KINDS_OF_FILES,
    UNSUPPORTED,
    chosen,
    expiry_ways,
    partitions,
)
from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.engines.polars.target import PolarsTarget
    from bench.engines.seam import Place, Settings

MODES = ("streaming", "lazy", "eager")  # the first is the default, as it is polars' own


@dataclass(frozen=True, slots=True)
class PolarsEngine:
    """polars over files."""

    name: str = "polars"
    title: str = "polars over files: Parquet, Arrow IPC, CSV or NDJSON"
    evidence_for: tuple[str, ...] = ("analytics",)
    places: tuple[str, ...] = ("in-process",)
    kinds: frozenset[str] = KINDS_OF_FILES
    in_process: bool = True
    query_language: str = "lazy frames"
    resolution_ns: int = 100

    @property
    def unsupported(self) -> Mapping[str, str]:
        return UNSUPPORTED

    def available(self, place: Place) -> str | None:  # noqa: ARG002 - it has one place
        return None if find_spec("polars") else "pip install 'polars>=2'"

    def check(self, options: Mapping[str, str]) -> None:
        from bench.engines import require_options

        require_options(self.name, options, "threads", "format", "mode", "partitions")
        chosen(options, "format", FORMATS)
        partitions(options)
        chosen(options, "mode", MODES)
        threads(options)

    def expiry_ways(
        self,
        place: Place,  # noqa: ARG002 - the same everywhere
        options: Mapping[str, str],
    ) -> Mapping[str, str | None]:
        return expiry_ways(options)

    def backup_ways(
        self,
        place: Place,  # noqa: ARG002 - the same with all
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        return {"copy": None}

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[PolarsTarget]:  # noqa: ARG002
        from bench.engines.polars.target import open_target

        self.check(settings.options)
        yield open_target(settings)


def threads(options: Mapping[str, str]) -> int:
    """polars' own threads in each worker process: one, unless asked for otherwise."""
    text = options.get("threads", "1")
    if not text.isdecimal() or not int(text):
        raise InputError(f"option threads: '{text}' is not a number of threads", hint="1 or more")
    return int(text)


ENGINE = PolarsEngine()
