"""What the tests that provoke faults stand on: short real runs, stalls, a slow network."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bench import suites, telemetry
from bench.driver.conduct import Measured, conduct
from bench.environment import environment
from bench.runner import plan as plans
from bench.runner import session as sessions
from bench.runner import trial as trials
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.session import Session, begin
from bench.suites import Pace
from results.record import Record

SERVERS = ("postgres",)
SHORT = replace(
    suites.get("quick").pace,
    duration_s=1.0,
    alone_s=1.0,
    warmup_min_s=0.2,
    warmup_max_s=0.4,
    slice_s=0.02,
    idle_s=0.1,
    records=5_000,
    checked=40,
    precision=None,
    longest_s=None,
    budget_s=None,
)


def workload_file(
    directory: Path, *operations: str, records: str = "2000", more: str = "", name: str = "small"
) -> str:
    """A workload of these operations (`read`, `{kind: scan, weight: 2}`) in a file of its own."""
    kinds = [
        o if o.startswith("{") else f"{{kind: {o}, weight: 1}}" for o in operations or ("read",)
    ]
    lines = [
        "schema: 1",
        f"name: {name}",
        f"data: {{dataset: records, records: {records}, record_size: 200 B}}",
        "operations:",
        *(f"  - {kind}" for kind in kinds),
        more,
    ]
    file = directory / f"{name}.yaml"
    file.write_text("\n".join(lines) + "\n")
    return str(file)


@dataclass
class Lab:
    """Short runs of the real thing. `measured` are the trials as the driver saw them."""

    directory: Path
    measured: list[Measured] = field(default_factory=list)

    @contextmanager
    def session(self, names: str, *, load: str, **asked: object) -> Iterator[Session]:
        request = Request(
            names=(names,),
            engines=asked.pop("engines", ("postgresql",)),  # type: ignore[arg-type]
            load=load,
            quick=True,
            **asked,  # type: ignore[arg-type]
        )
        with begin(request, self.directory / "out") as session:
            yield session

    def run(
        self, names: str, *, load: str, progress: Silent | None = None, **asked: object
    ) -> list[Record]:
        with self.session(names, load=load, **asked) as session:
            return session.go(progress or Silent())


@contextmanager
def laboratory(
    directory: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace = SHORT
) -> Iterator[Lab]:
    """Runs at this pace, on a machine that is looked at in no time."""
    lab = Lab(directory)
    machine = environment(directory, score_s=0.01)

    def kept(*arguments: object, **named: object) -> Measured:
        found = conduct(*arguments, **named)  # type: ignore[arg-type]
        lab.measured.append(found)
        return found

    make = plans.make

    def mix_only(request: Request, *, cpus: int) -> plans.Plan:
        whole = make(request, cpus=cpus)
        return replace(whole, trials=tuple(t for t in whole.trials if t.phase == plans.MIX))

    with monkeypatch.context() as patch:
        patch.setattr(sessions, "environment", lambda _: machine)
        patch.setattr(Request, "pace", lambda self: pace)
        patch.setattr(trials, "conduct", kept)
        patch.setattr(plans, "make", mix_only)
        yield lab


def servers() -> tuple[int, ...]:
    """The servers that this process has started, and everything that they have."""
    import psutil

    roots = [child.pid for child in psutil.Process().children() if child.name() in SERVERS]
    return telemetry.processes(*roots, memory=False).pids


class During(Silent):
    """Does something once, in a thread of its own, when a share of a trial is over."""

    def __init__(self, share: float, action: Callable[[], None]) -> None:
        self._share = share
        self._thread = threading.Thread(target=action)
        self.records: list[Record] = []

    def share(self, done: float, text: str) -> None:
        if "op/s" in text and done >= self._share and self._thread.ident is None:
            self._thread.start()

    def finished(self, record: Record) -> None:
        self.records.append(record)
        if self._thread.ident is not None:
            self._thread.join()


@dataclass
class Stall:
    """Stops a server and everything it has started for a while; when, in the driver's clock."""

    seconds: float
    from_ns: int = 0
    to_ns: int = 0

    def __call__(self) -> None:
        members = servers()
        assert members
        try:
            for pid in members:
                os.kill(pid, signal.SIGSTOP)
            self.from_ns = time.perf_counter_ns()
            time.sleep(self.seconds)
        finally:
            self.to_ns = time.perf_counter_ns()
            for pid in members:
                os.kill(pid, signal.SIGCONT)

    @property
    def length_s(self) -> float:
        return (self.to_ns - self.from_ns) / 1e9
