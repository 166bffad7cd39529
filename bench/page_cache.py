"""The system's own cache of files: letting go of what it holds of some, and how much that is.

No rights are needed: a program may say of any file that it reads that it will not need it again
(`posix_fadvise`), and ask whether a part could be read without the disk (`RWF_NOWAIT`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PAGE_BYTES = 4_096
# Looked at per file, evenly over its length.
_SAMPLES = 64


def evict(files: Iterable[Path]) -> bool:
    """Flush these files and let their pages go; False where the system cannot be told so.

    Pages that a process has mapped stay.
    """
    if not hasattr(os, "posix_fadvise"):
        return False
    for file in files:
        with suppress(OSError):  # it was removed meanwhile
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
    return True


def cached_share(files: Iterable[Path]) -> float | None:
    """The share of their bytes that the system holds in memory, from samples; None: it does not tell."""
    if not hasattr(os, "preadv") or not hasattr(os, "RWF_NOWAIT"):
        return None
    held = total = 0.0
    for file in files:
        try:
            share, size = _sampled(file)
        except OSError:
            continue
        held += share * size
        total += size
    return held / total if total else None


def _sampled(file: Path) -> tuple[float, int]:
    """The share of a file that is held, and its size. OSError where it cannot be told."""
    size = file.stat().st_size
    pages = size // _PAGE_BYTES
    if not pages:
        raise OSError("nothing to look at")
    places = sorted({at * pages // _SAMPLES for at in range(_SAMPLES)})
    hits = looked = 0
    descriptor = os.open(file, os.O_RDONLY)
    try:
        # reading ahead would bring in what is looked at next
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
        for place in places:
            if os.lseek(descriptor, place * _PAGE_BYTES, os.SEEK_DATA) != place * _PAGE_BYTES:
                continue  # nothing was ever written there
            looked += 1
            with suppress(BlockingIOError):
                os.preadv(descriptor, [bytearray(1)], place * _PAGE_BYTES, os.RWF_NOWAIT)
                hits += 1
    finally:
        os.close(descriptor)
    if not looked:
        raise OSError("nothing to look at")
    return hits / looked, size * looked // len(places)
