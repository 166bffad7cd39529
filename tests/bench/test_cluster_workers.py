"""Load workers on a real local Dask cluster, one for the whole module."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from cluster_doubles import below, done, none_left, runs, taped, tapes
from noop_jobs import TIMING, jobs

from bench.cluster import post, where
from bench.cluster.cluster import Cluster, opened
from bench.driver.conduct import conduct
from bench.driver.crew import Crew
from bench.engines.seam import Counters
from results.histogram import Histogram

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with none_left(), opened(where.parse("local:2")) as found:
        yield found


def test_four_workers_of_a_cluster_are_asked_what_four_processes_are_asked(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Every worker's operations, one by one, as far as both sides came."""
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    far.mkdir()
    with Crew(4) as crew:
        here = conduct(crew, taped(jobs(4), near), TIMING, probe=Counters)
    with cluster.crew(4) as crew:
        there = conduct(crew, taped(jobs(4), far), TIMING, probe=Counters)
    assert [here.failed, here.lost, there.failed, there.lost] == [{}, {}, {}, {}]
    mine, theirs = tapes(near), tapes(far)
    assert len(mine) == len(theirs) == 4
    for ours, other in zip(mine, theirs, strict=True):
        count = min(len(ours), len(other))
        assert count > 500
        assert ours[:count] == other[:count]
    assert len({tuple(tape[:100]) for tape in theirs}) == 4


def test_open_load_of_four_workers_is_merged_exactly(cluster: Cluster) -> None:
    """As many as the schedule holds in the window: none lost, none twice."""
    asked = jobs(4, rate_per_s=2_000, clients=2)
    # named long before, so that a busy machine's workers hear of the window in time
    timing = replace(TIMING, window_at_s=0.6)
    with cluster.crew(4) as crew:
        places = crew.places()
        found = conduct(crew, asked, timing, probe=Counters)
    assert sorted(places.count(place) for place in set(places)) == [2, 2]
    assert found.window is not None
    due = 0
    for job in asked:
        assert job.schedule is not None
        for chunk in job.schedule.moments(worker=job.worker, workers=4, seed=job.seed):
            moments = chunk + found.start_ns
            due += int(((moments >= found.window.from_ns) & (moments < found.window.to_ns)).sum())
            if moments[-1] > found.window.to_ns:
                break
    reports = list(found.reports.values())
    assert done(found) == due > 400
    merged = Histogram.merged(t.response for r in reports for t in r.tallies if t.response)
    assert merged.count == due
    every = [t.all_done for report in reports for t in report.tallies]
    assert sum(part.operations for part in found.slices) == sum(every)
    # one machine, one clock: the spread is that of the starts alone
    starts = [report.started_ns or 0 for report in reports]
    assert found.start_spread_s == (max(starts) - min(starts)) / 1e9 > 0
    assert min(starts) >= found.start_ns
    assert (cluster.machines, cluster.away) == (1, 0)


@pytest.mark.slow
def test_a_crew_does_one_trial_after_the_other_and_grows(cluster: Cluster) -> None:
    with cluster.crew(1) as crew:
        counts = []
        for size in (1, 2):
            crew.grow(size)
            counts.append(len(conduct(crew, jobs(size), TIMING, probe=Counters).reports))
        crew.renew()
        counts.append(len(conduct(crew, jobs(2), TIMING, probe=Counters).reports))
    assert counts == [1, 2, 2]


@pytest.mark.slow
def test_a_killed_load_process_is_lost_and_replaced(cluster: Cluster) -> None:
    with cluster.crew(2) as crew:
        victim = _load_processes()[0]
        killed = []

        def kill(_rate: float, share: float) -> None:
            if not killed and share > 0.3:
                killed.append(victim)
                os.kill(victim, signal.SIGKILL)

        found = conduct(crew, jobs(2), TIMING, probe=Counters, observe=kill)
        assert list(found.lost.values()) == ["signal SIGKILL"]
        assert len(found.reports) == 1
        assert done(found) > 100
        again = conduct(crew, jobs(2), TIMING, probe=Counters)
        assert len(again.reports) == 2


def test_a_killed_dask_worker_is_said_and_the_others_are_kept(cluster: Cluster) -> None:
    with cluster.crew(2) as crew:
        child = psutil.Process(_load_processes()[0])
        victim = child.ppid()
        killed = []

        def kill(_rate: float, share: float) -> None:
            if not killed and share > 0.3:
                killed.append(victim)
                os.kill(victim, signal.SIGKILL)

        found = conduct(crew, jobs(2), TIMING, probe=Counters, observe=kill)
        assert list(found.lost.values()) == ["its Dask worker is gone"]
        assert len(found.reports) == 1
        assert done(found) > 100
        deadline = time.monotonic() + 10
        while runs(child.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not runs(child.pid)
        again = conduct(crew, jobs(2), TIMING, probe=Counters)
        assert len(again.reports) == 2


def test_no_load_process_outlives_its_crew(cluster: Cluster) -> None:
    class Broken(Exception):
        pass

    def fail() -> None:
        with cluster.crew(2):
            assert len(_load_processes()) == 2
            raise Broken

    with pytest.raises(Broken):
        fail()
    assert not _load_processes()


@pytest.mark.slow
def test_a_load_process_that_nobody_asks_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parent that vanished with its machine closes no connection."""
    monkeypatch.setattr(post, "PATIENCE_S", 1.0)
    monkeypatch.setattr(post, "_LOOK_S", 0.1)

    async def neglected() -> tuple[float, str | None]:
        found = post.Post()
        await found.start()
        for _ in range(15):  # being asked keeps it
            assert await found.take(0.1) == ([], None)
        since = time.monotonic()
        while found._how is None and time.monotonic() - since < 20:
            await asyncio.sleep(0.05)
        return time.monotonic() - since, found._how

    seconds, how = asyncio.run(neglected())
    assert how == "signal SIGKILL"
    assert seconds > 0.9


def _load_processes() -> list[int]:
    """Processes that offer load, found by what they run."""
    return sorted(
        pid
        for pid in below(os.getpid())
        if "bench.cluster.child" in " ".join(psutil.Process(pid).cmdline())
    )
