"""What the driver itself costs: closed load against a bare loop, open load against its schedule."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest

import bench.engines as engines
from bench.driver.calibrate import overhead
from bench.driver.closed import ClosedLoop
from bench.driver.conduct import Timing, conduct
from bench.driver.crew import Crew
from bench.driver.feed import Feed
from bench.driver.messages import Job
from bench.driver.recorder import FOREVER_NS, Recorder
from bench.engines.lmdb import environment
from bench.engines.lmdb.schema import design
from bench.engines.lmdb.table import Table
from bench.engines.noop import NoopDialer
from bench.engines.seam import Counters, LoadPlan, Place, Settings
from results.histogram import Histogram
from workloads import datasets
from workloads.arrivals import Arrivals
from workloads.arrivals.profile import steady
from workloads.spec.model import Data, Operation, Workload
from workloads.stream import batches

RECORDS, ROUNDS = 100_000, 151
LEAST_RATIO = 0.75  # of the bare loop's rate
MOST_OWN_CPU_S = 1e-6
LAG_P50_S, LAG_P99_S = 20e-6, 100e-6
READS = Workload(
    name="reads", data=Data(records=RECORDS), operations=(Operation(kind="read", weight=1),)
)

pytestmark = pytest.mark.perf


def job(dialer: Any, **more: Any) -> Job:
    return Job(
        dialer=dialer, workload=READS, seed=1, records=RECORDS, resolution_ns=100,
        **{"worker": 0, "workers": 1, "clients": 1, **more},
    )  # fmt: skip


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    settings = Settings(workdir=tmp_path_factory.mktemp("cost"))
    with engines.get("lmdb").open(Place(kind="in-process"), settings) as found:
        found.load(LoadPlan(dataset=datasets.get("accounts"), records=RECORDS, seed=1))
        yield found


class Reads:
    """The same reads through the driver and by a bare loop, a batch at a time."""

    def __init__(self, target: Any) -> None:
        self.target = target
        self.session = target.dialer().dial()
        self.bound = self.session.bind(READS.operations[0])
        self.stream = batches(READS, seed=1, records=RECORDS)
        feed = Feed(self.stream, operations=READS.operations, bounds=[self.bound], records=RECORDS)
        self.loop = ClosedLoop(feed, [self.bound], clock=time.perf_counter, sleep=time.sleep)
        self.recorder = Recorder(1, resolution_ns=100, slice_ns=100_000_000, open_load=False)
        self.recorder.begin(time.perf_counter_ns())
        self.recorder.window(0, FOREVER_NS)

    def driven_s(self) -> float:
        """CPU seconds a read: making the keys, requesting, binning."""
        start_ns = time.process_time_ns()
        self.loop.make_ready()
        burst = self.loop.burst(FOREVER_NS)
        self.recorder.add(burst)
        return (time.process_time_ns() - start_ns) / 1e9 / len(burst.end)

    def bare_s(self, begin: Any, database: Any) -> float:
        """CPU seconds a read with keys made before, each in a snapshot of its own as well."""
        batch = next(self.stream)
        keys = self.bound.encode(batch, range(len(batch)))
        start_ns = time.process_time_ns()
        for key in keys:
            txn = begin(database)
            txn.get(key)
            txn.abort()
        return (time.process_time_ns() - start_ns) / 1e9 / len(keys)


def test_reads_through_the_driver_keep_up_with_a_bare_loop(target: Any) -> None:
    """CPU time: reads from memory use nothing else, and other programs disturb it least."""
    reads = Reads(target)
    reads.driven_s()  # its keys were made before
    with environment.using(target.store) as opened:
        main = next(iter(design(datasets.get("accounts")).values()))
        database = Table(opened, main, create=False).database
        # batch by batch, so that both see the same machine
        pairs = [(reads.bare_s(opened.begin, database), reads.driven_s()) for _ in range(ROUNDS)]
    reads.session.close()
    bare, driven = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratio = statistics.median(b / d for b, d in pairs)
    print(f"driven {1e9 * driven:.0f} ns, bare {1e9 * bare:.0f} ns: {ratio:.3f}")  # noqa: T201
    assert ratio >= LEAST_RATIO


def test_the_drivers_own_cost_per_operation() -> None:
    with Crew(1) as crew:
        found = [overhead(crew, [job(NoopDialer())]).cpu_s or 1.0 for _ in range(5)]
    print(f"own CPU: {1e9 * min(found):.0f} ns of {found}")  # noqa: T201
    assert min(found) < MOST_OWN_CPU_S


def test_open_load_is_on_time() -> None:
    """5,000 requests a second from one worker; the best of some tries, as others use the machine."""
    schedule = Arrivals(load=steady(5_000), process="poisson")
    timing = Timing(duration_s=1.5, warmup_min_s=0.2, warmup_max_s=0.3, slice_s=0.02)
    asked = job(NoopDialer(), clients=16, schedule=schedule, burst_ns=100_000_000)
    found = []
    with Crew(1) as crew:
        for _ in range(5):
            (report,) = conduct(crew, [asked], timing, probe=Counters).reports.values()
            lag = report.lag
            assert isinstance(lag, Histogram)
            p50, p99 = lag.percentiles_ns((50, 99))
            assert p50 is not None
            assert p99 is not None
            found.append((p99 / 1e9, p50 / 1e9))
    print(f"lag p99, p50: {sorted(found)}")  # noqa: T201
    p99_s, p50_s = min(found)
    assert p50_s <= LAG_P50_S
    assert p99_s <= LAG_P99_S
