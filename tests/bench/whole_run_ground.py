"""A whole `bench run` on somebody's server, as a process of its own: what it writes, says, shows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SUITE = """
schema: 1
name: tiny
description: As short as a run can be
workloads: [{workload}]
engines: [{engine}]
loads: ["closed:2"]
repetitions: 1
duration: {duration} s
alone: 0.1 s
warmup: 0.1 s .. 0.2 s
slice: 50 ms
idle: 0.1 s
records: 2k
bytes: 4 MiB
checked: 60
"""
# From the moment Python starts until the arguments are overwritten, on a busy machine.
_HIDDEN_AFTER_S = 20.0


@dataclass(slots=True)
class Run:
    """A run under way with everything it writes below `directory`; what it said is in `said`."""

    password: str
    process: subprocess.Popen[bytes]
    directory: Path

    def ended(self, *, within_s: float) -> bool:
        """Wait for its end, which may not come; meanwhile nobody can see the password."""
        until_s = time.monotonic() + within_s
        while self.process.poll() is None:
            assert self.visible() == [], "the password can be read"
            if time.monotonic() > until_s:
                return False
            time.sleep(0.05)
        return True

    def has_arguments(self) -> bool:
        """Whether the system shows its arguments yet, or the process is over."""
        if self.process.poll() is not None:
            return True
        return b"bench" in Path(f"/proc/{self.process.pid}/cmdline").read_bytes()

    def visible(self) -> list[str]:
        """Where among all processes the password can be read."""
        found = []
        for entry in Path("/proc").iterdir():
            for name in ("cmdline", "environ", "comm") if entry.name.isdigit() else ():
                try:
                    if self.password.encode() in (entry / name).read_bytes():
                        found.append(f"{entry.name}/{name}")
                except OSError:
                    continue
        return found

    def said(self) -> str:
        """What it wrote to the terminal."""
        return (self.directory / "said").read_text()

    def files(self) -> dict[str, bytes]:
        """Everything it has written or said."""
        return {
            str(file.relative_to(self.directory)): file.read_bytes()
            for file in self.directory.rglob("*")
            if file.is_file()
        }


def started(
    dsn: str,
    password: str,
    directory: Path,
    *,
    duration_s: float,
    workload: str = "book-store",
) -> Run:
    """A run whose password is hidden by now."""
    for name in ("results", "tmp"):
        (directory / name).mkdir()
    suite = directory / "tiny.yaml"
    engine = dsn.partition(":")[0]
    suite.write_text(SUITE.format(engine=engine, duration=duration_s, workload=workload))
    argv = [sys.executable, "-m", "bench", "run", str(suite), "--engine", dsn]
    argv += ["--allow-writes", "--results", str(directory / "results")]
    with open(directory / "said", "wb") as said:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            # A shell that starts the tests in its background has it ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env={**os.environ, "TMPDIR": str(directory / "tmp")},
        )
    run = Run(password, process, directory)
    deadline_s = time.monotonic() + _HIDDEN_AFTER_S
    # Right after exec a process has no arguments yet, and then it has them as they were given.
    while not run.has_arguments() or run.visible():
        assert time.monotonic() < deadline_s, "the password stays among the arguments"
        time.sleep(0.02)
    return run
