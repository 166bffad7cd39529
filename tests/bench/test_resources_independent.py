"""Resources per operation of whole trials, against sources that storefit itself does not use.

CPU: the scheduler's nanoseconds of every process of the server (storefit reads clock ticks).
WAL: the server's statistics of it (storefit reads positions in it), and the position written.
Reads: the bytes of the kernel's system calls, in pages, because calls also read what is no file;
writes: the kernel's count of the calls (storefit asks `pg_stat_io` for both).
Statements: `pg_stat_statements` (storefit counts what its clients were answered).
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from bench import suites, telemetry
from bench.driver.conduct import Measured
from bench.engines import get
from bench.engines.postgresql.link import run as told
from bench.engines.postgresql.link import texts
from bench.engines.postgresql.target import PostgresqlTarget
from bench.engines.seam import Counters, Place
from bench.environment import environment
from bench.runner import session as sessions
from bench.runner import trial
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.session import begin
from results.record import Record

WORKLOAD = """\
schema: 1
name: both
data: {dataset: records, records: 6k, record_size: 300 B, keys: uniform}
operations:
  - {kind: read, weight: 1}
  - {kind: update, weight: 1}
"""
WITHIN = 0.05
PAGE_BYTES = 8_192
# Pages of files that are no data, which beginning processes of the server read; commits of a session's
# settings, all sessions together. Both do not grow with the operations.
BEGINNINGS, SETTINGS = 150, 20
TICK_S = 1 / os.sysconf("SC_CLK_TCK")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Look:
    """What the other sources say at a moment; cumulative."""

    pages_read: float
    write_calls: int
    wal_bytes: int
    wal_position: int
    calls: int
    rows: int


@dataclass
class Trial:
    """A record, the driver's own account of it, and the looks at its first and last reading.

    scheduled   moments, ns, and the CPU time of all processes of the server until then, ns
    readings    when each of the driver's four readings began and ended, ns
    """

    record: Record
    measured: Measured
    looks: list[Look]
    scheduled: list[tuple[int, int]]
    readings: list[tuple[int, int]]

    def other(self, name: str) -> float:
        """Growth that the other source shows over the whole trial."""
        first, last = self.looks
        return float(getattr(last, name) - getattr(first, name))

    def own(self, name: str) -> float:
        """Growth of a counter over the whole trial."""
        first, last = self.measured.first, self.measured.last
        assert first is not None
        assert last is not None
        return float(getattr(last.counters, name) - getattr(first.counters, name))

    def cpu_s_between(self, since_ns: int, until_ns: int) -> float:
        """CPU time that the scheduler gave to the server between two moments."""
        moments, used = zip(*self.scheduled, strict=True)
        first, last = np.interp([since_ns, until_ns], moments, used)
        return float(last - first) / 1e9

    @property
    def all_done(self) -> int:
        """Operations of the whole trial, warm-up included."""
        return sum(t.all_done for r in self.measured.reports.values() for t in r.tallies)


class Scheduled(threading.Thread):
    """Looks at the scheduler's time of processes all the while: backends end with the window."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.times: dict[int, int] = {}
        self.found: list[tuple[int, int]] = []
        self.over = threading.Event()

    def _notice(self) -> None:
        for process in (self.root, *self.root.children(recursive=True)):
            self.times.setdefault(process.pid, 0)

    def _sum(self) -> int:
        for pid in self.times:
            with contextlib.suppress(OSError):  # it has ended: the last look counts
                self.times[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        return sum(self.times.values())

    def run(self) -> None:
        while not self.over.is_set():
            if len(self.found) % 8 == 0:  # they begin long before the window
                self._notice()
            self.found.append((time.perf_counter_ns(), self._sum()))
            self.over.wait(0.005)


class Server:
    """The other sources on one server."""

    def __init__(self, target: PostgresqlTarget) -> None:
        self.pid = target._running.pid or 0
        self.connection = target._running.link.connect()
        self.statements = bool(
            texts(
                self.connection, "SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"
            )
        )

    def look(self) -> Look:
        calls = telemetry.processes(self.pid, memory=False)
        wal = "SELECT wal_bytes, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') FROM pg_stat_wal"
        ((wal_bytes, wal_position),) = texts(self.connection, wal)
        counted = ("0", "0")
        if self.statements:
            (counted,) = texts(
                self.connection,
                "SELECT coalesce(sum(calls), 0), coalesce(sum(rows), 0) FROM pg_stat_statements"
                " WHERE query ~* '^ *(select|update) .*storefit'",
            )
        return Look(
            pages_read=sum(map(_bytes_read, calls.pids)) / PAGE_BYTES,
            write_calls=calls.write_calls or 0,
            wal_bytes=int(wal_bytes or 0),
            wal_position=int(wal_position or 0),
            calls=int(counted[0] or 0),
            rows=int(counted[1] or 0),
        )


def _bytes_read(pid: int) -> int:
    """Bytes that a process and the ended ones it waited for have read, see proc_pid_io(5)."""
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("rchar:"):
            return int(line.split()[1])
    raise AssertionError("the kernel does not count what processes read")


def trials(folder: Path, engine: str, *options: str, extension: str | None = None) -> list[Trial]:
    """A short run of the workload, with looks at the other sources."""
    (folder / "both.yaml").write_text(WORKLOAD)
    request = Request(
        names=(str(folder / "both.yaml"),),
        engines=(engine,),
        options=options,
        load="closed:2",
        durability="relaxed",  # no waiting for a disk that others use too
        quick=True,
    )
    pace = replace(
        suites.get("quick").pace,
        precision=None,
        duration_s=0.8,
        alone_s=0.1,
        warmup_min_s=0.05,
        warmup_max_s=0.1,
        slice_s=0.01,
        idle_s=0.1,
        checked=20,
    )
    found: list[tuple[Measured, list[Look], list[tuple[int, int]], list[tuple[int, int]]]] = []
    conduct = trial.conduct

    def watched(*arguments: Any, probe: Callable[[], Counters], **more: Any) -> Measured:
        target = probe.__self__.running  # type: ignore[attr-defined]
        if extension:
            told(target._running.link.connect(), f"CREATE EXTENSION IF NOT EXISTS {extension}")
        server = Server(target)
        looks: list[Look] = []
        readings: list[tuple[int, int]] = []
        scheduled = Scheduled(server.pid)

        def both() -> Counters:
            if not readings:
                scheduled.start()
            began_ns = time.perf_counter_ns()
            counters = probe()
            readings.append((began_ns, time.perf_counter_ns()))
            if len(readings) in (1, 4):  # the readings around the window take no time of it
                looks.append(server.look())
            return counters

        measured = conduct(*arguments, probe=both, **more)
        scheduled.over.set()
        scheduled.join()
        found.append((measured, looks, scheduled.found, readings))
        return measured

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "conduct", watched)
        patch.setattr(Request, "pace", lambda self: pace)
        patch.setattr(sessions, "environment", lambda path, **_: environment(path, score_s=0.01))
        with begin(request, folder / "out") as session:
            records = session.go(Silent())
    assert [record.error for record in records] == [None] * 3
    return [Trial(record, *made) for record, made in zip(records, found, strict=True)]


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Reads and updates on a buffer pool far smaller than the data."""
    folder = tmp_path_factory.mktemp("independent")
    made = trials(folder, "postgresql@embedded", "set.shared_buffers=512kB", "set.autovacuum=off")
    return next(each for each in made if each.record.trial.phase == "mix")


def test_cpu_is_what_the_scheduler_gave_to_the_server(mix: Trial) -> None:
    found = mix.record.resources
    assert found.source.startswith("engine-processes")
    assert found.cpu_s is not None
    idle_s = (found.idle_cpu_s_per_s or 0.0) / mix.record.throughput_per_s
    # from before the sessions were opened until they were closed; each backend is rounded to ticks
    (_, first_ns), (_, last_ns) = mix.scheduled[0], mix.scheduled[-1]
    whole_s = (last_ns - first_ns) / 1e9
    assert mix.own("cpu_s") == pytest.approx(whole_s, rel=WITHIN, abs=3 * TICK_S)
    # of the window: the server goes on while it is read, so a reading is true of some moment in it
    before, after = mix.measured.before, mix.measured.after
    assert before is not None
    assert after is not None
    rate_per_s, span_s = mix.record.throughput_per_s, (after.at_ns - before.at_ns) / 1e9
    window_s = (found.cpu_s + idle_s) * rate_per_s * span_s
    (since, since_at_last), (until, until_at_last) = mix.readings[1:3]
    rounding_s = 3 * TICK_S
    least_s = (1 - WITHIN) * mix.cpu_s_between(since_at_last, until) - rounding_s
    most_s = (1 + WITHIN) * mix.cpu_s_between(since, until_at_last) + rounding_s
    assert least_s <= window_s <= most_s


def test_wal_bytes_are_those_of_the_servers_own_statistics(mix: Trial) -> None:
    assert mix.own("log_bytes") > 100 * mix.all_done / 2
    # backends hand these statistics in when they end
    for other in ("wal_bytes", "wal_position"):
        assert mix.own("log_bytes") == pytest.approx(mix.other(other), rel=WITHIN)
    # the first change of a page after a checkpoint writes it whole, the later ones do not
    assert 0 < (mix.record.resources.log_bytes or 0) < 1.1 * mix.own("log_bytes") / mix.all_done


def test_reads_and_writes_are_those_of_the_kernels_system_calls(mix: Trial) -> None:
    for own, other in (("read_ios", "pages_read"), ("write_ios", "write_calls")):
        assert mix.own(own) > 0.2 * mix.all_done
        expected = pytest.approx(mix.other(other), rel=WITHIN, abs=BEGINNINGS)
        assert mix.own(own) == expected, own


@pytest.mark.servers
def test_statements_and_rows_are_those_of_pg_stat_statements(tmp_path: Path) -> None:
    """On a PostgreSQL of the system: the wheel brings no such extension."""
    missing = get("postgresql").available(Place(kind="local"))
    if missing and not os.environ.get("STOREFIT_STRICT"):
        pytest.skip(missing)
    preloaded = "set.shared_preload_libraries=pg_stat_statements"
    made = trials(tmp_path, "postgresql@local", preloaded, extension="pg_stat_statements")
    for each in made:
        calls, rows = (each.other(name) for name in ("calls", "rows"))
        assert calls == pytest.approx(each.all_done, rel=WITHIN)
        assert rows == pytest.approx(
            each.all_done, rel=WITHIN
        )  # every key that is asked for is there
        assert each.own("commits") == pytest.approx(calls, rel=WITHIN, abs=SETTINGS)


def test_commits_are_the_operations(mix: Trial) -> None:
    assert mix.own("commits") == pytest.approx(mix.all_done, rel=WITHIN, abs=SETTINGS)
    each_more = SETTINGS / mix.all_done
    assert mix.record.resources.commits == pytest.approx(1.0, rel=WITHIN, abs=each_more)
