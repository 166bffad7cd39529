"""Real worker processes on the no-op engine: start, schedule, loss, and that none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from noop_jobs import TIMING, jobs

from bench.driver.calibrate import overhead
from bench.driver.conduct import Measured, Timing, conduct
from bench.driver.crew import Crew
from bench.engines.seam import Counters
from results.histogram import Histogram
from workloads.errors import PlaceError


@contextmanager
def crew(size: int) -> Iterator[Crew]:
    with Crew(size) as made:
        pids = made.pids()
        yield made
    assert not any(psutil.pid_exists(pid) and _runs(pid) for pid in pids)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def done(measured: Measured) -> list[int]:
    return [sum(t.done for t in measured.reports[worker].tallies) for worker in measured.reports]


def test_workers_start_together_and_are_all_counted() -> None:
    with crew(2) as made:
        measured = conduct(made, jobs(2), TIMING, probe=Counters)
    assert not measured.failed
    assert not measured.lost
    assert not measured.late
    assert measured.window is not None
    assert len(done(measured)) == 2
    assert min(done(measured)) > 1_000
    slices = sum(s.operations for s in measured.slices)
    assert slices == sum(t.all_done for r in measured.reports.values() for t in r.tallies)
    assert measured.first is not None
    assert measured.last is not None


def test_a_crew_does_one_trial_after_the_other() -> None:
    with crew(1) as made:
        counts = [sum(done(conduct(made, jobs(1), TIMING, probe=Counters))) for _ in range(3)]
    assert min(counts) > 1_000


@pytest.mark.parametrize("workers", [1, 2])
def test_open_load_sends_everything_that_is_due(workers: int) -> None:
    with crew(workers) as made:
        asked = jobs(workers, rate_per_s=2_000, clients=4, process="constant")
        found = conduct(made, asked, TIMING, probe=Counters)
    assert sum(done(found)) == pytest.approx(2_000 * TIMING.duration_s, abs=2)
    assert sum(report.unsent for report in found.reports.values()) == 0
    lag = Histogram.merged([r.lag for r in found.reports.values() if r.lag is not None])
    queued = sum(r.queue_wait.count for r in found.reports.values() if r.queue_wait is not None)
    assert lag.count + queued == sum(done(found))


def test_a_killed_worker_is_noticed_and_the_others_are_kept() -> None:
    with crew(2) as made:
        victim = made.pids()[1]
        alive = [True]

        def kill(_rate: float, share: float) -> None:
            if alive[0] and share > 0.3:
                alive[0] = False
                os.kill(victim, signal.SIGKILL)

        measured = conduct(made, jobs(2), TIMING, probe=Counters, observe=kill)
        assert measured.lost == {1: "signal SIGKILL"}
        assert list(measured.reports) == [0]
        assert sum(done(measured)) > 1_000
        # and the crew is whole again
        again = conduct(made, jobs(2), TIMING, probe=Counters)
        assert len(again.reports) == 2


@pytest.mark.slow
def test_a_worker_that_hangs_is_late_and_replaced() -> None:
    timing = Timing(
        duration_s=0.1, warmup_min_s=0.05, warmup_max_s=0.1, slice_s=0.01, grace_s=0.3, drain_s=0.1
    )
    with crew(1) as made:
        victim = made.pids()[0]

        def stop(_rate: float, share: float) -> None:
            if share > 0.3:
                os.kill(victim, signal.SIGSTOP)

        measured = conduct(made, jobs(1), timing, probe=Counters, observe=stop)
        assert measured.late == (0,)
        assert made.pids()[0] != victim


def test_counters_that_cannot_be_read_are_said() -> None:
    def broken() -> Counters:
        raise ConnectionError("gone")

    with crew(1) as made:
        measured = conduct(made, jobs(1), TIMING, probe=broken)
    assert measured.probe_error == "ConnectionError: gone"
    assert sum(done(measured)) > 1_000


def test_several_clients_share_a_worker_in_closed_load() -> None:
    with crew(1) as made:
        measured = conduct(made, jobs(1, clients=4), TIMING, probe=Counters)
    assert not measured.failed
    assert sum(done(measured)) > 500


def test_the_drivers_own_cost_is_measured() -> None:
    with crew(1) as made:
        cost = overhead(made, jobs(1))
        nothing = overhead(made, jobs(1, rate_per_s=100))
    assert cost.cpu_s is not None
    assert cost.call_cpu_s is not None
    assert 0 < cost.call_cpu_s < cost.cpu_s < 20e-6
    assert nothing.cpu_s is None


def test_workers_end_when_their_parent_is_killed() -> None:
    program = """
        import time
        from bench.driver.crew import Crew
        if __name__ == "__main__":
            crew = Crew(2)
            crew.__enter__()
            print(*crew.pids(), flush=True)
            time.sleep(60)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        pids = [int(word) for word in child.stdout.readline().split()]
        assert len(pids) == 2
        assert all(_runs(pid) for pid in pids)
    finally:
        child.kill()
        child.wait()
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(_runs(pid) for pid in pids)


def test_an_interrupt_of_the_whole_group_is_left_to_the_parent() -> None:
    with crew(1) as made:
        os.kill(made.pids()[0], signal.SIGINT)
        measured = conduct(made, jobs(1), TIMING, probe=Counters)
    assert not measured.lost
    assert sum(done(measured)) > 1_000


def test_temporary_files_too_deep_for_sockets_are_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("deep" * 30)))
    with pytest.raises(PlaceError, match="too long for sockets") as caught, Crew(1):
        pass
    assert "TMPDIR=/tmp" in caught.value.hint
