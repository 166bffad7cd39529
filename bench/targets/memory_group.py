"""A bound on memory for what runs on this machine without a container: a control group of ours.

The kernel counts the pages of files in it, too, so that data stops fitting where the bound is. A
page belongs to the group whose process first brought it in: what others had read before must be
let go first (bench/page_cache.py).

Version 1 of control groups has a tree for memory, version 2 one tree in which a group may have
others below it or processes, not both: there ours stands beside the nearest group above this
process whose children have the controller. See cgroups(7).
"""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.targets.keeper import Keeper
from workloads.errors import PlaceError

PROC, TREE = Path("/proc"), Path("/sys/fs/cgroup")
_MEMBERS = "cgroup.procs"
HINT = (
    "as root, as an ordinary user with systemd-run --user --scope before the command, or in a"
    " container (--engine ENGINE@container)"
)
# A program that is not run before it is let go, when it is where it belongs.
_WAITING = ("/bin/sh", "-c", 'read go && exec "$@" < /dev/null', "sh")
_PROBED_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """A control group and the most memory that its processes may take together."""

    path: Path
    memory_bytes: int

    def admit(self, pid: int) -> None:
        """Move a process there; what it starts later is there, too. PlaceError when refused."""
        try:
            (self.path / _MEMBERS).write_text(str(pid))
        except ProcessLookupError:
            return  # it has ended
        except OSError as error:
            raise _refused(f"a process cannot be moved: {error.strerror}") from error

    def read_through(self, files: Sequence[Path]) -> None:
        """Bring files into memory, as far as they fit, counted here."""
        if files:
            with subprocess.Popen(
                waiting(["cat", "--", *map(os.fspath, files)]),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a file that was removed meanwhile is no matter
            ) as child:
                self.release(child)

    def release(self, child: subprocess.Popen[bytes]) -> None:
        """Admit a process that was started as `waiting` says, and let it go."""
        assert child.stdin is not None
        try:
            self.admit(child.pid)
        except PlaceError:
            child.kill()
            raise
        finally:
            with suppress(OSError), child.stdin:
                child.stdin.write(b"\n")
            child.stdin = None  # it is closed, and of nobody's interest any more


def waiting(argv: Sequence[str]) -> list[str]:
    """A command that waits for a line on its standard input, then becomes `argv`."""
    return [*_WAITING, *argv]


@contextmanager
def bounded(memory_bytes: int) -> Iterator[MemoryGroup]:
    """A group that is removed at the end, and when storefit dies. PlaceError where none can be."""
    with Keeper() as keeper:
        made = _made(_parent(PROC, TREE), keeper, memory_bytes)
        yield made


@functools.cache
def why_not() -> str | None:
    """None where memory can be bounded here, else what is missing; found out by trying."""
    try:
        with bounded(_PROBED_BYTES) as made:
            made.read_through([Path(os.devnull)])
    except PlaceError as error:
        return error.message
    return None


def _made(parent: Path, keeper: Keeper, memory_bytes: int) -> MemoryGroup:
    path = parent / f"storefit-{os.urandom(6).hex()}"
    keeper.group(path)
    try:
        path.mkdir()
        _limit(path, memory_bytes)
    except OSError as error:
        raise _refused(f"none can be made in {parent}: {error.strerror}") from error
    return MemoryGroup(path, memory_bytes)


def _limit(path: Path, memory_bytes: int) -> None:
    """Bound memory, and leave no swap beside it where there is such a limit."""
    first = path / "memory.limit_in_bytes"
    if first.exists():
        first.write_text(str(memory_bytes))
        both = path / "memory.memsw.limit_in_bytes"
        if both.exists():
            both.write_text(str(memory_bytes))
        return
    (path / "memory.max").write_text(str(memory_bytes))
    swap = path / "memory.swap.max"
    if swap.exists():
        swap.write_text("0")


def _parent(proc: Path, tree: Path) -> Path:
    """Where a group of ours belongs. PlaceError where there is no such place."""
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError as error:
        raise _refused("this system has none") from error
    own = Path("/")
    for line in lines:
        _, names, path = line.split(":", 2)
        if "memory" in names.split(","):
            return tree / "memory"
        if not names:
            own = Path(path)
    above = [
        tree / str(p).lstrip("/") for p in (*own.parents, *([own] if own == own.parent else ()))
    ]
    for group in above:
        if _hands_down(group) and os.access(group, os.W_OK):
            return group
    if any(_hands_down(group) for group in above):
        raise _refused("no group above this process may be written to")
    raise _refused("the controller of memory is not enabled above this process")


def _hands_down(group: Path) -> bool:
    """Whether the children of a group have the controller of memory."""
    try:
        return "memory" in (group / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False


def _refused(why: str) -> PlaceError:
    return PlaceError(f"control groups: {why}", hint=HINT)
