"""The driver's own loop: what an operation costs before any engine does anything."""

from __future__ import annotations

import time

from bench.driver.closed import ClosedLoop
from bench.driver.feed import Feed
from bench.driver.recorder import FOREVER_NS, Recorder
from bench.engines.noop import NoopDialer
from workloads.spec.model import Data, Operation, Workload
from workloads.stream import batches

RECORDS = 100_000
BURSTS = 10


class Driving:
    """Closed load on the engine that does nothing: making keys, calling, binning."""

    def setup(self) -> None:
        operation = Operation(kind="read", weight=1)
        reads = Workload(name="reads", data=Data(records=RECORDS), operations=(operation,))
        bound = NoopDialer().dial().bind(operation)
        stream = batches(reads, seed=1, records=RECORDS)
        feed = Feed(stream, operations=reads.operations, bounds=[bound], records=RECORDS)
        self.loop = ClosedLoop(feed, [bound], clock=time.perf_counter, sleep=time.sleep)
        self.recorder = Recorder(1, resolution_ns=100, slice_ns=100_000_000, open_load=False)
        self.recorder.begin(time.perf_counter_ns())
        self.recorder.window(0, FOREVER_NS)

    def time_ten_bursts(self) -> None:
        for _ in range(BURSTS):
            self.loop.make_ready()
            self.recorder.add(self.loop.burst(FOREVER_NS))
