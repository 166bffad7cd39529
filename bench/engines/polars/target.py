"""Files for polars, as the parent process sees them; it does not import polars."""

from __future__ import annotations

from functools import partial

from bench.engines.files import FORMATS, chosen
from bench.engines.files.target import FilesTarget, directory
from bench.engines.polars import MODES, threads
from bench.engines.polars.session import THREADS_VARIABLE, PolarsDialer
from bench.engines.seam import Settings


def open_target(settings: Settings) -> FilesTarget:
    """A target in its own directory below the working directory."""
    form, mode = (
        chosen(settings.options, "format", FORMATS),
        chosen(settings.options, "mode", MODES),
    )
    count = threads(settings.options)
    return FilesTarget(
        engine="polars",
        settings=settings,
        directory=directory(settings, form),
        form=form,
        reading=partial(PolarsDialer, threads=count, mode=mode),
        said={THREADS_VARIABLE: str(count), "mode": mode},
    )
