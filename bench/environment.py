"""The machine and the software that a run is made on. No host name, no user, no path.

`environment(directory)` reads everything once; `directory` is where the data will lie, because
that disk is the one whose flushes count.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from bench.kernel import cpu_score, fsync_p50_s
from results.record import Environment, NameValue

_DISTRIBUTION = "storefit"
_PROC, _SYS = Path("/proc"), Path("/sys")
# What the directories of block devices are called, and what a person calls the disk.
_DISKS = {
    "nvme": "NVMe",
    "vd": "virtio",
    "xvd": "Xen",
    "sd": "SCSI or SATA",
    "mmcblk": "SD or eMMC",
}
_IN_MEMORY = ("tmpfs", "ramfs", "devtmpfs")


def environment(directory: Path, *, score_s: float = 0.3) -> Environment:
    """Everything a record says of this machine; takes about 2 x `score_s` and some flushes."""
    score = cpu_score(seconds=score_s, threads=cpu_count())
    info = _cpu_info()
    return Environment(
        cpu_model=info.get("model name") or platform.processor() or platform.machine(),
        cpu_family=_cpu_family(info),
        cpus=cpu_count(),
        hyper_threads=_hyper_threads(),
        memory_bytes=memory_bytes(),
        kernel=f"{platform.system()} {platform.release()}",
        system=_system(),
        virtualisation=_virtualisation(info),
        disk=disk_of(directory),
        fsync_p50_s=fsync_p50_s(directory),
        cpu_score_single=score.one_mb_per_s,
        cpu_score_all=score.all_mb_per_s,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        storefit=metadata.version(_DISTRIBUTION),
        commit=_commit(),
        packages=tuple(_packages()),
        cpu_free_share=score.free_share,
    )


@dataclass(frozen=True, slots=True)
class DataDisk:
    """The disk that an engine's data lies on, where it is not that of the results."""

    disk: str | None
    fsync_p50_s: float | None


def data_disk(place: str, elsewhere: Path | None) -> DataDisk | None:
    """The disk of an engine's data; None: it lies with the results.

    `elsewhere`: where else on this machine. Of a remote place's disk nothing is known, nor of a
    container's that does not show where its data lies.
    """
    if place == "remote" or (place == "container" and elsewhere is None):
        return DataDisk(None, None)
    if elsewhere is None:
        return None
    return DataDisk(disk_of(elsewhere), fsync_p50_s(elsewhere))


def with_disk(machine: Environment, found: DataDisk | None) -> Environment:
    """The machine as an engine with its data there has it."""
    if found is None:
        return machine
    return replace(machine, disk=found.disk, fsync_p50_s=found.fsync_p50_s)


def cpu_count() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_bytes() -> int:
    """Memory of the machine, or what this process's control group may use, if that is less."""
    import psutil

    total = int(psutil.virtual_memory().total)
    for file in ("cgroup/memory.max", "cgroup/memory/memory.limit_in_bytes"):
        limit = _read(_SYS / "fs" / file)
        if limit.isdecimal():
            return min(total, int(limit))
    return total


def disk_of(directory: Path) -> str | None:
    """Kind of disk and file system that a directory lies on: `NVMe, ext4`; None: unknown."""
    try:
        device = directory.stat().st_dev
    except OSError:
        return None
    number = f"{os.major(device)}:{os.minor(device)}"
    system = next((line[1] for line in _mounts() if line[0] == number), None)
    if system in _IN_MEMORY:
        return f"memory ({system}): flushing costs nothing"
    block = (_SYS / "dev/block" / number).resolve()
    kind = next(
        (
            title
            for part in reversed(block.parts)
            for prefix, title in _DISKS.items()
            if part.startswith(prefix)
        ),
        None,
    )
    spins = any(_read(b / "queue/rotational") == "1" for b in (block, block.parent))
    words = [kind, "rotating" if spins and kind != "virtio" else None, system]
    return ", ".join(word for word in words if word) or None


def _mounts() -> Iterator[tuple[str, str]]:
    """Device number and file system of every mount, see proc_pid_mountinfo(5)."""
    for line in _read(_PROC / "self/mountinfo").splitlines():
        mount, _, rest = line.partition(" - ")
        fields = mount.split()
        if len(fields) > 2 and rest:
            yield fields[2], rest.split()[0]


def _cpu_info() -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo."""
    first = _read(_PROC / "cpuinfo").split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _cpu_family(info: dict[str, str]) -> str:
    """What tells the microarchitecture: vendor, family and model, or ARM's part number."""
    if "cpu family" in info:
        vendor = info.get("vendor_id", "x86")
        return f"{vendor} family {info['cpu family']} model {info.get('model', '?')}"
    if "CPU part" in info:
        return f"ARM implementer {info.get('CPU implementer', '?')} part {info['CPU part']}"
    return platform.machine()


def _hyper_threads() -> bool | None:
    """Whether two of the processors share a core; None where the system does not say."""
    folder = _SYS / "devices/system/cpu"
    siblings = _read(folder / "cpu0/topology/thread_siblings_list")
    if siblings:
        return "," in siblings or "-" in siblings
    active = _read(folder / "smt/active")
    return active == "1" if active else None


def _virtualisation(info: dict[str, str]) -> str | None:
    """What the machine says it runs in; None on bare metal or where nothing is said."""
    maker = _read(_SYS / "class/dmi/id/sys_vendor")
    model = _read(_SYS / "class/dmi/id/product_name")
    guest = "hypervisor" in info.get("flags", "").split()
    found = " ".join(word for word in (maker, model) if word) if guest else ""
    if guest and not found:
        found = "virtual machine"
    container = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    return ", ".join(word for word in (found, "container" if container else "") if word) or None


def _system() -> str:
    for line in _read(Path("/etc/os-release")).splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return f"{platform.system()} {platform.release()}"


def _packages() -> Iterator[NameValue]:
    """Versions of what storefit is built on, as installed; zlib because it gives the CPU score."""
    import re
    import zlib

    names = {
        match[0]
        for requirement in metadata.requires(_DISTRIBUTION) or ()
        if (match := re.match(r"[A-Za-z0-9._-]+", requirement))
    }
    for name in sorted(names, key=str.lower):
        try:
            yield NameValue(name=name, value=metadata.version(name))
        except metadata.PackageNotFoundError:
            continue
    yield NameValue(name="zlib", value=zlib.ZLIB_RUNTIME_VERSION)


def _commit() -> str | None:
    """The commit that storefit runs from, with `+changes`; None when it is not a checkout."""
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():
        return None
    head = _git(root, "rev-parse", "HEAD")
    if not head:
        return None
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return f"{head}+changes" if changed else head


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
