"""Reading processes, against what the processes themselves know they used."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.telemetry import ProcessUse, processes

CPU_S = 0.6
WRITTEN_BYTES = 24 << 20
# Runs one child after the other, so that all use but its own is inherited from ended processes.
PARENT = """
import subprocess, sys
for _ in range({children}):
    print("ready", flush=True)
    sys.stdin.readline()
    done = subprocess.run([sys.executable, "-S", "-c", {child!r}], capture_output=True, text=True)
    print(done.stdout.strip(), flush=True)
print("ready", flush=True)
sys.stdin.readline()
"""
BUSY = f"""
import time
while time.process_time() < {CPU_S}:
    pass
print(time.process_time())
"""
WRITING = """
import os
descriptor = os.open({path!r}, os.O_CREAT | os.O_WRONLY)
os.write(descriptor, bytes({size}))
os.fsync(descriptor)
print(0)
"""


@contextmanager
def parent_of(child: str, *, children: int = 1) -> Iterator[subprocess.Popen[str]]:
    code = PARENT.format(children=children, child=child)
    parent = subprocess.Popen(
        [sys.executable, "-S", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert said(parent) == "ready"
        try:
            yield parent
        finally:
            parent.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def used(before: float | int | None, after: float | int | None) -> float:
    assert before is not None
    assert after is not None
    return after - before


def test_cpu_of_ended_children_counts() -> None:
    with parent_of(BUSY, children=2) as parent:
        before = processes(parent.pid)
        go_on(parent)
        own = float(said(parent))
        assert said(parent) == "ready"
        go_on(parent)
        own += float(said(parent))
        assert said(parent) == "ready"
        after = processes(parent.pid)
    assert after.pids == before.pids == (parent.pid,)
    # A child's start before its first instruction is not in its own account.
    assert used(before.cpu_s, after.cpu_s) == pytest.approx(own, rel=0.05, abs=0.04)


def test_cpu_of_living_children_counts() -> None:
    with parent_of("import time; time.sleep(60)") as parent:
        go_on(parent)
        while len(found := processes(parent.pid).pids) < 2:
            pass
    assert found[0] == parent.pid


def test_what_ended_children_wrote_counts(tmp_path: Path) -> None:
    file = tmp_path / "written"
    if _in_memory(tmp_path):
        file = Path.cwd() / ".written-by-a-test"
    code = WRITING.format(path=str(file), size=WRITTEN_BYTES)
    try:
        with parent_of(code) as parent:
            before = processes(parent.pid)
            go_on(parent)
            assert said(parent) == "0"
            after = processes(parent.pid)
    finally:
        file.unlink(missing_ok=True)
    assert used(before.write_bytes, after.write_bytes) == pytest.approx(WRITTEN_BYTES, rel=0.05)
    assert used(before.write_calls, after.write_calls) >= 1
    assert used(before.write_call_bytes, after.write_call_bytes) == pytest.approx(
        WRITTEN_BYTES, rel=0.05
    )


def _in_memory(directory: Path) -> bool:
    """Whether what is written there never reaches storage."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    where = [kind for mount, kind in mounts if directory.is_relative_to(mount)]
    return where[-1] in ("tmpfs", "ramfs")


def test_a_family_in_which_processes_end_all_the_time() -> None:
    """Use never goes back, however the look falls between the ends of children."""
    with parent_of("pass", children=400) as parent:
        seen = []
        for _ in range(12):
            go_on(parent)
            seen.append(processes(parent.pid, memory=False).cpu_s)
            said(parent)
            said(parent)
    assert seen == sorted(seen, key=lambda value: value or 0)


def test_memory_is_shared_out() -> None:
    own = processes(os.getpid())
    assert own.memory_bytes is not None
    # With numpy and pytest loaded: between 10 MB and what is resident.
    page = os.sysconf("SC_PAGE_SIZE")
    # with the children that pytest's plugins may have started
    resident = sum(
        int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in own.pids
    )
    assert 10_000_000 < own.memory_bytes <= resident * 1.5
    assert processes(os.getpid(), memory=False).memory_bytes is None


def test_roots_that_do_not_live() -> None:
    ended = subprocess.Popen([sys.executable, "-S", "-c", ""])
    ended.wait()
    assert processes(ended.pid) == ProcessUse()
    both = processes(ended.pid, os.getpid())
    assert both.cpu_s is not None
    assert ended.pid not in both.pids


def test_a_system_without_proc(tmp_path: Path) -> None:
    assert processes(os.getpid(), proc=tmp_path / "none") == ProcessUse()


def test_names_with_brackets_and_spaces(tmp_path: Path) -> None:
    """The command name in /proc/PID/stat may be anything."""
    for pid, parent, name in ((7, 1, "a) (b 1 2 3"), (8, 7, ")")):
        folder = tmp_path / str(pid)
        folder.mkdir()
        ticks = " ".join(["0"] * 9 + ["300", "100", "40", "60"] + ["0"] * 30)
        (folder / "stat").write_text(f"{pid} ({name}) S {parent} {ticks}")
        (folder / "smaps_rollup").write_text("Rss:  900 kB\nPss:  300 kB\n")
    found = processes(7, proc=tmp_path)
    assert found.pids == (7, 8)
    assert found.cpu_s == pytest.approx(2 * 500 / os.sysconf("SC_CLK_TCK"))
    assert found.memory_bytes == 2 * 300 * 1024
    assert found.read_bytes is None  # no `io` there: not measured, not nought
