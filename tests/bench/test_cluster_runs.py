"""Whole runs with load from a cluster: their ends, a lost worker, another clock, one server."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
from cluster_doubles import below, done, runs
from driver_doubles import workload
from noop_jobs import TIMING, jobs

from bench.cluster import where
from bench.cluster.cluster import opened
from bench.cluster.crew import ClusterCrew
from bench.driver.conduct import Timing, conduct
from bench.engines import get
from bench.engines.seam import Counters, LoadPlan, Place, Settings
from results.histogram import Histogram
from results.record import Record
from results.statistics import mean_interval
from results.store import read
from workloads import datasets

pytestmark = pytest.mark.slow

WORKLOAD = """\
schema: 1
name: reads
data: {dataset: records, records: 2000, record_size: 200 B}
operations: [{kind: read, weight: 1}]
"""
# Scans of some milliseconds: of an answer of microseconds a good part is the waking of a process,
# and four share a small machine's processors less well than one. Two loads leave it most of them.
ROWS, RATE_PER_S, ROUNDS = 20_000, 20, 10
SERVED = Timing(duration_s=1.0, warmup_min_s=0.2, warmup_max_s=0.5, window_at_s=0.5)
MODULE = [sys.executable, "-m"]


def bench(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A `bench run` in a session of its own; what it makes outside its results is in `scratch`."""
    (folder / "scratch").mkdir(exist_ok=True)
    (folder / "reads.yaml").write_text(WORKLOAD)
    results = ("--results", str(folder / "results"))
    return subprocess.Popen(
        [*MODULE, "bench", "run", str(folder / "reads.yaml"), *words, *results],
        env={**os.environ, "TMPDIR": str(folder / "scratch")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def records(folder: Path) -> list[Record]:
    """What the one run of a folder left."""
    (path,) = (folder / "results").iterdir()
    return list(read(path))


def until(what: Callable[[], bool], *, within_s: float = 40.0) -> None:
    """Wait for something; a failure when it does not come."""
    end = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def loaders(pid: int) -> list[int]:
    """Processes below this one that offer load."""
    found = []
    for child in below(pid):
        try:
            if "bench.cluster.child" in " ".join(psutil.Process(child).cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


def measuring(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A run whose window is open."""
    run = bench(folder, "--engine", "noop", "--cluster", "local:2", "--load", "closed:2", *words)
    try:
        until(lambda: len(loaders(run.pid)) == 2)
        busy = [psutil.Process(pid) for pid in loaders(run.pid)]
        until(lambda: all(process.cpu_times().user > 1.0 for process in busy))
    except BaseException:
        os.killpg(run.pid, signal.SIGKILL)
        raise
    return run


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_whatever_ends_a_run(how: signal.Signals, tmp_path: Path) -> None:
    run = measuring(tmp_path, "--duration", "60s")
    family = below(run.pid)
    if how is signal.SIGINT:
        os.killpg(run.pid, how)  # as a terminal does
    else:
        run.send_signal(how)
    _, said = run.communicate(timeout=30)
    until(lambda: not any(map(runs, family)), within_s=20)
    until(lambda: not list((tmp_path / "scratch").glob("storefit-*")), within_s=10)
    if how is not signal.SIGKILL:
        assert "Traceback" not in said
        assert "to go on: bench resume" in said


def test_a_killed_dask_worker_makes_the_trial_unstable(tmp_path: Path) -> None:
    run = measuring(tmp_path, "--duration", "6s", "--repeat", "2")
    victim = psutil.Process(loaders(run.pid)[0]).ppid()
    os.kill(victim, signal.SIGKILL)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 1, said
    first, *rest = records(tmp_path)
    assert first.outcome == "unstable"
    assert "of 2 ended by itself (its Dask worker is gone)" in (first.error or "")
    assert first.operations_done > 1_000
    assert {record.outcome for record in rest} == {"ok"}
    assert {(record.load.workers, record.client.machines) for record in rest} == {(2, 1)}
    assert "Traceback" not in said
    assert "distributed" not in said


@dataclass(frozen=True)
class Joined:
    """A scheduler with one worker of this machine and one with another clock."""

    address: str
    ahead_s: int


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joined]:
    """The second worker is in a time and a mount namespace of its own, see time_namespaces(7)."""
    ahead_s = 1_000
    apart = ["unshare", "-rmT", "--kill-child", "--monotonic", str(ahead_s)]
    if subprocess.run([*apart, "true"], check=False, capture_output=True).returncode:
        # Nothing can be installed that would add it: the kernel's owner decides.
        pytest.skip("user and time namespaces are not allowed here")
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    with ExitStack() as stack:
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file"]
        stack.enter_context(
            _running([*MODULE, "distributed.cli.dask_scheduler", *words, str(file)])
        )
        until(lambda: file.exists() and bool(file.read_text()))
        address = str(json.loads(file.read_text())["address"])
        words = ["--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)]
        worker = [*MODULE, "distributed.cli.dask_worker", address, *words]
        stack.enter_context(_running(worker))
        stack.enter_context(_running([*apart, *worker]))
        until(lambda: len(_workers(address)) == 2)
        yield Joined(address, ahead_s)


@contextmanager
def _running(words: list[str]) -> Iterator[None]:
    child = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.kill()  # what it started is tied to it
        child.wait(20)


def _workers(address: str) -> list[str]:
    from distributed import Client

    with Client(address) as client:
        return list(client.scheduler_info(n_workers=-1)["workers"])


def test_workers_with_another_clock_begin_together(joined: Joined) -> None:
    """The clock of one is ahead by exactly as much as was told; the offset is found within its
    error, and the starts are close on either."""
    with opened(where.parse(joined.address)) as cluster, cluster.crew(4) as crew:
        assert cluster.away == 1
        assert cluster.machines == 2
        found = conduct(crew, jobs(4, rate_per_s=2_000, clients=2), TIMING, probe=Counters)
        assert len(found.reports) == 4
        offsets = [seat.offset for seat in crew._seats if not seat.same_clock]
        assert len(offsets) == 2
        for offset in offsets:
            assert abs(offset.ns - joined.ahead_s * 10**9) <= offset.error_ns
        assert {report.clock_error_ns > 0 for report in found.reports.values()} == {True, False}
        assert found.start_spread_s is not None
        assert 0 < found.start_spread_s < 5
        assert done(found) > 400
    assert len(_workers(joined.address)) == 2  # left as it was found


@pytest.mark.parametrize("engine", ["lmdb", "postgresql"])
def test_what_the_other_machine_cannot_reach_is_refused(
    engine: str, joined: Joined, tmp_path: Path
) -> None:
    run = bench(tmp_path, "--engine", engine, "--cluster", joined.address)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "1 of the cluster's 2 workers are on other machines" in said
    assert not (tmp_path / "results").exists()


def test_a_scheduler_that_is_not_there_is_said(tmp_path: Path) -> None:
    run = bench(tmp_path, "--engine", "noop", "--cluster", "127.0.0.1:9")
    _, said = run.communicate(timeout=60)
    assert run.returncode == 3
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in said
    assert not (tmp_path / "results").exists()


def test_four_workers_see_the_server_as_one_does(tmp_path: Path) -> None:
    """The same total rate against one server, at the same time from four Dask workers and from
    one: the logarithms of the ratio of the median service times have an interval that holds 0.
    Which of the two is begun first changes from round to round."""
    engine, workloads = get("postgresql"), workload("scan", records=ROWS)
    plan = LoadPlan(dataset=datasets.get("records"), records=ROWS, seed=5)
    with (
        engine.open(Place(kind="embedded"), Settings(workdir=tmp_path)) as target,
        opened(where.parse("local:4")) as cluster,
        cluster.crew(1) as alone,
        cluster.crew(4) as four,
        ThreadPoolExecutor(2) as threads,
    ):
        target.load(plan)
        target.settle()

        def median_ns(crew: ClusterCrew) -> float:
            asked = [
                replace(
                    job,
                    dialer=target.dialer(),
                    workload=workloads,
                    records=ROWS,
                    resolution_ns=1_000,
                )
                for job in jobs(len(crew), rate_per_s=RATE_PER_S, clients=8 // len(crew))
            ]
            measured = conduct(crew, asked, SERVED, probe=Counters)
            assert [measured.failed, measured.lost] == [{}, {}]
            times = Histogram.merged(
                t.service for r in measured.reports.values() for t in r.tallies
            )
            assert times.count == done(measured) == pytest.approx(RATE_PER_S, rel=0.9)
            return times.percentile_ns(50) or 0

        ratios = []
        for number in range(ROUNDS):
            turn = (alone, four) if number % 2 else (four, alone)
            found = dict(zip(map(len, turn), threads.map(median_ns, turn), strict=True))
            ratios.append(math.log(found[4] / found[1]))
    interval = mean_interval(ratios)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low <= 0 <= interval.high, interval
