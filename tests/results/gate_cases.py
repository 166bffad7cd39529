"""Records that a gate should speak of, and those that it should leave alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from samples import LMDB, Sketch, emulated, record

from results.distribution import of_histogram
from results.histogram import Histogram
from results.record import ErrorCount, NameValue, Record, Second

SHORT = Sketch(duration_s=8.0)
OPEN = Sketch(duration_s=8.0, rate_per_s=2_000.0)
READS = Sketch(duration_s=8.0, medians_s=(("read", 0.0012),), shares=(1.0,), cpu_s=0.00003)


def client(r: Record, **values: float) -> Record:
    return replace(r, client=replace(r.client, **values))


def on_disk(r: Record, *, ios: float | None) -> Record:
    return replace(r, resources=replace(r.resources, read_ios=ios))


def in_memory(r: Record) -> Record:
    return replace(r, resources=replace(r.resources, read_bytes=0.0))


def rates(r: Record, *per_s: int) -> Record:
    series = tuple(
        Second(t_s=float(t), operations=n, errors=0, mean_s=None, max_s=None)
        for t, n in enumerate(per_s)
    )
    return replace(r, series=series, duration_s=float(len(per_s)))


def stalled(r: Record, *, clients: int) -> Record:
    """The same record with one answer of 300 ms for each of so many clients."""
    (operation,) = r.operations
    histogram = Histogram.from_base64(operation.service.histogram)
    histogram.record(300_000_000, clients)
    times = of_histogram(histogram)
    return replace(r, operations=(replace(operation, service=times, response=None),))


def ladder(*clients: int, sketch: Sketch = READS) -> list[Record]:
    return [record(replace(sketch, clients=n, number=n)) for n in clients]


def repeated(*per_s: float) -> list[Record]:
    return [
        replace(record(replace(SHORT, number=n, repetition=n)), throughput_per_s=value)
        for n, value in enumerate(per_s, 1)
    ]


@dataclass(frozen=True)
class Case:
    """A record (the last), what stands beside it, and what the gate must say."""

    code: str
    what: str
    records: Callable[[], list[Record]]
    level: str | None
    says: str = ""
    value: float | None = field(default=None)


def one(change: Callable[[Record], Record], sketch: Sketch = SHORT) -> Callable[[], list[Record]]:
    return lambda: [change(record(sketch))]


def as_is(r: Record) -> Record:
    return r


def declares(**data: object) -> Sketch:
    document = dict(SHORT.document)
    document["data"] = {**document["data"], **data}  # type: ignore[dict-item]
    return replace(SHORT, document=document)


CASES = [
    Case("G-EMULATION", "nothing was emulated", one(as_is), None),
    Case("G-EMULATION", "as it was asked for", lambda: [emulated()], "note", "emulated as gp3"),
    Case(
        "G-START",
        "workers of a cluster far apart",
        one(lambda r: client(r, start_spread_s=0.2, machines=2)),
        "error",
        "on 2 machines did not begin together: first and last are up to 200 ms apart, 2.5%",
        0.2,
    ),
    Case(
        "G-START",
        "woken one after the other",
        one(lambda r: client(r, start_spread_s=0.07, machines=1)),
        None,
    ),
    Case("G-START", "no cluster", one(lambda r: client(r, start_spread_s=0.2)), None),
    Case("G-LITTLE", "times and clients fit", one(as_is), None),
    Case(
        "G-LITTLE",
        "fewer clients than said",
        one(lambda r: replace(r, load=replace(r.load, clients=5))),
        "error",
        "in no request",
        0.796,
    ),
    Case(
        "G-LITTLE",
        "a small gap",
        one(lambda r: replace(r, duration_s=r.duration_s * 1.05)),
        "warning",
        "in no request",
    ),
    Case(
        "G-LITTLE",
        "more clients than said",
        one(lambda r: replace(r, load=replace(r.load, clients=3))),
        "error",
        "more time",
        1.327,
    ),
    Case(
        "G-LITTLE",
        "the gap is the driver's own measured loop",
        one(
            lambda r: client(replace(r, duration_s=8.0 * 1.15), overhead_s_per_operation=3e-7),
            replace(SHORT, engine=LMDB, medians_s=(("read", 2e-6),), shares=(1.0,), clients=1),
        ),
        None,
    ),
    Case("G-LITTLE", "open load has no such law", one(as_is, OPEN), None),
    Case(
        "G-NETWORK", "constant up to 16 clients", lambda: ladder(1, 4, 16), "error", "the network"
    ),
    Case(
        "G-NETWORK",
        "writes wait for the log as well",
        lambda: ladder(1, 4, 16, sketch=replace(SHORT, cpu_s=0.00001)),
        "warning",
        "log flush",
    ),
    Case(
        "G-NETWORK",
        "nobody worked for most of the time of a read",
        one(lambda r: in_memory(client(r, cpu_wait_fraction=0.01)), READS),
        "warning",
        "most likely the network",
    ),
    Case(
        "G-NETWORK",
        "a processor was waited for",
        one(lambda r: in_memory(client(r, cpu_wait_fraction=0.3)), READS),
        None,
    ),
    Case(
        "G-NETWORK",
        "the disk was waited for",
        one(lambda r: on_disk(client(r, cpu_wait_fraction=0.01), ios=1.0), READS),
        None,
    ),
    Case(
        "G-NETWORK",
        "who knows how often the disk was read",
        one(lambda r: on_disk(client(r, cpu_wait_fraction=0.01), ios=None), READS),
        None,
    ),
    Case(
        "G-NETWORK",
        "the disk was read too seldom to explain it",
        one(lambda r: on_disk(client(r, cpu_wait_fraction=0.01), ios=0.02), READS),
        "warning",
        "engine, disk and client",
    ),
    Case("G-NETWORK", "two levels are no pattern", lambda: ladder(1, 16), None),
    Case("G-NETWORK", "one client for each processor", lambda: ladder(1, 2, 3), None),
    Case(
        "G-NETWORK",
        "the engine is busy",
        lambda: ladder(1, 4, 16, sketch=replace(READS, cpu_s=0.0003)),
        None,
    ),
    Case(
        "G-NETWORK",
        "service time grows",
        lambda: [
            record(replace(READS, clients=n, number=n, medians_s=(("read", 0.001 * n),)))
            for n in (1, 4, 16)
        ],
        None,
    ),
    Case(
        "G-CLIENT",
        "a saturated worker",
        one(lambda r: client(r, cpu_utilisation=0.97)),
        "error",
        "client-limited",
        0.97,
    ),
    Case("G-CLIENT", "a worker with room", one(as_is), None),
    Case("G-CLIENT", "not measured", one(lambda r: client(r, cpu_utilisation=None)), None),
    Case("G-CLIENT", "in process the worker is the engine", one(as_is, Sketch(engine=LMDB)), None),
    Case(
        "G-CLIENT",
        "in process the driver's share counts",
        one(lambda r: client(r, overhead_s_per_operation=0.001), Sketch(engine=LMDB)),
        "warning",
        "own loop",
    ),
    Case(
        "G-CLIENT",
        "others had the processor for a while",
        one(lambda r: client(r, cpu_wait_fraction=0.2)),
        "warning",
        "other programs took them",
        0.2,
    ),
    Case(
        "G-CLIENT",
        "others had the processor most of the time",
        one(lambda r: client(r, cpu_wait_fraction=0.6)),
        "error",
        "client-limited: the load generator had to wait",
    ),
    Case("G-CLIENT", "short waits", one(lambda r: client(r, cpu_wait_fraction=0.05)), None),
    Case(
        "G-CLIENT",
        "engine and driver took it from each other",
        one(lambda r: client(replace(r, throughput_per_s=30_000.0), cpu_wait_fraction=0.6)),
        None,
    ),
    Case("G-LAG", "requests leave when due", one(as_is, OPEN), None),
    Case(
        "G-LAG",
        "late by 3 % of the objective",
        one(lambda r: client(r, schedule_lag_p99_s=0.0003), OPEN),
        "warning",
        "3.0% of the objective",
        0.0003,
    ),
    Case(
        "G-LAG",
        "late by half of the objective",
        one(lambda r: client(r, schedule_lag_p99_s=0.005), OPEN),
        "error",
        "client-limited",
    ),
    Case(
        "G-LAG",
        "no objective that can be read",
        one(
            lambda r: client(
                replace(r, workload=replace(r.workload, document="?")), schedule_lag_p99_s=0.0002
            ),
            OPEN,
        ),
        "warning",
        "a usual objective",
    ),
    Case("G-ERRORS", "none failed", one(as_is), None),
    Case(
        "G-ERRORS",
        "one in a hundred failed",
        one(
            lambda r: replace(
                r,
                operations_done=9_900,
                errors_count=100,
                errors=(ErrorCount(kind="40001", count=100, first_at_s=1.0, example="x"),),
            )
        ),
        "error",
        "40001 x 100",
        0.01,
    ),
    Case(
        "G-ERRORS",
        "one in a thousand is the limit",
        one(lambda r: replace(r, operations_done=9_990, errors_count=10)),
        None,
    ),
    Case(
        "G-ERRORS",
        "the engine died",
        one(lambda r: replace(r, outcome="error", error="connection lost", operations=())),
        "error",
        "connection lost",
    ),
    Case("G-ANSWERS", "all equal", one(as_is), None),
    Case(
        "G-ANSWERS", "one differs", one(lambda r: replace(r, outcome="incorrect")), "error", "wrong"
    ),
    Case("G-ANSWERS", "nobody looked", one(lambda r: replace(r, answers_checked=0)), "warning"),
    Case("G-SHORT", "even", one(as_is), None),
    Case("G-SHORT", "one second", one(lambda r: rates(r, 900)), "warning", "too short", 1.0),
    Case(
        "G-SHORT",
        "uneven",
        one(lambda r: rates(r, *(1_000, 800, 1_200) * 4)),
        "warning",
        "times as long",
    ),
    Case(
        "G-SHORT",
        "very uneven",
        one(lambda r: rates(r, 1_000, 100, 1_500, 20, 3_000, 700, 2_000, 10)),
        "error",
    ),
    Case(
        "G-SHORT",
        "as uneven as its load",
        one(
            lambda r: replace(
                rates(r, 1_000, 100, 1_500, 20, 3_000, 700, 2_000, 10),
                load=replace(r.load, kind="open", arrivals="poisson, spiky(10/s..3k/s)"),
            )
        ),
        None,
    ),
    Case(
        "G-SHORT",
        "an even second of a server",
        one(lambda r: replace(rates(r, *[2_000, 2_004] * 5), duration_s=1.0)),
        "warning",
        "1 s are too short",
        1.0,
    ),
    Case(
        "G-SHORT",
        "an even second in process",
        one(lambda r: replace(rates(r, *[2_000, 2_004] * 5), duration_s=1.0), Sketch(engine=LMDB)),
        None,
    ),
    Case("G-SHORT", "nothing measured", one(lambda r: replace(r, operations_done=0)), None),
    Case("G-STEADY", "steady", one(as_is), None),
    Case(
        "G-STEADY",
        "drifting",
        one(lambda r: replace(r, steady=False, steady_reason="falls by 20%")),
        "warning",
        "falls by 20%",
    ),
    Case("G-STEADY", "not tested", one(lambda r: replace(r, steady=None)), "note"),
    Case("G-STEADY", "unstable", one(lambda r: replace(r, outcome="unstable")), "error"),
    Case("G-DURABILITY", "full", one(as_is), None),
    Case(
        "G-DURABILITY",
        "relaxed writes",
        one(lambda r: replace(r, engine=replace(r.engine, durability="relaxed"))),
        "error",
        "although full was asked",
    ),
    Case(
        "G-DURABILITY",
        "relaxed reads",
        one(lambda r: replace(r, engine=replace(r.engine, durability="relaxed")), READS),
        None,
    ),
    Case("G-MEMORY", "both fit", one(as_is), None),
    Case(
        "G-MEMORY",
        "only the sample fits",
        one(as_is, declares(records=500_000_000)),
        "warning",
        "declared data (565.8 GiB) would not",
    ),
    Case(
        "G-MEMORY",
        "only the declared data fits",
        one(
            lambda r: replace(r, environment=replace(r.environment, memory_bytes=2**28)),
            declares(records=1_000),
        ),
        "warning",
        "does not fit into 0.2 GiB",
    ),
    Case(
        "G-MEMORY",
        "only the declared data fits into what the engine was held to",
        one(
            lambda r: replace(
                r,
                engine=replace(
                    r.engine,
                    settings=(
                        *r.engine.settings,
                        NameValue(name="storefit.memory", value="0.25 GiB"),
                    ),
                ),
            ),
            declares(records=1_000),
        ),
        "warning",
        "does not fit into the 256 MiB of memory that the engine was held to",
    ),
    Case("G-MEMORY", "size not declared", one(as_is, declares(records=None)), None),
    Case("G-OMISSION", "no answer is far from the others", one(as_is, READS), None),
    Case(
        "G-OMISSION",
        "every client waited once for 300 ms",
        one(lambda r: stalled(r, clients=4), READS),
        "warning",
        "coordinated omission",
        0.3 - 0.001 * 8.0,
    ),
    Case(
        "G-OMISSION",
        "one of four clients waited, and the others went on",
        one(lambda r: stalled(r, clients=1), READS),
        "warning",
        "open load",
        0.3 - 4 * 0.001 * 8.0,
    ),
    Case(
        "G-OMISSION",
        "too short a stall for the percentile, in so long a window",
        one(lambda r: stalled(replace(r, duration_s=400.0), clients=4), READS),
        None,
    ),
    Case("G-OMISSION", "open load hides nothing", one(as_is, OPEN), None),
    Case("G-PERCENTILE", "enough values", one(as_is), None),
    Case(
        "G-PERCENTILE",
        "few values",
        one(as_is, Sketch(duration_s=5.0, medians_s=(("scan", 0.02),), shares=(1.0,), clients=1)),
        "warning",
        "no p99 for scan",
    ),
    Case("G-STARVED", "processors are left", one(as_is), None),
    Case(
        "G-STARVED",
        "none is left",
        one(lambda r: replace(r, throughput_per_s=30_000.0)),
        "warning",
        "of 2 processors",
    ),
    Case(
        "G-STARVED",
        "the engine is elsewhere",
        one(
            lambda r: replace(
                r, throughput_per_s=30_000.0, engine=replace(r.engine, place="remote")
            )
        ),
        None,
    ),
    Case("G-REPEAT", "repetitions agree", lambda: repeated(1_000, 1_010, 1_020), None),
    Case("G-REPEAT", "repetitions disagree", lambda: repeated(1_000, 1_400, 800), "warning", "±"),
    Case("G-REPEAT", "two tell nothing", lambda: repeated(1_000, 1_400), None),
]
