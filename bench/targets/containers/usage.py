"""What a container's processes have used: from /proc, and from the service what /proc hides.

Where the container's first process is one of this machine, its family is read like any other
server's (bench/telemetry.py). Of what this user may not see there (the storage traffic of another
user's processes), and of containers in a virtual machine, the control group's own counters are
taken, through the API: CPU time, and bytes that reached the disk (not pages made dirty).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench import telemetry
from bench.targets.containers.daemon import Daemon
from bench.telemetry import ProcessUse
from workloads.errors import PlaceError


def use(daemon: Daemon, container: str, pid: int | None) -> ProcessUse:
    """Use so far. `pid`: the first process, where this machine shows it."""
    found = ProcessUse() if pid is None else telemetry.processes(pid)
    if found.cpu_s is not None and found.read_bytes is not None:
        return found
    counted = counters(_asked(daemon, container))
    return replace(
        found,
        cpu_s=counted.cpu_s if found.cpu_s is None else found.cpu_s,
        read_bytes=counted.read_bytes if found.read_bytes is None else found.read_bytes,
        write_bytes=counted.write_bytes if found.write_bytes is None else found.write_bytes,
        memory_bytes=counted.memory_bytes if found.memory_bytes is None else found.memory_bytes,
    )


def counters(stats: Mapping[str, Any]) -> ProcessUse:
    """The counters in an answer of `GET /containers/{id}/stats`; zero CPU time: not counted."""
    cpu_ns = (stats.get("cpu_stats") or {}).get("cpu_usage", {}).get("total_usage")
    traffic = (stats.get("blkio_stats") or {}).get("io_service_bytes_recursive") or []
    memory = stats.get("memory_stats") or {}
    cache = (memory.get("stats") or {}).get("inactive_file", 0)
    return ProcessUse(
        cpu_s=cpu_ns / 1e9 if cpu_ns else None,
        read_bytes=_bytes(traffic, "read"),
        write_bytes=_bytes(traffic, "write"),
        memory_bytes=memory["usage"] - cache if memory.get("usage") else None,
    )


def _bytes(traffic: list[Mapping[str, Any]], wanted: str) -> int | None:
    found = [int(entry["value"]) for entry in traffic if str(entry["op"]).lower() == wanted]
    return sum(found) if found else None


def _asked(daemon: Daemon, container: str) -> Mapping[str, Any]:
    from bench.targets.containers.daemon import as_place_error

    try:
        with as_place_error("the container service does not tell what was used"):
            found: Mapping[str, Any] = daemon.api.stats(container, stream=False, one_shot=True)
            return found
    except PlaceError:
        return {}  # not measured; whether the server still lives, its sessions tell
