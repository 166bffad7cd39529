"""pandas over files: the baseline that a columnar engine is measured against.

The files are read once, when a session opens, and kept in memory; there is no other mode. Option
`format` as polars has it: parquet, ipc (Arrow), csv, ndjson.
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

if TYPE_CHECKING:
    from bench.engines.files.target import FilesTarget
    from bench.engines.seam import Place, Settings


@dataclass(frozen=True, slots=True)
class PandasEngine:
    """pandas over files."""

    name: str = "pandas"
    title: str = "pandas over files read into memory: the baseline for analytics"
    evidence_for: tuple[str, ...] = ("analytics",)
    baseline_of: str = "polars"
    places: tuple[str, ...] = ("in-process",)
    kinds: frozenset[str] = KINDS_OF_FILES
    in_process: bool = True
    resolution_ns: int = 100

    @property
    def unsupported(self) -> Mapping[str, str]:
        return UNSUPPORTED

    def available(self, place: Place) -> str | None:  # noqa: ARG002 - it has one place
        return None if find_spec("pandas") else "pip install 'pandas>=3'"

    def check(self, options: Mapping[str, str]) -> None:
        from bench.engines import require_options

        require_options(self.name, options, "format", "partitions")
        chosen(options, "format", FORMATS)
        partitions(options)

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
    def open(self, place: Place, settings: Settings) -> Iterator[FilesTarget]:  # noqa: ARG002
        from bench.engines.files.target import FilesTarget, directory
        from bench.engines.pandas.session import PandasDialer

        self.check(settings.options)
        form = chosen(settings.options, "format", FORMATS)
        yield FilesTarget(
            engine="pandas",
            settings=settings,
            directory=directory(settings, form),
            form=form,
            reading=PandasDialer,
            said={"mode": "eager"},
            cut=partitions(settings.options),
        )


ENGINE = PandasEngine()
