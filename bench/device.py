"""Whether the kernel counts truly what a process writes below a directory.

Bytes that a process has written (/proc/PID/io, getrusage) are counted when pages become dirty. A
file system with large folios counts the whole folio for one changed page: on Linux 6.18 with ext4
a synchronous write of 4 KiB inside a file of 1 MiB counts as 1 MiB. There, what a process hands
over in write calls is nearer to the truth (bench/telemetry.py). The disk's own counters are no
help: they hold what everybody on the machine writes.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_PROC = Path("/proc")
_BLOCK_BYTES = 4_096
_FILE_BYTES = 1 << 20
_TRIES = 8
# Metadata may add a block to each write; twice the true amount is still a true count.
_MOST = 2.0


def counts_writes_truly(directory: Path) -> bool | None:
    """Whether a process's written bytes are about what it wrote; None: it cannot be told."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".count-", dir=directory)
    except OSError:
        return None
    try:
        os.write(descriptor, bytes(_FILE_BYTES))
        os.fsync(descriptor)
        before = _written_bytes()
        for block in range(_TRIES):
            os.pwrite(descriptor, os.urandom(_BLOCK_BYTES), block * 8 * _BLOCK_BYTES)
            os.fsync(descriptor)
        after = _written_bytes()
    except OSError:
        return None
    finally:
        os.close(descriptor)
        os.unlink(name)
    if before is None or after is None or after == before:
        return None
    return after - before <= _MOST * _TRIES * _BLOCK_BYTES


def _written_bytes() -> int | None:
    try:
        lines = (_PROC / "self/io").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("write_bytes:")), None)
