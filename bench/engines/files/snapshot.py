"""Files as a reader found them, while others replace and delete them.

A reader takes links of its own (hard links: no bytes are copied). What is replaced or deleted
meanwhile stays readable through them, as it does for a reader that holds a file open.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.engines.files import formats

if TYPE_CHECKING:
    from bench.engines.files.target import Files

# Within this time a second change may leave a directory's time as it is (the kernel's clock tick).
_TICK_NS = 20_000_000


class Snapshot:
    """One reader's links to the files of a dataset. Close it to give the space back."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._place = Path(tempfile.mkdtemp(prefix="reader-", dir=files.directory.parent))
        self._taken, self._moment_ns, self._sure = 0, 0, False
        self._main: list[Path] = []
        self.take()

    def changed(self) -> bool:
        """Whether a file may have come, gone or been replaced since the links were taken."""
        moment_ns = os.stat(self._files.directory).st_mtime_ns
        return not self._sure or moment_ns != self._moment_ns

    def take(self) -> None:
        """Link what is there now and forget the links before."""
        moment_ns = os.stat(self._files.directory).st_mtime_ns
        self._sure = time.time_ns() - moment_ns > _TICK_NS
        before = list(self._place.iterdir())
        main = self._linked()
        while main is None:  # a file went while it was looked for
            main = self._linked()
        self._main, self._moment_ns = main, moment_ns
        for old in before:
            shutil.rmtree(old)

    def paths(self, number: int) -> list[Path]:
        """The files of a table by its position; only those of the main table ever change."""
        return self._main if number == 0 else self._files.paths(number)

    def close(self) -> None:
        shutil.rmtree(self._place, ignore_errors=True)

    def _linked(self) -> list[Path] | None:
        """Links to the files of the main table; None: one went meanwhile."""
        self._taken += 1
        place = self._place / str(self._taken)
        place.mkdir()
        made = []
        for path in formats.files_of(self._files.directory, 0, self._files.form):
            link = place / path.name
            try:
                os.link(path, link)
            except FileNotFoundError:
                shutil.rmtree(place)
                return None
            except OSError:  # a file system without links: the file itself, as long as it lasts
                link = path
            made.append(link)
        return made
