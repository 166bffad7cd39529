"""A server process of our own: started as its account, watched until it is ready."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.targets.account import Account
from bench.targets.keeper import Keeper
from bench.targets.memory_group import MemoryGroup
from workloads.errors import PlaceError

_POLL_S = 0.005
_LOG_LINES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlan:
    """What to run. `ready` is asked until it says True; `stop_signal` ends it at once.

    `memory`: what holds it to a limit of memory; None: nothing does.
    """

    title: str
    argv: Sequence[str]
    directory: Path
    log: Path
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    patience_s: float = 30.0
    memory: MemoryGroup | None = None


class ServerFailed(PlaceError):
    """A server ended before it was ready; `log` holds the last lines it wrote."""

    def __init__(self, title: str, log: str) -> None:
        super().__init__(
            f"{title} did not start: {log or 'it said nothing'}",
            hint="run `bench doctor`; it checks what the engines need",
        )
        self.log = log


def start(plan: ServerPlan, keeper: Keeper, account: Account) -> subprocess.Popen[bytes]:
    """Start a server, hand it to the keeper, and return when it is ready.

    Raises ServerFailed with the end of its log when it ends or is not ready in time.
    """
    with plan.log.open("ab") as log:
        account.own(plan.log)
        starting = replace(account, memory=plan.memory)
        child = starting.start(plan.argv, cwd=plan.directory, output=log.fileno())
    keeper.process(child, stop_signal=plan.stop_signal)
    deadline = time.monotonic() + plan.patience_s
    while not plan.ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(plan.title, last_lines(plan.log))
        time.sleep(_POLL_S)
    return child


@dataclass(slots=True, kw_only=True)
class Service:
    """A server that was started, and can be stopped and started again with its data.

    calm_signal   asks it to end in order, so that it has nothing to mend when it starts
    """

    plan: ServerPlan
    keeper: Keeper
    account: Account
    child: subprocess.Popen[bytes]
    calm_signal: signal.Signals
    prepare: Callable[[], None] = lambda: None  # called before each start

    def ended(self) -> str | None:
        """How it came to an end by itself; None: it runs."""
        code = self.child.poll()
        if code is None:
            return None
        how = f"died (signal {-code})" if code < 0 else f"ended by itself (exit code {code})"
        return f"{self.plan.title} {how}"

    def restart(self, between: Callable[[], None]) -> float:
        """Stop, do something, start; what starting took, in seconds. Raises PlaceError."""
        self.child.send_signal(self.calm_signal)
        try:
            self.child.wait(self.plan.patience_s)
        except subprocess.TimeoutExpired as error:
            raise PlaceError(
                f"{self.plan.title} did not stop within {self.plan.patience_s:g} s"
            ) from error
        self.keeper.ended(self.child)
        between()
        self.prepare()
        start_s = time.perf_counter()
        self.child = start(self.plan, self.keeper, self.account)
        return time.perf_counter() - start_s


def files_below(directory: Path) -> list[Path]:
    """All files below a directory."""
    return [Path(folder) / name for folder, _, names in os.walk(directory) for name in names]


def last_lines(log: Path, count: int = _LOG_LINES) -> str:
    """The last lines of a log as one line of text; the log's own folder is not named."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    text = " | ".join(line.strip() for line in lines[-count:] if line.strip())
    return text.replace(os.fspath(log.parent), "…")


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_taken(port: int) -> bool:
    """Whether somebody listens on a TCP port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False
