"""The driver by itself, on the engine that does nothing: recording, punctuality, memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.driver.calibrate import overhead
from bench.driver.messages import Job
from bench.engines.noop import NoopDialer
from bench.peers.figures import Figure, Target, alone
from bench.peers.ground import Arena, Ground, line, workload_of
from workloads.errors import PlaceError

_RECORDS = 1_000_000
_RATE_PER_S = 5_000
_OPERATIONS, _QUICK_OPERATIONS = 100_000_000, 5_000_000
_MOST_MB = 200.0
_MB = 1e6


class DriverContest:
    """What the driver costs where no engine costs anything."""

    title = "The driver on its own"

    def missing(self) -> str | None:
        return None

    def hold(self, ground: Ground) -> Iterator[Figure]:
        workload = workload_of("tpcb", [{"kind": "read", "weight": 1}])
        with ground.stand("noop", workload, records=_RECORDS) as arena:
            for figures in (_recording, _lag, _memory):
                for figure in figures(arena):
                    ground.tell(line(figure))
                    yield figure


CONTEST = DriverContest()


def _recording(arena: Arena) -> Iterator[Figure]:
    """CPU outside the timed path: choosing keys, making arguments, binning, series, messages."""
    stand = arena.stand
    outside = []
    for _ in range(arena.ground.rounds):
        stand.crew.renew()
        job = Job(
            dialer=NoopDialer(),
            workload=stand.workload,
            seed=arena.ground.next_number(),
            worker=0,
            workers=1,
            records=_RECORDS,
            clients=1,
            resolution_ns=100,
        )
        cost = overhead(stand.crew, [job])
        if cost.cpu_s is None or cost.call_cpu_s is None:
            raise PlaceError("the driver's own cost could not be measured")
        outside.append(1e9 * (cost.cpu_s - cost.call_cpu_s))
    yield alone(
        "recording",
        "recording and preparing an operation, outside the timed path",
        unit="ns CPU",
        values=outside,
        held_to="150 ns",
        target=Target(of="ours", at="most", value=150.0),
    )


def _lag(arena: Arena) -> Iterator[Figure]:
    """How late requests are sent while a connection is free."""
    found: list[tuple[float, float]] = []
    for _ in range(arena.ground.rounds):
        client = arena.trial(f"open:{_RATE_PER_S}/s").client
        if client.schedule_lag_p50_s is None or client.schedule_lag_p99_s is None:
            raise PlaceError("the trial had too few requests for a schedule lag")
        found.append((client.schedule_lag_p50_s, client.schedule_lag_p99_s))
    for at, (percentile, most_us) in enumerate((("p50", 20.0), ("p99", 100.0))):
        yield alone(
            f"noop-lag-{percentile}",
            f"open load at {_RATE_PER_S:,}/s, no-op engine: schedule lag {percentile}",
            unit="µs",
            values=[lags[at] * 1e6 for lags in found],
            held_to=f"{most_us:g} µs",
            target=Target(of="ours", at="most", value=most_us),
        )


def _memory(arena: Arena) -> Iterator[Figure]:
    """Resident memory of a worker after so many recorded operations, in one trial."""
    wanted = _QUICK_OPERATIONS if arena.ground.quick else _OPERATIONS
    seconds = 1.0
    rate = arena.trial("closed:1", duration_s=seconds).throughput_per_s
    for _ in range(3):
        seconds = 1.15 * wanted / rate
        record = arena.trial("closed:1", duration_s=seconds)
        if record.operations_done >= wanted:
            break
        rate = record.throughput_per_s
    else:
        raise PlaceError(f"{wanted:,} operations did not fit the time planned for them")
    if record.resources.memory_bytes is None:
        raise PlaceError("the worker's memory cannot be read here")
    figure = alone(
        "memory",
        f"memory of a worker that recorded {record.operations_done:,} operations",
        unit="MB",
        values=[record.resources.memory_bytes / _MB],
        held_to=f"{_MOST_MB:g} MB",
        target=Target(of="ours", at="most", value=_MOST_MB),
    )
    yield replace(figure, title=f"memory of a worker that recorded {wanted:,} operations or more")
