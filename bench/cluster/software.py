"""What a worker's machine runs, and whether that is what the parent runs.

The operations of a trial are a function of (seed, worker, workers) and of the code that computes
it: workers with another version of that code would ask something else, and nobody would notice.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

# The packages whose code decides what is asked and how it is timed.
_ROOMS = ("workloads", "results", "bench")
_LIBRARIES = ("numpy", "hdrhistogram")


@dataclass(frozen=True, slots=True)
class Software:
    """Versions; `code` is a digest of the modules themselves, for working copies."""

    python: str
    storefit: str
    code: str
    libraries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """`clock` is equal where the monotonic clock is the same, `reach` where files and sockets of
    this machine are too (not in another container). `cpus` that the process may use."""

    clock: str
    reach: str
    cpus: int


@dataclass(frozen=True, slots=True)
class Look:
    """Software and machine of one process."""

    software: Software
    machine: Machine


def look() -> Look:
    """Of this process. Takes some 50 ms: the modules are read."""
    return Look(software(), machine())


def software() -> Software:
    """Versions here."""
    return Software(
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        storefit=metadata.version("storefit"),
        code=_digest(Path(__file__).parents[2]),
        libraries=tuple((name, metadata.version(name)) for name in _LIBRARIES),
    )


def machine() -> Machine:
    """This machine, as far as processes of it can tell. No name of it leaves this process."""
    # changes with every start of the kernel and is the same in its containers
    boot = _read("/proc/sys/kernel/random/boot_id") or platform.node()
    seen = hashlib.sha256(boot.encode()).hexdigest()[:16]
    clock = f"{seen} {_namespace('time')}"
    cpus = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return Machine(clock, f"{seen} {_namespace('mnt')} {_namespace('net')}", cpus)


def difference(ours: Software, theirs: Software) -> str | None:
    """How a worker's software differs from ours in what matters, in words; None: not at all.

    >>> difference(Software("3.11", "1", "a", ()), Software("3.12", "1", "a", ()))
    'Python 3.12 there, 3.11 here'
    """
    pairs = [("Python", ours.python, theirs.python), ("storefit", ours.storefit, theirs.storefit)]
    here = dict(ours.libraries)
    pairs += [(name, here.get(name, "none"), version) for name, version in theirs.libraries]
    for name, mine, other in pairs:
        if mine != other:
            return f"{name} {other} there, {mine} here"
    if ours.code != theirs.code:
        return f"another working copy of storefit {ours.storefit} there"
    return None


def _digest(root: Path) -> str:
    found = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            found.update(path.relative_to(root).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _namespace(kind: str) -> str:
    """The kernel's number of a namespace of this process, see namespaces(7); empty elsewhere."""
    try:
        return os.readlink(f"/proc/self/ns/{kind}")
    except OSError:
        return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""
