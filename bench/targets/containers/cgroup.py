"""The limits of a process's control group, as the kernel has them: cgroups(7), both versions.

Version 1: memory.limit_in_bytes, cpu.cfs_quota_us, cpu.cfs_period_us in a tree of each controller.
Version 2: memory.max and cpu.max (`quota period`) in one tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROC, TREE = Path("/proc"), Path("/sys/fs/cgroup")
# Version 1 says "no limit" as the largest number of pages.
_UNLIMITED_BYTES = 1 << 60


@dataclass(frozen=True, slots=True)
class Applied:
    """Limits in force; infinite: none. None: the kernel does not show them to this process."""

    cpus: float | None = None
    memory_bytes: float | None = None


def applied(pid: int, *, proc: Path = PROC, tree: Path = TREE) -> Applied:
    """The limits of the control group that a process is in."""
    cpu, memory = _group(pid, "cpu", proc, tree), _group(pid, "memory", proc, tree)
    return Applied(_cpus(cpu), _memory(memory))


def holds(pid: int, container: str, *, proc: Path = PROC) -> bool:
    """Whether a process of this machine is the container's: its control group bears the id."""
    return container in _read(proc / str(pid) / "cgroup")


def _group(pid: int, controller: str, proc: Path, tree: Path) -> Path:
    """The directory of a controller's group of a process: of its own tree, or of the one tree."""
    unified = ""
    for line in _read(proc / str(pid) / "cgroup").splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return tree / controller / path.lstrip("/")
        if not names:
            unified = path
    return tree / unified.lstrip("/")


def _cpus(group: Path) -> float | None:
    quota, period = _read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")
    if not quota:
        quota, _, period = _read(group / "cpu.max").partition(" ")
    if not quota:
        return None
    # no limit is written as -1 or `max`
    return int(quota) / int(period) if quota.isdecimal() else float("inf")


def _memory(group: Path) -> float | None:
    text = _read(group / "memory.limit_in_bytes") or _read(group / "memory.max")
    if not text:
        return None
    return int(text) if text.isdecimal() and int(text) < _UNLIMITED_BYTES else float("inf")


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
