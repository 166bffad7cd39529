"""What processes have used, read from /proc: CPU, storage traffic, memory of a whole family.

A server's workers come and go. What an ended process has used is not lost: when its parent waits
for it, the kernel adds its CPU time to the parent's `cutime` and `cstime` and its storage traffic
to the parent's own (`wait_task_zombie` in the kernel's exit.c). So the use of a family, now and
ever, is the sum over its living processes of own and inherited use, read in a moment in which no
process ended. `processes` tries again until it found such a moment.

Kernel threads that write dirty pages back are not part of the family: `write_bytes` counts a page
when a process makes it dirty, not when it reaches the disk. Where a file system has large folios,
one changed page counts as a whole folio (bench/device.py); then `write_call_bytes` is nearer.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# A look takes well under a millisecond; a family that changes in every one of so many looks is
# spawning without pause, and then the last look is as good as any.
_ATTEMPTS = 12
# Where the fields lie behind the command name in /proc/PID/stat, see proc_pid_stat(5).
_PPID, _UTIME, _STIME, _CUTIME, _CSTIME = 1, 11, 12, 13, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessUse:
    """Cumulative use of families of processes. None: the system does not say.

    cpu_s         user and system CPU time, ended descendants included; steps of one clock tick
    read_bytes    fetched from storage (not from the page cache)
    write_bytes   handed to storage: pages made dirty, less those dropped before they were written
    read_calls    system calls that read, of any kind of file
    write_calls   system calls that wrote, of any kind of file
    write_call_bytes   handed over in such calls (what is sent to a socket or queued for
                  asynchronous writing is not; `wchar` in proc_pid_io(5))
    memory_bytes  proportional set size, shared pages divided among those who map them
    pids          the living members, the roots first
    """

    cpu_s: float | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    read_calls: int | None = None
    write_calls: int | None = None
    write_call_bytes: int | None = None
    memory_bytes: int | None = None
    pids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Times:
    """Clock ticks of one process: its own and those of descendants it has waited for."""

    parent: int
    own: int
    inherited: int


@dataclass(frozen=True, slots=True)
class _Traffic:
    """Storage traffic of one process and of the descendants it has waited for."""

    read_bytes: int
    write_bytes: int
    read_calls: int
    write_calls: int
    write_call_bytes: int


def processes(*roots: int, memory: bool = True, proc: Path = PROC) -> ProcessUse:
    """What the processes `roots` and all their descendants have used so far.

    `memory` reads the page tables of every member, which takes about 1 ms per GiB mapped. A root
    that does not live contributes nothing; without any living root, or without /proc, all is None.
    """
    for _ in range(_ATTEMPTS):
        times = _family(roots, proc)
        traffic = {pid: _traffic(pid, proc) for pid in times}
        if all(_inherited(pid, proc) == member.inherited for pid, member in times.items()):
            break
    if not times:
        return ProcessUse()
    sizes = [_memory(pid, proc) for pid in times] if memory else [None]
    flows = [flow for flow in traffic.values() if flow is not None]
    known = len(flows) == len(times)
    return ProcessUse(
        cpu_s=sum(t.own + t.inherited for t in times.values()) / os.sysconf("SC_CLK_TCK"),
        read_bytes=sum(flow.read_bytes for flow in flows) if known else None,
        write_bytes=sum(flow.write_bytes for flow in flows) if known else None,
        read_calls=sum(flow.read_calls for flow in flows) if known else None,
        write_calls=sum(flow.write_calls for flow in flows) if known else None,
        write_call_bytes=sum(flow.write_call_bytes for flow in flows) if known else None,
        memory_bytes=None if None in sizes else sum(size for size in sizes if size is not None),
        pids=tuple(times),
    )


def _family(roots: tuple[int, ...], proc: Path) -> dict[int, _Times]:
    """The living among `roots` and their living descendants, roots first.

    Every process is asked for its parent: not every kernel is built to list children.
    """
    if not proc.is_dir():
        return {}
    everyone = {
        int(entry): times
        for entry in os.listdir(proc)
        if entry.isdigit() and (times := _times(int(entry), proc)) is not None
    }
    children: dict[int, list[int]] = {}
    for pid, times in everyone.items():
        children.setdefault(times.parent, []).append(pid)
    found = dict.fromkeys(root for root in roots if root in everyone)
    waiting = list(found)
    for pid in waiting:
        fresh = [child for child in children.get(pid, ()) if child not in found]
        found.update(dict.fromkeys(fresh))
        waiting += fresh
    return {pid: everyone[pid] for pid in found}


def _inherited(pid: int, proc: Path) -> int | None:
    """Ticks a process has taken over from ended children: changes when one ends."""
    times = _times(pid, proc)
    return None if times is None else times.inherited


def _times(pid: int, proc: Path) -> _Times | None:
    """CPU time from /proc/PID/stat, whose command name may hold spaces and brackets."""
    try:
        text = (proc / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return _Times(
        int(fields[_PPID]),
        int(fields[_UTIME]) + int(fields[_STIME]),
        int(fields[_CUTIME]) + int(fields[_CSTIME]),
    )


def _traffic(pid: int, proc: Path) -> _Traffic | None:
    try:
        text = (proc / str(pid) / "io").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    values = {name: int(value) for name, value in (line.split(": ") for line in text.splitlines())}
    return _Traffic(
        values["read_bytes"],
        values["write_bytes"] - values["cancelled_write_bytes"],
        values["syscr"],
        values["syscw"],
        values["wchar"],
    )


def _memory(pid: int, proc: Path) -> int | None:
    """Proportional set size in bytes; 0 for a process that has ended, None if not ours to see."""
    try:
        text = (proc / str(pid) / "smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except PermissionError:
        return None
    sizes = [line.split()[1] for line in text.splitlines() if line.startswith("Pss:")]
    return int(sizes[0]) * 1024 if sizes else 0
