"""Undoing what a target set up. Run as a script it is the keeper's process; standard library only.

An entry is what must be undone: a directory or a control group to remove, a process to stop, a
command to run. The script reads entries as JSON lines from its standard input, and undoes them, the last one first,
when a line says `end`, when the input ends, or when the process that started it dies, however.
What could not be undone is printed as a JSON list.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

Entry = dict[str, Any]

POLL_S = 0.005
# Where the system has no pidfd, the death of the parent is looked for so often.
PARENT_POLL_S = 0.2
KILL_PATIENCE_S = 5.0


SHARED_MEMORY = "/dev/shm/"


def undo(entries: list[Entry]) -> list[str]:
    """Undo all entries, the last one first; what failed, in words.

    Shared memory that only they had mapped goes with the processes: a server that is killed
    does not remove its segments itself.
    """
    segments = {path for entry in entries for pid in _pids(entry) for path in mapped(pid)}
    faults = []
    for entry in reversed(entries):
        try:
            _UNDOING[entry["kind"]](entry)
        except (OSError, subprocess.SubprocessError) as error:
            faults.append(f"{entry['kind']}: {type(error).__name__}: {error}")
    for path in segments:
        with suppress(OSError):
            os.unlink(path)
    return faults


def _pids(entry: Entry) -> list[int]:
    """Processes that end with an entry."""
    if entry["kind"] == "directory":
        return inhabitants(entry["path"])
    if entry["kind"] == "group":
        return members(entry["path"])
    return [entry["pid"]] if entry["kind"] == "process" else []


def mapped(pid: int) -> list[str]:
    """Shared memory segments that a process has mapped."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as lines:
            words = [line.split(maxsplit=5) for line in lines]
    except OSError:
        return []
    return [w[5].strip() for w in words if len(w) > 5 and w[5].startswith(SHARED_MEMORY)]


def _remove(entry: Entry) -> None:
    """Remove a directory tree, after whatever still works inside it."""
    import shutil

    path = entry["path"]
    for attempt in range(5):
        for pid in inhabitants(path):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(path, ignore_errors=attempt < 4)
        if not os.path.lexists(path):
            return
        time.sleep(0.05 * (attempt + 1))


def inhabitants(directory: str) -> list[int]:
    """Processes whose working directory lies in `directory`, other than this one."""
    found = []
    for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if entry.isdigit() and int(entry) != os.getpid():
            with suppress(OSError):
                where = os.readlink(f"/proc/{entry}/cwd").removesuffix(" (deleted)")
                if where == directory or where.startswith(directory + os.sep):
                    found.append(int(entry))
    return found


def _dissolve(entry: Entry) -> None:
    """Remove a control group when its processes are gone; those that stay too long are killed."""
    path, began_s = entry["path"], time.monotonic()
    while True:
        try:
            os.rmdir(path)
        except FileNotFoundError:
            return
        except OSError:
            waited_s = time.monotonic() - began_s
            if waited_s > entry["patience_s"] + KILL_PATIENCE_S:
                raise
            for pid in members(path) if waited_s > entry["patience_s"] else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(POLL_S)


def members(group: str) -> list[int]:
    """Processes in a control group."""
    try:
        with open(f"{group}/cgroup.procs", encoding="ascii") as lines:
            return [int(line) for line in lines]
    except OSError:
        return []


def _stop(entry: Entry) -> None:
    """Ask a process to stop, wait, and kill it when it did not."""
    pid, handle = entry["pid"], entry.get("handle")
    for number, patience_s in (
        (entry["signal"], entry["patience_s"]),
        (signal.SIGKILL, KILL_PATIENCE_S),
    ):
        try:
            if handle is not None:
                signal.pidfd_send_signal(handle, number)
            else:
                os.kill(pid, number)
        except ProcessLookupError:
            return
        if _ended(pid, handle, patience_s):
            return
    raise TimeoutError(f"process {pid} did not end")


def _ended(pid: int, handle: int | None, patience_s: float) -> bool:
    """Whether a process ended within `patience_s`."""
    if handle is not None:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(patience_s * 1000))
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # a child of ours is seen as ended only after this
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(POLL_S)
    return False


def _command(entry: Entry) -> None:
    """Run a command, its input given on standard input so that no secret is an argument."""
    subprocess.run(
        entry["argv"],
        input=entry["input"],
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=entry["patience_s"],
    )


_UNDOING = {"directory": _remove, "group": _dissolve, "process": _stop, "command": _command}


def handle_of(pid: int) -> int | None:
    """A handle that means this process even after its number was given to another one."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def read(line: bytes, entries: dict[int, Entry]) -> bool:
    """Take one line of input; False when it says that the end has come."""
    entry = json.loads(line)
    if entry["kind"] == "end":
        return False
    if entry["kind"] == "forget":
        entries.pop(entry["id"], None)
        return True
    if entry["kind"] == "process":
        entry["handle"] = handle_of(entry["pid"])
    entries[entry["id"]] = entry
    return True


def watch(parent: int) -> list[Entry]:
    """Collect entries until there is reason to undo them."""
    entries: dict[int, Entry] = {}
    source = sys.stdin.fileno()
    os.set_blocking(source, False)
    poll = select.poll()
    poll.register(source, select.POLLIN)
    watched = handle_of(parent)
    if watched is not None:
        poll.register(watched, select.POLLIN)
    rest = b""
    while True:
        poll.poll(None if watched is not None else PARENT_POLL_S * 1000)
        orphaned = os.getppid() != parent
        try:
            piece = os.read(source, 65536)
        except BlockingIOError:
            if orphaned:
                break
            continue
        *lines, rest = (rest + piece).split(b"\n")
        if not all(read(line, entries) for line in lines) or not piece:
            break
    return list(entries.values())


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    faults = undo(watch(int(sys.argv[1])))
    with suppress(BrokenPipeError):
        print(json.dumps(faults), flush=True)  # noqa: T201 - the answer to the parent


if __name__ == "__main__":
    main()
