"""Running another load generator: its output, and the processor time it used."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workloads.errors import PlaceError


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program printed, and the user and system CPU seconds of all of it."""

    output: str
    cpu_s: float


def ran(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_s: float,
) -> Ran:
    """Run a program to its end. PlaceError when it fails or takes longer than `timeout_s`."""
    name = os.path.basename(argv[0])
    try:
        child = subprocess.Popen(
            argv,
            env=None if env is None else {**os.environ, **env},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise PlaceError(f"{name} cannot be run: {error.strerror}") from error
    late = threading.Timer(timeout_s, child.kill)
    late.start()
    try:
        assert child.stdout is not None
        output = child.stdout.read().decode(errors="replace")
        # not subprocess's wait: this one also tells what the child used
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        late.cancel()
        if child.returncode is None:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()
    if child.returncode:
        last = " | ".join(output.strip().splitlines()[-3:])
        raise PlaceError(f"{name} ended with {child.returncode}: {last}")
    return Ran(output, usage.ru_utime + usage.ru_stime)


def number(pattern: str, output: str, *, of: str) -> float:
    """The number that a pattern's group finds in a program's output. PlaceError without one."""
    found = re.search(pattern, output)
    if found is None:
        raise PlaceError(f"{of} printed no line like '{pattern}'")
    return float(found[1])
